//! The way through every screen, as presses and waits. What is walked in one go is in `television` and `courses`.

mod courses;
mod television;

use std::{collections::VecDeque, fmt};

use jinse_ui::Bridge;
use slint::ComponentHandle as _;

use crate::{
    app::{Model, model::Page, screens},
    learning::roster::LearnerId,
    remote::key::{Digit, RemoteKey},
    shell::desk::Desk,
};
use courses::{courses, last_lesson_ends, lesson, short_videos};
use television::{live, programmes, trouble};

pub(super) const NONE: &str = "none";

#[derive(Clone)]
pub(super) enum Step {
    /// The program's first message; before it there is the splash.
    Begin,
    Press(RemoteKey),
    /// Down to the row of this label, and 确认.
    Choose(&'static str),
    /// So many milliseconds pass for the program, none for the guide.
    Pass(u64),
    /// Waits for a state, named for the case that it does not come.
    Until(&'static str, fn(&Desk) -> bool),
    /// Some evenings of learning have passed: these courses, each watched from beginning to end and all its questions
    /// answered.
    Learnt(&'static [&'static str]),
    /// The operator's server goes away.
    Close,
    Picture(&'static str),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begin => f.write_str("the beginning"),
            Self::Press(key) => write!(f, "a press of {key}"),
            Self::Choose(label) => write!(f, "the row {label}"),
            Self::Pass(ms) => write!(f, "{ms} ms to pass"),
            Self::Until(what, _) => f.write_str(what),
            Self::Learnt(_) => f.write_str("evenings of learning"),
            Self::Close => f.write_str("the operator to go"),
            Self::Picture(name) => write!(f, "the picture {name}"),
        }
    }
}

pub(super) fn route() -> VecDeque<Step> {
    let mut way = Way(VecDeque::new());
    way.picture("splash");
    first_evening(&mut way);
    live(&mut way);
    programmes(&mut way);
    courses(&mut way);
    lesson(&mut way);
    what_was_learnt(&mut way);
    search(&mut way);
    what_was_earned(&mut way);
    another_learner(&mut way);
    short_videos(&mut way);
    trouble(&mut way);
    way.0
}

struct Way(VecDeque<Step>);

impl Way {
    fn press(&mut self, keys: &str) {
        // Names that do not exist are found by the test below.
        self.0.extend(keys.split_whitespace().filter_map(|k| Some(Step::Press(key(k)?))));
    }

    /// The menu, and in it the row of this label.
    fn menu(&mut self, label: &'static str) {
        self.press("menu");
        self.choose(label);
    }

    fn choose(&mut self, label: &'static str) {
        self.0.push_back(Step::Choose(label));
    }

    fn until(&mut self, what: &'static str, holds: fn(&Desk) -> bool) {
        self.0.push_back(Step::Until(what, holds));
    }

    fn picture(&mut self, name: &'static str) {
        self.0.push_back(Step::Picture(name));
    }

    fn shot(&mut self, keys: &str, name: &'static str) {
        self.press(keys);
        self.picture(name);
    }

    fn live_picture(&mut self) {
        self.until("a live picture with its programme", |desk| has_picture(desk) && has_programme(&desk.model));
    }
}

fn key(name: &str) -> Option<RemoteKey> {
    match name.parse::<u8>().ok().and_then(Digit::new) {
        Some(digit) => Some(RemoteKey::Digit(digit)),
        None => name.parse().ok(),
    }
}

/// The picture of what plays is on the window.
pub(super) fn has_picture(desk: &Desk) -> bool {
    desk.model.playback.is_moving() && desk.window.global::<Bridge>().get_video_painted()
}

fn has_programme(model: &Model) -> bool {
    model.channel.as_ref().is_some_and(|id| model.now_next_of(id).now.is_some())
}

/// Home, and what is empty for somebody who is new.
fn first_evening(way: &mut Way) {
    way.0.push_back(Step::Begin);
    way.until("lineup and catalogue", |desk| {
        desk.model.lineup.ready().is_some() && desk.model.catalogue.ready().is_some()
    });
    way.live_picture();
    way.picture("home");
    way.shot("right", "home-card");
    way.shot("menu", "menu-home");
    way.shot("back 2", "home-number-entry");
    way.shot("back down down down", "home-door");
    way.shot("ok", "learning-empty");
    way.shot("ok", "history-empty");
    way.shot("back down ok", "favourites-empty");
}

