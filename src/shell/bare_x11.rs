//! An X server without a window manager, as a kiosk may be: nobody but the program itself gives its window the keys.

use std::time::Duration;

use i_slint_backend_winit::{
    WinitWindowAccessor,
    winit::raw_window_handle::{HasWindowHandle, RawWindowHandle},
};
use x11rb::{
    connection::Connection,
    protocol::xproto::{AtomEnum, ConnectionExt, InputFocus, Window},
    rust_connection::RustConnection,
};

/// A new window is shown within a few of these.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const LOOKS: u32 = 100;

/// The window's own id on an X server, where it is on one.
pub fn window_id(window: &slint::Window) -> Option<Window> {
    window.with_winit_window(|window| match window.window_handle().ok()?.as_raw() {
        RawWindowHandle::Xlib(handle) => u32::try_from(handle.window).ok(),
        RawWindowHandle::Xcb(handle) => Some(handle.window.get()),
        _ => None,
    })?
}

/// The size of the X11 screen, where that is what windows are on.
pub fn screen_size() -> Option<(u32, u32)> {
    let (connection, index) = connect()?;
    let screen = connection.setup().roots.get(index)?;
    Some((screen.width_in_pixels.into(), screen.height_in_pixels.into()))
}

/// Gives the window the keys once it is shown, where no window manager will. On a thread of its own: the server may be
/// slow, and the window is not waited for.
pub fn take_keys(window: &slint::Window) {
    let Some(id) = window_id(window) else { return };
    std::thread::spawn(move || {
        let Some((connection, root)) = connect_bare() else { return };
        for _ in 0..LOOKS {
            if give_keys(&connection, id).is_some() {
                tracing::debug!("there is no window manager; the window has taken the keys");
                return;
            }
            std::thread::sleep(LOOK_EVERY);
        }
        tracing::warn!("the window on screen {root:#x} has no keys");
    });
}

/// Who has the keys, where no window manager sees to it. To be handed back by `return_keys`.
pub fn keys_of() -> Option<Window> {
    let (connection, root) = connect_bare()?;
    let focus = connection.get_input_focus().ok()?.reply().ok()?.focus;
    // 0 and 1 are nobody and whoever is under the pointer.
    (focus > 1 && focus != root).then_some(focus)
}

/// Gives the keys back to a window that had them, if it is still there.
pub fn return_keys(window: Window) {
    if let Some((connection, _)) = connect_bare() {
        let _ = give_keys(&connection, window);
    }
}

fn give_keys(connection: &RustConnection, window: Window) -> Option<()> {
    // Refused as long as the window is not shown.
    connection.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).ok()?.check().ok()
}

fn connect() -> Option<(RustConnection, usize)> {
    if std::env::var_os("WAYLAND_DISPLAY").is_some_and(|v| !v.is_empty()) {
        return None;
    }
    x11rb::connect(None).ok()
}

/// A connection and the root window, where no window manager has the screen.
fn connect_bare() -> Option<(RustConnection, Window)> {
    let (connection, index) = connect()?;
    let root = connection.setup().roots.get(index)?.root;
    let atom = connection.intern_atom(false, b"_NET_SUPPORTING_WM_CHECK").ok()?.reply().ok()?.atom;
    let check = connection.get_property(false, root, atom, AtomEnum::WINDOW, 0, 1).ok()?.reply().ok()?;
    let manager = check.value32().and_then(|mut ids| ids.next());
    // One that ended leaves its note on the root, but no window.
    let lives = manager
        .is_some_and(|id| connection.get_window_attributes(id).is_ok_and(|attributes| attributes.reply().is_ok()));
    (!lives).then_some((connection, root))
}
