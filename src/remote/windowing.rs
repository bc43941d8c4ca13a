//! Keys of a remote that a desktop knows by name but that type no text and that Slint does not hand on. They come from
//! the window itself.

use i_slint_backend_winit::winit::keyboard::{Key, NamedKey};

use super::key::RemoteKey;

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
    use super::*;

    #[test]
    fn a_remotes_own_keys_are_known_and_typing_is_not_taken() {
        assert_eq!(from_window_key(&Key::Named(NamedKey::ChannelUp)), Some(RemoteKey::ChannelUp));
        assert_eq!(from_window_key(&Key::Named(NamedKey::ArrowUp)), None);
        assert_eq!(from_window_key(&Key::Character("3".into())), None);
    }
}