fn what_was_learnt(way: &mut Way) {
    way.press("home");
    way.live_picture();
    way.picture("home-afterwards");
    way.shot("left left", "home-continue");
    way.shot("right down down down ok", "learning");
    way.shot("up ok", "favourites");
    way.shot("back up ok", "history");
    way.shot("red", "dialog-delete");
    way.shot("back menu", "menu-history");
    way.choose("全部删掉");
    way.picture("dialog-clear");
    way.press("back back");
    way.menu("设置");
    way.picture("settings");
    way.shot("down left", "settings-speed");
    way.shot("down down ok", "interests");
    way.shot("back down", "settings-lock");
    // Passed over and not changed: no voice is heard on a tour.
    way.shot("down down", "settings-voice");
    way.press("up up up up up right back ok");
    way.menu("为您推荐");
    way.picture("picks");
}

/// Certificates and the year's archive. The last of the courses is the last step of a ladder.
fn what_was_earned(way: &mut Way) {
    // The focus on Home is still on 我的学习.
    way.shot("home ok up up up ok", "certificate-none");
    way.press("home");
    way.0.push_back(Step::Learnt(&["baduanjin", "metro-code"]));
    way.0.push_back(Step::Learnt(&["brush-first"]));
    way.press("ok");
    way.0.push_back(Step::Pass(screens::survey::QUIET_MS));
    way.picture("survey-offer");
    way.shot("right ok", "survey");
    way.shot("ok ok", "survey-scale");
    way.press("back");
    way.shot("ok", "course-ladder");
    last_lesson_ends(way);
    way.picture("player-end-ladder");
    way.press("home");
    way.0.push_back(Step::Learnt(&["calligraphy", "bamboo"]));
    way.shot("ok", "learning-earned");
    way.shot("up up up ok", "certificate-ladder");
    way.shot("right", "certificate");
    way.press("ok");
    way.until(
        "the certificate to be kept",
        |desk| matches!(desk.model.page(), Page::Paper(page) if page.kept.is_some()),
    );
    way.press("back");
    way.shot("menu", "menu-learning");
    way.choose("学习档案");
    way.picture("archive");
    way.shot("left", "archive-year-before");
    // The newest of the finished courses, whose ladder is climbed.
    way.press("back down down down left left left ok");
    last_lesson_ends(way);
    way.picture("player-end-next-course");
    way.press("home");
}

/// The answer to what is typed is there, and the posters of what it found.
fn has_found(desk: &Desk) -> bool {
    let Page::Search(page) = desk.model.page() else { return false };
    page.is_answered() && desk.model.guide_asked.len() >= 6
}

/// 找课程: before anything is typed, found, near, nowhere, chosen, and what is kept of it.
fn search(way: &mut Way) {
    way.press("search");
    way.until("what is on now", |desk| {
        desk.model.channels().iter().all(|c| desk.model.now_next_of(&c.id).now.is_some())
    });
    way.picture("search");
    way.press("2 3 5");
    way.until("what it finds", has_found);
    way.picture("search-found");
    way.shot("right right", "search-chosen");
    way.press("left 9");
    way.until("what is near", has_found);
    way.picture("search-near");
    way.press("7 7 7 7 7");
    way.until("nothing", has_found);
    way.picture("search-nothing");
    way.shot("1", "search-help");
    way.press("back back back back back back back back back back 2 3 5");
    way.until("the course again", has_found);
    way.press("right right down ok back home search");
    way.shot("right right", "search-past");
    way.shot("red", "dialog-searches");
    way.press("back");
}

/// Somebody new comes, and goes again with everything.
fn another_learner(way: &mut Way) {
    let page = |way: &mut Way| {
        way.press("menu");
        way.choose("设置");
        way.press("down down ok");
    };
    page(way);
    way.shot("down", "learners-alone");
    way.shot("ok", "names");
    way.press("right ok");
    way.until("the second learner", |desk| desk.model.learners.roster.now_name() == "奶奶");
    way.live_picture();
    way.picture("home-second-learner");
    way.shot("ok", "learning-second-learner");
    way.press("home");
    page(way);
    way.shot("up", "learners");
    way.press("ok");
    way.until("the first learner", |desk| desk.model.learners.roster.now() == LearnerId::FIRST);
    page(way);
    way.shot("down red", "dialog-learner");
    way.shot("right ok", "dialog-learner-again");
    way.press("right ok");
    way.until("one learner", |desk| !desk.model.learners.roster.is_shared());
    way.press("home");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_has_a_name_of_its_own_and_the_tour_ends_at_rest() {
        let names: Vec<&str> =
            route().iter().filter_map(|s| if let Step::Picture(name) = s { Some(*name) } else { None }).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), names.len());
        assert_eq!((names[0], *names.last().unwrap()), ("splash", "standby"));
    }

    #[test]
    fn keys_go_by_the_names_of_the_remote() {
        assert_eq!(key("channel-up"), Some(RemoteKey::ChannelUp));
        assert_eq!(key("7").map(|k| k.to_string()), Some("digit-7".into()));
        assert_eq!(key("enter"), None);
    }
}
