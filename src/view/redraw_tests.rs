//! How much of the screen is drawn again: what is drawn is what a slow box waits for.

use std::{cell::RefCell, collections::HashSet, rc::Rc, time::Duration};

use jinse_ui::AppWindow;
use slint::{
    ComponentHandle, PhysicalSize, PlatformError,
    platform::{
        Platform, WindowAdapter,
        software_renderer::{MinimalSoftwareWindow, PremultipliedRgbaColor, RepaintBufferType},
    },
};

use super::{Lists, Pictures, show};
use crate::{
    app::{
        Model, What,
        screens::{self, tests::Sofa},
    },
    remote::key::RemoteKey,
};

const WIDTH: u32 = 1920;
const HEIGHT: u32 = 1080;
/// Of Home, two in a row.
const DOORS: usize = 6;

struct Memory(Rc<RefCell<Option<Rc<MinimalSoftwareWindow>>>>);

impl Platform for Memory {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        let adapter = MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer);
        *self.0.borrow_mut() = Some(adapter.clone());
        Ok(adapter)
    }

    /// Stands, so that no animation is among what is drawn.
    fn duration_since_start(&self) -> Duration {
        Duration::from_secs(10)
    }
}

pub(super) struct Screen {
    adapter: Rc<MinimalSoftwareWindow>,
    pub window: AppWindow,
    lists: Lists,
    pictures: Pictures,
    pixels: Vec<PremultipliedRgbaColor>,
}

impl Screen {
    pub fn new() -> Self {
        let made = Rc::new(RefCell::new(None));
        slint::platform::set_platform(Box::new(Memory(made.clone()))).unwrap();
        let window = AppWindow::new().unwrap();
        let adapter = made.borrow_mut().take().unwrap();
        window.show().unwrap();
        adapter.set_size(PhysicalSize::new(WIDTH, HEIGHT));
        let lists = Lists::attach(&window);
        let pixels = vec![PremultipliedRgbaColor::default(); (WIDTH * HEIGHT) as usize];
        Self { adapter, window, lists, pictures: Pictures::default(), pixels }
    }

    /// What of the screen is drawn for the model as it is now, in hundredths, rounded up. None: Slint was not even asked
    /// to draw.
    pub fn drawn(&mut self, model: &Model) -> Option<u32> {
        show(&self.window, &self.lists, &mut self.pictures, model);
        slint::platform::update_timers_and_animations();
        let mut area = 0;
        let asked = self.adapter.draw_if_needed(|renderer| {
            let region = renderer.render(&mut self.pixels, WIDTH as usize);
            area = region.iter().map(|(_, size)| size.width * size.height).sum();
        });
        asked.then(|| (area * 100).div_ceil(WIDTH * HEIGHT))
    }
}

/// A key a while after the last one, so that nothing of that one is still shown.
fn press(sofa: &mut Sofa, key: RemoteKey) {
    sofa.now.mono = sofa.now.mono.plus(400);
    sofa.send(What::Tick);
    sofa.press(key);
}

/// From Home through one door after the other, and some way on from there.
fn route() -> Vec<RemoteKey> {
    use RemoteKey::*;
    let mut keys = vec![Ok, Ok, Down, Back, Info, ChannelUp, Guide, Down, Ok, Back, Right, Blue, Down, Search];
    keys.extend([RemoteKey::digit(5).unwrap(), Right, Menu, Back, Subtitle, Down, Ok]);
    for door in 0..DOORS {
        keys.extend([Home, Left, Right, Down]);
        keys.extend((0..door / 2).map(|_| Down));
        keys.extend((0..door % 2).map(|_| Right));
        keys.extend([Ok, Down, Right, Ok, Down, Ok, Right, Ok, Back, Menu, Down, Ok]);
    }
    keys
}

#[test]
fn an_update_that_changes_nothing_draws_nothing() {
    let (mut screen, mut sofa) = (Screen::new(), Sofa::new());
    let mut seen = HashSet::new();
    for (step, key) in route().into_iter().enumerate() {
        press(&mut sofa, key);
        sofa.guide_answers();
        sofa.search_answers();
        // What one drawing finds out about sizes may move something in the next.
        for _ in 0..3 {
            screen.drawn(&sofa.model);
        }
        let name = screens::screen_name(&sofa.model);
        assert_eq!(screen.drawn(&sofa.model), None, "step {step}, {key:?}: {name}");
        seen.insert(name);
    }
    assert!(seen.len() >= 8, "only {seen:?}");
}

#[test]
fn a_digit_in_search_draws_little_of_the_page() {
    let (mut screen, mut sofa) = (Screen::new(), Sofa::new());
    press(&mut sofa, RemoteKey::Search);
    screen.drawn(&sofa.model);
    // The first one changes the hints, too. All together were 69 when the rows went away to come again.
    for (digit, most) in [(2, 45), (7, 15), (5, 15)] {
        press(&mut sofa, RemoteKey::digit(digit).unwrap());
        let drawn = screen.drawn(&sofa.model);
        assert!(drawn.is_some_and(|drawn| (1..=most).contains(&drawn)), "{digit}: {drawn:?} % of the screen");
        sofa.search_answers();
        assert!(screen.drawn(&sofa.model) > Some(0));
    }
}
