//! Keys where there is no desktop: what libinput tells of a press, before Slint makes a text of it. Slint has no text
//! for most keys of a remote, and it ends the program at Ctrl+Alt+Backspace and Ctrl+Alt+Delete.

use input::{
    Event,
    event::{
        KeyboardEvent,
        keyboard::{KeyState, KeyboardEventTrait},
    },
};

use super::{key::RemoteKey, keymap::Keymap};

/// `KEY_BACKSPACE` and `KEY_DELETE` of linux/input-event-codes.h, with the text that a keymap knows them by. With
/// Ctrl and Alt held, Slint would end the program at them.
const ENDING: [(u16, &str); 2] = [(14, "\u{8}"), (111, "\u{7f}")];

/// A key went down or came up, by the kernel's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelKey {
    pub code: u16,
    pub down: bool,
}

/// What a device tells that concerns a television.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Key(KernelKey),
    /// A mouse, a touchpad, a touch: Slint would draw a pointer over the picture, and nothing here answers to one.
    Pointing,
    Other,
}

pub fn told(event: &Event) -> Told {
    match event {
        Event::Keyboard(KeyboardEvent::Key(key)) => match u16::try_from(key.key()) {
            Ok(code) => Told::Key(KernelKey { code, down: key.key_state() == KeyState::Pressed }),
            Err(_) => Told::Other,
        },
        Event::Pointer(_) | Event::Touch(_) => Told::Pointing,
        _ => Told::Other,
    }
}

/// What becomes of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Means(RemoteKey),
    /// Means nothing, and Slint must not see it.
    Dropped,
    /// Slint makes a text of it, which the keymap may know.
    Passed,
}

pub fn fate(code: u16, keymap: &Keymap) -> Fate {
    let ending = ENDING.iter().find(|(ends, _)| *ends == code);
    match keymap.from_evdev(code).or_else(|| keymap.from_text(ending?.1)) {
        Some(meant) => Fate::Means(meant),
        None if ending.is_some() => Fate::Dropped,
        None => Fate::Passed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remotes_own_keys_are_known_and_letters_go_on_to_slint() {
        let keymap = Keymap::shipped();
        assert_eq!(fate(0x192, &keymap), Fate::Means(RemoteKey::ChannelUp));
        assert_eq!(fate(103, &keymap), Fate::Means(RemoteKey::Up));
        // KEY_M: a shortcut of the keyboard's own section.
        assert_eq!(fate(50, &keymap), Fate::Passed);
    }

    #[test]
    fn what_would_end_slint_never_reaches_it() {
        let mut keymap = Keymap::shipped();
        assert_eq!(fate(14, &keymap), Fate::Means(RemoteKey::Back));
        assert_eq!(fate(111, &keymap), Fate::Dropped);
        keymap
            .lay_over("mine", "[keyboard]\nDelete = \"menu\"\nBackspace = \"none\"\n[evdev]\nKEY_BACKSPACE = \"none\"")
            .unwrap();
        assert_eq!(fate(111, &keymap), Fate::Means(RemoteKey::Menu));
        assert_eq!(fate(14, &keymap), Fate::Dropped);
    }
}
