//! Which medium should play: a function of the page, of what lies over it and of the lock. Opening it is `reconcile`'s.

use super::Playing;
use crate::{
    app::{
        Model, lock,
        model::{Overlay, Page, Power},
        screens::{
            lesson::{LessonPage, Target},
            part, past, quiz,
        },
    },
    guide::lineup::ChannelId,
};

/// A held key that brings nothing more for so long was let go: longer than from one of its presses to the next.
pub const RUN_RESTS_MS: u64 = 300;

/// The page that says what plays: what can go on without being looked at does, which a lesson cannot. What was booked lies
/// on the guide.
fn watched_page(model: &Model) -> &Page {
    match (model.page(), model.stack.len().checked_sub(2).and_then(|below| model.stack.get(below))) {
        (Page::Bookings(_), Some(below)) => below,
        (Page::Settings(_), Some(below)) if !matches!(below, Page::Lesson(_) | Page::Part(_)) => below,
        (page, _) => page,
    }
}

/// The channel that the page wants, at its edge or before it.
pub fn wanted_channel(model: &Model) -> Option<ChannelId> {
    // The guide lies on live or on Home: what runs there goes on to be heard, and is back at once.
    let on_channel = matches!(watched_page(model), Page::Home(_) | Page::Live | Page::Guide(_) | Page::Programme(_));
    if model.power != Power::On || !on_channel {
        return None;
    }
    let preview = match &model.overlay {
        Some(Overlay::Channels(list)) => {
            let open = list.preview.as_ref().filter(|id| !lock::is_closed(model, id));
            open.and_then(|id| model.lineup.ready()?.by_id(id))
        }
        _ => None,
    };
    let channel = preview.or_else(|| model.current_channel()).filter(|c| !lock::is_closed(model, &c.id))?;
    // While a held key runs through the channels none of them is opened: every opening costs the operator.
    let runs = model.runs_until.is_some_and(|until| model.now.mono < until);
    let playing = model.playback.channel().filter(|id| runs && !lock::is_closed(model, id));
    Some(playing.unwrap_or(&channel.id).clone())
}

/// What the page wants to hear and see. Standby and plain pages want nothing, so no pipeline runs under them.
pub fn wanted(model: &Model) -> Option<Playing> {
    if model.power != Power::On {
        return None;
    }
    match watched_page(model) {
        Page::Home(_) | Page::Live | Page::Guide(_) | Page::Programme(_) => {
            let channel = wanted_channel(model)?;
            Some(past::playing(model, &channel).unwrap_or(Playing::Channel(channel)))
        }
        Page::Lesson(page) => match &page.target {
            Target::Replay(replay) if lock::is_closed(model, &replay.channel) => None,
            _ => wanted_by(page),
        },
        Page::Part(page) => wanted_by(&part::lesson(page)),
        // A lesson that waits for an answer stays open.
        Page::Quiz(page) => quiz::waiting_lesson(page).and_then(wanted_by),
        _ => None,
    }
}

fn wanted_by(page: &LessonPage) -> Option<Playing> {
    match (&page.target, &page.course) {
        (Target::Replay(replay), _) => Some(Playing::Replay(replay.clone())),
        (target, Some(course)) => Some(Playing::Lesson { course: course.clone(), target: target.clone() }),
        (_, None) => None,
    }
}
