//! Every key reaches the bridge as Slint names it, pressed and released, whatever page is shown; and the control in
//! focus says where it is drawn. What keys mean is decided elsewhere.

use std::cell::RefCell;
use std::rc::Rc;

use jinse_ui::{AppWindow, Bridge, Page};
use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{Key, Platform, WindowAdapter, WindowEvent};
use slint::{ComponentHandle, PhysicalSize, Rgb8Pixel, SharedString};

struct Stage(Rc<MinimalSoftwareWindow>);

impl Platform for Stage {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, slint::PlatformError> {
        Ok(self.0.clone())
    }
}

// One test: the toolkit belongs to one thread.
#[test]
fn keys_go_out_and_the_focus_is_reported() {
    let window = MinimalSoftwareWindow::new(RepaintBufferType::NewBuffer);
    slint::platform::set_platform(Box::new(Stage(window.clone()))).unwrap();
    let app = AppWindow::new().unwrap();
    let bridge = app.global::<Bridge>();
    let keys = Rc::new(RefCell::new(Vec::new()));
    bridge.on_key_down({
        let keys = keys.clone();
        move |text| {
            keys.borrow_mut().push(format!("+{text}"));
            true
        }
    });
    bridge.on_key_up({
        let keys = keys.clone();
        move |text| {
            keys.borrow_mut().push(format!("-{text}"));
            true
        }
    });
    let plates = Rc::new(RefCell::new(Vec::new()));
    bridge.on_focus_drawn({
        let plates = plates.clone();
        move |x, y, width, height| plates.borrow_mut().push((x, y, width, height))
    });
    window.set_size(PhysicalSize::new(1920, 1080));
    app.show().unwrap();
    window.dispatch_event(WindowEvent::WindowActiveChanged(true));
    let mut pixels = vec![Rgb8Pixel::default(); 1920 * 1080];

    let mut question = 0;
    for (page, expected) in [
        (Page::Home, 1),
        (Page::Live, 0),
        (Page::Category, 1),
        (Page::Course, 1),
        (Page::Player, 1),
        (Page::Learning, 1),
        (Page::History, 1),
        (Page::Standby, 0),
    ] {
        bridge.set_page(page);
        window.draw_if_needed(|renderer| {
            renderer.render(&mut pixels, 1920);
        });
        plates.borrow_mut().clear();
        question += 1;
        bridge.set_focus_check(question);
        slint::platform::update_timers_and_animations();
        assert_eq!(plates.borrow().len(), expected, "{page:?}");

        for key in [SharedString::from(Key::Tab), "3".into(), Key::Return.into(), Key::Escape.into(), "a".into()] {
            keys.borrow_mut().clear();
            window.dispatch_event(WindowEvent::KeyPressed { text: key.clone() });
            window.dispatch_event(WindowEvent::KeyReleased { text: key.clone() });
            assert_eq!(*keys.borrow(), [format!("+{key}"), format!("-{key}")], "{page:?}");
        }
    }
}
