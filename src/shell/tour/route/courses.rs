//! Learning: courses and their seats, a lesson and its questions, 短视频.

use std::ops::Range;

use super::{Way, has_picture};
use crate::{
    app::{enrolment, model::Page, playback::Intent},
    catalogue::enrolment::Mine,
    player::types::Phase,
    shell::desk::Desk,
};

pub(super) fn courses(way: &mut Way) {
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
pub(super) fn lesson(way: &mut Way) {
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
    way.press("pause");
    way.until("the lesson to pause", |desk| desk.model.playback.phase == Phase::Paused);
    way.press("blue");
    // Steps set out from the place that is known, and the one before the pause may be told after the key.
    way.until("the lesson to stand at its beginning", |desk| stands_within(desk, 0..900));
    way.press("forward forward");
    way.until("the lesson to stand at 20 s", |desk| stands_within(desk, 19_900..20_900));
}

fn stands_within(desk: &Desk, place_ms: Range<u64>) -> bool {
    let playback = &desk.model.playback;
    playback.intent == Intent::Pause
        && playback.phase == Phase::Paused
        && playback.seek.is_none()
        && place_ms.contains(&playback.position_ms)
}

/// From the page of a finished course to its last lesson, which runs to its end.
pub(super) fn last_lesson_ends(way: &mut Way) {
    way.press("right channel-down ok");
    way.until("the last lesson to run", |desk| has_picture(desk) && desk.model.playback.phase == Phase::Playing);
    way.press("forward forward forward forward");
    way.until("the last lesson to end", |desk| desk.model.playback.phase == Phase::Ended);
}

/// 短视频: the picture with its count and its thin bar, the card at its end, and a question.
pub(super) fn short_videos(way: &mut Way) {
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
