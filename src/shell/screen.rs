//! The window and its screen: which backend, which size, which scale. The look is drawn for 1920×1080; every other
//! size shows the same page larger or smaller.

use i_slint_backend_winit::{
    EventResult, WinitWindowAccessor,
    winit::event::{ElementState, WindowEvent as WinitEvent},
};
use jinse_ui::AppWindow;
use slint::{ComponentHandle, PhysicalPosition, PhysicalSize, platform::WindowEvent as Event};

use super::{bare_x11, desk};
use crate::{
    cli::Failure,
    remote::{
        kernel_keys::{self, KernelKey, Told},
        windowing,
    },
};

/// The width that the look is drawn for.
const LOOK: (f32, f32) = (1920.0, 1080.0);

/// What the window is on. Without a desktop the program is all there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Desktop,
    Kms,
}

/// Wayland, X11 or KMS by what is there. Without a desktop, keys go to `on_key` first; Slint gets those that it leaves.
pub fn choose_backend(on_key: impl Fn(KernelKey) -> bool + 'static) -> Result<Backend, Failure> {
    let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    let (backend, name) = if set("WAYLAND_DISPLAY") || set("DISPLAY") {
        (Backend::Desktop, "winit")
    } else if std::fs::read_dir("/dev/dri").is_ok_and(|mut d| d.next().is_some()) {
        (Backend::Kms, "linuxkms")
    } else {
        return Err(Failure::MachineLacks(
            "no display: neither WAYLAND_DISPLAY nor DISPLAY is set and there is no /dev/dri; \
             \"jinse-xuetang tour --out DIR\" under xvfb-run draws every screen into files"
                .into(),
        ));
    };
    // Made only where it is used: one that is let go selects whatever there is, and takes the program down without.
    let selector = slint::BackendSelector::new()
        .renderer_name("software".into())
        .backend_name(name.into())
        .with_libinput_event_hook(move |event| match kernel_keys::told(event) {
            Told::Key(key) => on_key(key),
            Told::Pointing => true,
            Told::Other => false,
        });
    selector.select().map_err(|e| Failure::MachineLacks(format!("no display backend: {e}")))?;
    Ok(backend)
}

/// The whole screen, or a window of `size`.
pub fn fit(window: &AppWindow, size: Option<(u32, u32)>) {
    match size {
        Some((width, height)) => {
            window.window().set_size(PhysicalSize::new(width, height));
            scale(window, width, height);
        }
        None => {
            // A screen without a window manager ignores the wish for the whole of it; a size it obeys.
            if let Some((width, height)) = bare_x11::screen_size() {
                window.window().set_position(PhysicalPosition::new(0, 0));
                window.window().set_size(PhysicalSize::new(width, height));
                scale(window, width, height);
            }
            window.window().set_fullscreen(true);
        }
    }
}

fn scale(window: &AppWindow, width: u32, height: u32) {
    let factor = (width as f32 / LOOK.0).min(height as f32 / LOOK.1);
    if factor > 0.0 && (factor - window.window().scale_factor()).abs() > 0.001 {
        // The page's own size follows from both: the same window holds more or fewer of the look's pixels now.
        let size = PhysicalSize::new(width, height).to_logical(factor);
        for event in [Event::ScaleFactorChanged { scale_factor: factor }, Event::Resized { size }] {
            if let Err(e) = window.window().dispatch_event_with_result(event) {
                tracing::warn!("the page keeps its size: {e}");
            }
        }
    }
}

/// Makes the page as large as the window is. A window that has just been made takes the scale of its display, whatever
/// it was told before.
pub fn scale_to_window(window: &AppWindow) {
    let size = window.window().size();
    scale(window, size.width, size.height);
}

/// Draws what has changed at once. By itself Slint waits for a beat of the screen on X11 even where it has drawn nothing
/// for a while, which is most of what a key press would take to be seen. False where there is nobody to ask.
pub fn draw_soon(window: &AppWindow) -> bool {
    window.window().with_winit_window(|window| window.request_redraw()).is_some()
}

/// Keeps the page as large as the window, and takes the keys that Slint would not hand on.
pub fn follow_window(window: &AppWindow) {
    let weak = window.as_weak();
    window.window().on_winit_window_event(move |_, event| {
        if let WinitEvent::Focused(false) = event {
            // The release of a key that is down goes to another window.
            slint::Timer::single_shot(std::time::Duration::ZERO, || {
                desk::with(|desk| desk.hands.release_all());
            });
        }
        if let WinitEvent::RedrawRequested = event
            && let Some(number) = desk::with(|desk| desk.awaited_drawing()).flatten()
        {
            // Slint draws as soon as this is over.
            slint::Timer::single_shot(std::time::Duration::ZERO, move || {
                desk::with(|desk| desk.drawn(number));
            });
        }
        if let WinitEvent::KeyboardInput { event: key, .. } = event
            && let Some(true) = desk::with(|desk| {
                let meant = windowing::meaning(&key.logical_key, key.physical_key, &desk.keymap);
                match (meant, key.state) {
                    (None, _) => return false,
                    (Some(meant), ElementState::Pressed) => desk.remote_down(meant),
                    (Some(meant), ElementState::Released) => desk.remote_up(meant),
                }
                true
            })
        {
            return EventResult::PreventDefault;
        }
        if let WinitEvent::Resized(_) | WinitEvent::ScaleFactorChanged { .. } = event {
            let weak = weak.clone();
            // After Slint has taken in the size itself.
            slint::Timer::single_shot(std::time::Duration::ZERO, move || {
                if let Some(window) = weak.upgrade() {
                    scale_to_window(&window);
                    desk::with(desk::Desk::arrange_picture);
                }
            });
        }
        EventResult::Propagate
    });
}
