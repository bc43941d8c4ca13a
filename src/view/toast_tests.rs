//! Where a toast stands: never over what has the focus.

use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
    rc::Rc,
};

use jinse_ui::{Bridge, Cover};
use slint::ComponentHandle;

use super::{focus_fills_screen, redraw_tests::Screen};
use crate::{
    app::{
        model::Toast,
        screens::{self, tests::Sofa},
    },
    remote::key::RemoteKey::{self, *},
};

type Rect = [f32; 4];

/// Of all sentences that a toast has one of the longest, so that it meets what another would not.
const WORDS: &str = "这个频道放不出来，换一个频道看看吧";
/// Steps of the walk; of each page and what lies on it so many places are drawn, each once.
const STEPS: usize = 4_000;
const PLACES: usize = 8;
/// A picture with its words below, of which these alone must stay free.
const PICTURE: f32 = 600.0;
const WORDS_BELOW: f32 = 96.0;

fn meet([ax, ay, aw, ah]: Rect, [bx, by, bw, bh]: Rect) -> bool {
    ax < bx + bw && bx < ax + aw && ay < by + bh && by < ay + ah
}

/// Doors are taken and left again and again, with some steps in between.
fn keys() -> impl Iterator<Item = RemoteKey> {
    let keys =
        [Down, Right, Down, Ok, Up, Left, Down, Ok, Menu, Right, Down, Back, Guide, Down, Ok, Search, Down, Home];
    let mut state = 20_261_130_u64;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Steps are more frequent than doors.
        let at = usize::try_from(state >> 33).unwrap() % (3 * keys.len());
        keys.get(at).copied().unwrap_or([Down, Right, Down, Left][at % 4])
    })
}

#[test]
fn a_toast_covers_nothing_that_has_the_focus() {
    let (mut screen, mut sofa) = (Screen::new(), Sofa::new());
    let focus: Rc<Cell<Option<Rect>>> = Rc::default();
    let toast: Rc<Cell<Option<Rect>>> = Rc::default();
    let (focused, covered) = (focus.clone(), toast.clone());
    screen.window.global::<Bridge>().on_focus_drawn(move |x, y, w, h| focused.set(Some([x, y, w, h])));
    screen.window.global::<Bridge>().on_cover_drawn(move |cover, x, y, w, h| {
        if cover == Cover::Toast {
            covered.set(Some([x, y, w, h]));
        }
    });
    let (mut seen, mut pages, mut faults) = (HashSet::new(), HashMap::new(), Vec::new());
    for key in keys().take(STEPS) {
        sofa.now.mono = sofa.now.mono.plus(400);
        sofa.press(key);
        sofa.guide_answers();
        sofa.search_answers();
        let name = screens::screen_name(&sofa.model);
        let place = (name, screens::overlay_names(&sofa.model), sofa.focus());
        if focus_fills_screen(&sofa.model) || !seen.insert(place.clone()) {
            continue;
        }
        let places = pages.entry((name, screens::overlay_names(&sofa.model))).or_insert(0);
        *places += 1;
        if *places > PLACES {
            continue;
        }
        let mut model = sofa.model.clone();
        model.nudge = None;
        model.toast = Some(Toast { icon: "clock", text: WORDS.into(), until: sofa.now.mono.plus(9_000) });
        focus.set(None);
        for check in 0..2 {
            screen.window.global::<Bridge>().set_focus_check(i32::try_from(seen.len() * 2 + check).unwrap());
            screen.drawn(&model);
        }
        let (Some(focus), Some(toast)) = (focus.get(), toast.get()) else { panic!("{place:?}: nothing reports") };
        let [x, y, width, height] = focus;
        let kept = if height > PICTURE { [x, y + height - WORDS_BELOW, width, WORDS_BELOW] } else { focus };
        if meet(kept, toast) {
            faults.push(format!("{place:?}: {focus:?} under {toast:?}"));
        }
        assert!(toast[1] >= 54.0, "{place:?}: {toast:?} is not in the safe area");
    }
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), seen.len(), faults.join("\n"));
    let names: HashSet<_> = pages.keys().map(|(name, _)| name).collect();
    assert!(names.len() >= 12, "only {names:?}");
}
