//! The way through every screen, as presses and waits.

use std::{collections::VecDeque, fmt};

use jinse_ui::Bridge;
use slint::ComponentHandle as _;

use crate::{
    app::{
        Model, enrolment,
        model::{Overlay, Page},
        playback::{Intent, Playing},
        programmes::Known,
        screens,
    },
    catalogue::enrolment::Mine,
    learning::roster::LearnerId,
    player::types::Phase,
    remote::key::{Digit, RemoteKey},
    shell::desk::Desk,
};

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
fn has_picture(desk: &Desk) -> bool {
    desk.model.playback.is_moving() && desk.window.global::<Bridge>().get_video_painted()
}

fn has_programme(model: &Model) -> bool {
    model.channel.as_ref().is_some_and(|id| model.now_next_of(id).now.is_some())
}

/// Every channel of the open list has its programme, so that none arrives after the picture.
fn list_is_complete(desk: &Desk) -> bool {
    let Some(Overlay::Channels(list)) = &desk.model.overlay else { return false };
    let members = screens::channels::members(&desk.model, &list.group);
    members.iter().all(|c| desk.model.now_next_of(&c.id).now.is_some())
}

fn on_the_channel(model: &Model) -> bool {
    matches!(&model.playback.what, Some(Playing::Channel(id)) if Some(id) == model.channel.as_ref())
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

fn live(way: &mut Way) {
    way.press("live");
    way.live_picture();
    way.picture("live-banner");
    way.shot("back", "live");
    way.shot("2", "number-entry");
    way.shot("back 3 6 ok", "number-none");
    way.press("back ok");
    way.until("the programme of every channel", list_is_complete);
    way.picture("channels");
    way.press("left down down down down");
    way.until("the programme of every channel", list_is_complete);
    way.picture("channels-groups");
    way.shot("right down down yellow", "channels-all");
    way.press("yellow");
    way.shot("left up up up up up up", "channels-empty");
    way.shot("back yellow", "toast");
    way.shot("red", "toast-useless-key");
    way.shot("menu", "menu-live");
    channel_lock(way);
    way.press("channel-up");
    way.until("the next channel", |desk| on_the_channel(&desk.model));
    way.live_picture();
    way.picture("live-next-channel");
}

/// From the open menu: the running channel is locked, asks for the PIN after a rest, and is set free again.
fn channel_lock(way: &mut Way) {
    way.choose("这个频道…");
    way.picture("menu-channel");
    way.shot("down ok", "pin-new");
    way.press("2 5 8 0 2 5 8 0");
    way.until("the lock", |desk| desk.model.overlay.is_none() && !desk.model.user.locked_channels.is_empty());
    way.press("power ok live");
    way.shot("2 5", "pin");
    way.press("left 1 1 1 1");
    way.until(
        "an answer to a wrong PIN",
        |desk| matches!(&desk.model.overlay, Some(Overlay::Pin(card)) if card.said == screens::pin::Said::Wrong),
    );
    way.picture("pin-wrong");
    way.press("2 5 8 0");
    way.live_picture();
    way.menu("这个频道…");
    way.press("down ok 2 5 8 0");
    way.until("no lock", |desk| desk.model.overlay.is_none() && desk.model.user.locked_channels.is_empty());
}

/// The guide's rows, or its words, are there.
fn guide_is_complete(desk: &Desk) -> bool {
    let Page::Guide(page) = desk.model.page() else { return false };
    let now = desk.model.now.mono;
    let wanted = screens::guide::wanted(&desk.model, page).into_iter();
    wanted.map(|(id, day)| desk.model.programmes.known(&id, day, now)).all(|known| matches!(known, Known::Day(_)))
}

/// 节目单 in both forms, a programme, and what is booked.
fn programmes(way: &mut Way) {
    let complete = |way: &mut Way| way.until("the programmes", guide_is_complete);
    way.press("guide");
    complete(way);
    way.picture("guide");
    way.shot("down down ok", "guide-booked");
    way.shot("ok", "dialog-unbook");
    way.press("back channel-up");
    complete(way);
    way.shot("ok", "dialog-clash");
    way.press("right ok");
    way.shot("info", "programme");
    way.press("back left");
    complete(way);
    way.picture("guide-yesterday");
    way.press("right right right right right");
    complete(way);
    way.picture("guide-empty-day");
    way.press("green guide");
    complete(way);
    way.picture("grid");
    way.shot("up right right", "grid-later");
    way.shot("menu", "menu-guide");
    way.press("back");
}

fn courses(way: &mut Way) {
    // The focus on Home is still on 我的学习.
    way.press("home up up right ok");
    way.picture("category");
    way.shot("up", "category-tabs");
    way.shot("right right", "category-empty-tier");
    way.shot("down", "category-empty");
    way.shot("home down left ok", "category-second");
    way.shot("home up ok", "category-live-classes");
    way.shot("ok", "course-live-class");
    way.shot("back up ok", "timetable");
    // It clashes with what was booked in the guide, which is said.
    way.press("ok ok");
    way.shot("ok", "waiting");
    way.press("down ok");
    way.shot("home down ok down down ok right", "course-chapters");
    way.shot("home right ok up right right down right ok", "course-on-site");
    way.press("down ok");
    way.until("the seats", |desk| desk.model.enrolments.values().any(|known| known.seats.is_some()));
    way.picture("visit");
    seats_that_are_gone(way);
    way.press("home up left");
}

/// A course that is full, and one whose waiting list is full, too. The focus on Home is on the door of culture.
fn seats_that_are_gone(way: &mut Way) {
    let asked = |way: &mut Way| {
        way.press("down ok");
        way.until("the seats", |desk| seats(desk).is_some_and(|known| known.seats.is_some()));
    };
    way.press("home ok up right right down ok");
    asked(way);
    way.press("ok");
    way.until("a place on the waiting list", |desk| {
        seats(desk).and_then(|known| known.seats).is_some_and(|s| s.mine == Mine::Waiting)
    });
    way.picture("visit-waiting-list");
    way.press("home ok up right down ok");
    asked(way);
    way.press("ok");
    way.until("a refusal", |desk| seats(desk).is_some_and(|known| known.refused.is_some()));
    way.picture("visit-refused");
}

/// What the operator has said about the seats of the course that is open.
fn seats(desk: &Desk) -> Option<&enrolment::Known> {
    match desk.model.page() {
        Page::Visit(page) => desk.model.enrolments.get(&page.course),
        _ => None,
    }
}

/// From the course page into the lesson and to its end.
fn lesson(way: &mut Way) {
    way.shot("home right ok ok", "course-new");
    way.shot("yellow right", "course-lessons");
    way.press("ok");
    way.until("the lesson to run and be noted", |desk| has_picture(desk) && !desk.model.user.history.is_empty());
    stand_at_20_s(way);
    way.picture("player-bar");
    way.shot("up", "player-track");
    way.shot("back", "player-paused");
    way.shot("menu", "menu-player");
    way.shot("back back", "course-in-progress");
    way.shot("ok", "dialog-resume");
    way.press("ok");
    way.until("the lesson to run again", |desk| has_picture(desk) && desk.model.playback.phase == Phase::Playing);
    way.press("forward forward forward forward");
    way.until("the lesson to end", |desk| desk.model.playback.phase == Phase::Ended);
    way.picture("player-end");
    questions(way);
    way.shot("left", "course-afterwards");
}

/// Of the lesson that has just ended: one with a picture, a true one or not, and steps to put in order.
fn questions(way: &mut Way) {
    way.shot("ok", "quiz");
    way.shot("1", "quiz-wrong");
    way.shot("2", "quiz-right");
    way.shot("ok 2 ok 1 2", "quiz-order");
    way.shot("menu", "menu-quiz");
    way.shot("back 3 ok", "quiz-order-wrong");
    way.press("back");
}

/// Pauses, and goes to a place that does not depend on how long the lesson has run.
fn stand_at_20_s(way: &mut Way) {
    way.press("pause blue forward forward");
    way.until("the lesson to stand at 20 s", |desk| {
        let playback = &desk.model.playback;
        playback.intent == Intent::Pause
            && playback.phase == Phase::Paused
            && playback.seek.is_none()
            && (19_900..20_900).contains(&playback.position_ms)
    });
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

/// From the page of a finished course to its last lesson, which runs to its end.
fn last_lesson_ends(way: &mut Way) {
    way.press("right channel-down ok");
    way.until("the last lesson to run", |desk| has_picture(desk) && desk.model.playback.phase == Phase::Playing);
    way.press("forward forward forward forward");
    way.until("the last lesson to end", |desk| desk.model.playback.phase == Phase::Ended);
}

/// 短视频: the picture with its count and its thin bar, the card at its end, and a question.
fn short_videos(way: &mut Way) {
    way.press("home left left right down down ok down down right ok");
    way.until("the short video to run", has_picture);
    stand_at_20_s(way);
    way.shot("back", "short-video");
    way.press("play");
    way.until("the short video to run on", |desk| desk.model.playback.phase == Phase::Playing);
    way.press("forward forward forward forward");
    way.until("the short video to end", |desk| desk.model.playback.phase == Phase::Ended);
    way.picture("short-video-end");
    // The last one asks about a picture, with four answers beside it.
    way.press("down down down down");
    way.until("the last short video to run", |desk| has_picture(desk) && desk.model.playback.phase == Phase::Playing);
    way.press("forward forward forward forward forward");
    way.until("the last short video to end", |desk| desk.model.playback.phase == Phase::Ended);
    way.shot("ok", "quiz-four-answers");
    way.shot("1", "quiz-four-answers-wrong");
    way.press("home");
}

/// The answer to what is typed is there, and the posters of what it found.
fn has_found(desk: &Desk) -> bool {
    let Page::Search(page) = desk.model.page() else { return false };
    page.answer.is_some() && page.number == desk.model.searches && desk.model.guide_asked.len() >= 6
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

/// The operator's server is gone; then the box goes to rest.
fn trouble(way: &mut Way) {
    way.press("live");
    way.live_picture();
    way.0.push_back(Step::Close);
    // A channel that nobody has fetched ahead.
    way.press("5 ok");
    way.until("the player to notice", |desk| {
        on_the_channel(&desk.model) && matches!(desk.model.playback.phase, Phase::Reconnecting { .. })
    });
    way.0.push_back(Step::Pass(screens::trouble::AFTER_MS));
    way.picture("trouble");
    way.shot("right right ok", "dialog-help");
    way.shot("back power", "standby");
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
