//! Keys of a remote that a desktop knows by name but that type no text and that Slint does not hand on. They come from
//! the window itself.

use i_slint_backend_winit::winit::{
    keyboard::{Key, NamedKey, PhysicalKey},
    platform::scancode::PhysicalKeyExtScancode,
};

use super::{key::RemoteKey, keymap::Keymap};

/// The kernel's code of a key: a desktop counts from 8, winit takes that off.
pub fn evdev_code(physical: PhysicalKey) -> Option<u16> {
    physical.to_scancode().and_then(|code| u16::try_from(code).ok()).filter(|code| *code != 0)
}

/// What a press means that has to be taken before Slint sees it: by its name, or by the kernel's code where Slint
/// would drop the press because it has no name of its own for it.
pub fn meaning(key: &Key, physical: PhysicalKey, keymap: &Keymap) -> Option<RemoteKey> {
    from_window_key(key).or_else(|| {
        let nameless = match key {
            Key::Unidentified(_) => true,
            Key::Named(named) => !slint_names(named),
            Key::Character(_) | Key::Dead(_) => false,
        };
        keymap.from_evdev(evdev_code(physical).filter(|_| nameless)?)
    })
}

/// The keys without a character that Slint hands on.
fn slint_names(named: &NamedKey) -> bool {
    use NamedKey::*;
    matches!(
        named,
        ArrowUp
            | ArrowDown
            | ArrowLeft
            | ArrowRight
            | Enter
            | Escape
            | Backspace
            | Delete
            | Tab
            | Space
            | Insert
            | Home
            | End
            | PageUp
            | PageDown
            | ScrollLock
            | Pause
            | PrintScreen
            | ContextMenu
            | Shift
            | Control
            | Alt
            | AltGraph
            | Super
            | F1
            | F2
            | F3
            | F4
            | F5
            | F6
            | F7
            | F8
            | F9
            | F10
            | F11
            | F12
            | F13
            | F14
            | F15
            | F16
            | F17
            | F18
            | F19
            | F20
            | F21
            | F22
            | F23
            | F24
    )
}

/// What a key of the window system means, where Slint would not say.
pub fn from_window_key(key: &Key) -> Option<RemoteKey> {
    use RemoteKey as R;
    let Key::Named(named) = key else { return None };
    Some(match named {
        NamedKey::ChannelUp => R::ChannelUp,
        NamedKey::ChannelDown => R::ChannelDown,
        NamedKey::MediaPlayPause => R::PlayPause,
        NamedKey::MediaPlay => R::Play,
        NamedKey::MediaPause => R::Pause,
        NamedKey::MediaStop => R::Stop,
        NamedKey::MediaFastForward => R::Forward,
        NamedKey::MediaRewind => R::Rewind,
        NamedKey::MediaTrackNext => R::Next,
        NamedKey::MediaTrackPrevious => R::Previous,
        NamedKey::GoBack | NamedKey::BrowserBack => R::Back,
        NamedKey::GoHome | NamedKey::BrowserHome => R::Home,
        NamedKey::Select => R::Ok,
        NamedKey::TV => R::Live,
        NamedKey::Guide => R::Guide,
        NamedKey::Info => R::Info,
        NamedKey::Subtitle | NamedKey::ClosedCaptionToggle => R::Subtitle,
        NamedKey::MediaAudioTrack => R::Audio,
        NamedKey::ColorF0Red => R::Red,
        NamedKey::ColorF1Green => R::Green,
        NamedKey::ColorF2Yellow => R::Yellow,
        NamedKey::ColorF3Blue => R::Blue,
        NamedKey::BrowserFavorites => R::Favourite,
        NamedKey::BrowserSearch => R::Search,
        NamedKey::Power | NamedKey::PowerOff | NamedKey::Standby => R::Power,
        NamedKey::AudioVolumeUp => R::VolumeUp,
        NamedKey::AudioVolumeDown => R::VolumeDown,
        NamedKey::AudioVolumeMute => R::Mute,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use i_slint_backend_winit::winit::keyboard::NativeKey;

    use super::*;

    #[test]
    fn a_remotes_own_keys_are_known_and_typing_is_not_taken() {
        assert_eq!(from_window_key(&Key::Named(NamedKey::ChannelUp)), Some(RemoteKey::ChannelUp));
        assert_eq!(from_window_key(&Key::Named(NamedKey::ArrowUp)), None);
        assert_eq!(from_window_key(&Key::Character("3".into())), None);
    }

    #[test]
    fn a_key_that_slint_has_no_name_for_goes_by_the_kernels_code() {
        let mut keymap = Keymap::default();
        keymap.lay_over("mine", "[evdev]\nKEY_MAIL = \"search\"\nKEY_UP = \"down\"").unwrap();
        let physical = PhysicalKey::from_scancode(155);
        assert_eq!(meaning(&Key::Named(NamedKey::LaunchMail), physical, &keymap), Some(RemoteKey::Search));
        let unknown = Key::Unidentified(NativeKey::Xkb(0x1008_ff99));
        assert_eq!(meaning(&unknown, physical, &keymap), Some(RemoteKey::Search));
        // What Slint hands on is for the keyboard's own section.
        let up = PhysicalKey::from_scancode(103);
        assert_eq!(meaning(&Key::Named(NamedKey::ArrowUp), up, &keymap), None);
        assert_eq!(meaning(&Key::Named(NamedKey::MediaPlay), physical, &keymap), Some(RemoteKey::Play));
    }
}
