//! 预约: booking, clashes, the call a minute ahead, and what was missed while nobody looked. The list itself is the
//! viewer's data (`UserData::reminders`) and outlives the program.

use crate::{
    app::{
        Effect, Model, civil,
        model::{Page, Power},
        screens::{self, course, dialog, lesson, live, waiting},
    },
    catalogue::types::{Course, LiveSession},
    guide::{
        lineup::{Channel, ChannelId},
        programme::Programme,
    },
    remote::key::RemoteKey,
    store::types::{Reminder, ReminderOf, StoreCommand},
    time::{MonoMs, UtcMs},
};

/// The call comes this long before the beginning …
const AHEAD_MS: i64 = 60_000;
/// … and stays this long.
const STAYS_MS: u64 = 30_000;
/// A press this soon after the call came up was meant for what lay there before.
const SETTLES_MS: u64 = 700;
/// A programme that the guide moved by no more than this is still the one that was booked.
const MOVES_MS: i64 = 3 * 3_600_000;
/// Booked at once. More is no plan, and the list must not grow without bound.
const MOST: usize = 50;
/// Of a title in the one sentence of the call.
const TITLE_CHARS: usize = 8;

/// The call that is on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub reminder: Reminder,
    pub since: MonoMs,
}

impl Call {
    pub fn until(&self) -> MonoMs {
        self.since.plus(STAYS_MS)
    }

    pub fn words(&self, model: &Model) -> String {
        let title = short(&self.reminder.title, TITLE_CHARS);
        let when = if self.reminder.start <= model.now.utc { "已经开始了" } else { "快开始了" };
        format!("《{title}》{when}，按【确认】去看")
    }
}

/// At most `most` characters of a title, with … where some are missing.
pub fn short(title: &str, most: usize) -> String {
    if title.chars().count() <= most {
        return title.to_owned();
    }
    title.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

pub fn of_programme(channel: &Channel, programme: &Programme) -> Reminder {
    Reminder {
        of: ReminderOf::Programme(channel.id.clone()),
        start: programme.start,
        end: programme.end,
        title: programme.title.clone(),
        place: channel.name.clone(),
    }
}

pub fn of_class(course: &Course, session: &LiveSession) -> Reminder {
    Reminder {
        of: ReminderOf::Class { course: course.id.clone(), session: session.id.clone() },
        start: session.start,
        end: session.end,
        title: session.title.clone(),
        place: course.title.clone(),
    }
}

/// Whether it is booked. One whose call was answered stays so until it begins.
pub fn is_booked(model: &Model, of: &ReminderOf, start: UtcMs) -> bool {
    let called = model.called.iter().filter(|r| r.start > model.now.utc);
    model.user.reminders.iter().chain(called).any(|r| r.is(of, start))
}

fn is_called(model: &Model, reminder: &Reminder) -> bool {
    model.called.iter().any(|r| r.is(&reminder.of, reminder.start))
}

/// Books it, and says what it clashes with.
pub fn book(model: &mut Model, reminder: Reminder, effects: &mut Vec<Effect>) {
    if is_booked(model, &reminder.of, reminder.start) {
        return;
    }
    if model.user.reminders.len() >= MOST {
        screens::toast(model, "clock", "约得太满了，先取消几个");
        return;
    }
    let clash = model.user.reminders.iter().find(|r| r.start < reminder.end && reminder.start < r.end).cloned();
    let save = StoreCommand::SaveReminder(reminder.clone());
    model.user.apply(&save);
    effects.push(Effect::Store(save));
    match clash {
        None => screens::toast(model, "bell", "约好了，到时候叫您"),
        Some(other) => dialog::tell_clash(model, &reminder, &other),
    }
}

pub fn unbook(model: &mut Model, of: &ReminderOf, start: UtcMs, effects: &mut Vec<Effect>) {
    forget(model, of, start, effects);
    model.called.retain(|r| !r.is(of, start));
    screens::toast(model, "check", "预约取消了");
}

fn forget(model: &mut Model, of: &ReminderOf, start: UtcMs, effects: &mut Vec<Effect>) {
    let remove = StoreCommand::RemoveReminder { of: of.clone(), start };
    model.user.apply(&remove);
    effects.push(Effect::Store(remove));
}

/// The call takes 确认 and 返回; every other key does what it always does.
pub fn takes(model: &mut Model, key: RemoteKey, effects: &mut Vec<Effect>) -> bool {
    let Some(call) = &model.call else { return false };
    if model.now.mono.since(call.since) < SETTLES_MS {
        return false;
    }
    if !matches!(key, RemoteKey::Ok | RemoteKey::Back) {
        return false;
    }
    let reminder = call.reminder.clone();
    model.call = None;
    forget(model, &reminder.of, reminder.start, effects);
    if key == RemoteKey::Ok {
        go(model, &reminder, effects);
    }
    true
}

/// To the channel, or into the lesson.
pub fn go(model: &mut Model, reminder: &Reminder, effects: &mut Vec<Effect>) {
    screens::press(model);
    match &reminder.of {
        ReminderOf::Programme(id) => {
            if model.lineup.ready().is_some_and(|l| l.by_id(id).is_some()) {
                live::switch(model, id.clone(), effects);
                screens::go_live(model);
            } else {
                screens::toast(model, "tv", "这个频道现在没有了");
            }
        }
        ReminderOf::Class { course: id, session } => {
            let Some(course) = model.catalogue.ready().and_then(|c| c.course(id)).cloned() else {
                return screens::toast(model, "clock", "这门课现在没有了");
            };
            screens::go_home(model);
            course::open(model, course.id.clone());
            if let course::Main::Join(i) = course::main_action(model, &course) {
                lesson::join(model, &course, i);
            } else if reminder.start > model.now.utc {
                waiting::open(model, id, session);
            }
        }
    }
}

/// A lesson whose time was moved is called for at its new one.
pub fn catalogue_changed(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now.utc;
    let moved = |r: &Reminder| {
        let ReminderOf::Class { course, session } = &r.of else { return None };
        let found = model.catalogue.ready()?.course(course)?.live.iter().find(|s| s.id == *session)?;
        // A session that comes again under its old name is not the one that was booked.
        (found.start != r.start && r.start > now && found.start > now).then_some((found.start, found.end))
    };
    let changes: Vec<(Reminder, (UtcMs, UtcMs))> =
        model.user.reminders.iter().filter_map(|r| Some((r.clone(), moved(r)?))).collect();
    for (old, (start, end)) in changes {
        forget(model, &old.of, old.start, effects);
        let save = StoreCommand::SaveReminder(Reminder { start, end, ..old });
        model.user.apply(&save);
        effects.push(Effect::Store(save));
    }
}

/// A newer guide is there: where is what was booked now?
pub fn guide_changed(model: &Model, effects: &mut Vec<Effect>) {
    if model.clock_wrong {
        return;
    }
    for reminder in model.user.reminders.iter().filter(|r| r.start > model.now.utc) {
        if let ReminderOf::Programme(channel) = &reminder.of {
            let (from, to) = around(reminder.start);
            effects.push(Effect::AskDay { channel: channel.clone(), from, to });
        }
    }
}

/// Never a day's beginning, so that the answer is told from that to a question for a day.
fn around(start: UtcMs) -> (UtcMs, UtcMs) {
    let odd = if start.0 % 2 == 0 { 1 } else { 2 };
    (start.plus(-MOVES_MS - odd), start.plus(MOVES_MS + odd))
}

/// The answer: one that is not where it was, and is near under its title, is called for there. What the guide does not
/// have stays where it was booked.
pub fn looked_up(
    model: &mut Model,
    channel: &ChannelId,
    from: UtcMs,
    programmes: &[Programme],
    effects: &mut Vec<Effect>,
) {
    let now = model.now.utc;
    let asked = |r: &&Reminder| r.of == ReminderOf::Programme(channel.clone()) && around(r.start).0 == from;
    let Some(old) = model.user.reminders.iter().find(asked).filter(|r| r.start > now).cloned() else { return };
    let same = programmes.iter().filter(|p| p.title == old.title && p.start > now);
    let Some(found) = same.min_by_key(|p| p.start.since(old.start).abs()) else { return };
    let moved = found.start != old.start;
    if !moved && found.end == old.end {
        return;
    }
    forget(model, &old.of, old.start, effects);
    let new = Reminder { start: found.start, end: found.end, ..old };
    let save = StoreCommand::SaveReminder(new.clone());
    model.user.apply(&save);
    effects.push(Effect::Store(save));
    if moved {
        model.moved.retain(|r| r.of != new.of || r.title != new.title);
        model.moved.push(new);
    }
}

fn say_moved(model: &mut Model) {
    let moved = std::mem::take(&mut model.moved);
    let Some(last) = moved.last() else { return };
    let when = civil::ahead(last.start, model.now.utc, &model.zone);
    let title = short(&last.title, 2 * TITLE_CHARS);
    match moved.len() {
        1 => dialog::tell(model, "您约的节目改时间了", format!("《{title}》改在{when}，到时候叫您。")),
        n => dialog::tell(model, "您约的节目改时间了", format!("一共{n}个，《{title}》改在{when}，到时候叫您。")),
    }
}

/// Calls for what begins, and says what was missed. A box whose clock is wrong knows of neither.
pub fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.call.as_ref().is_some_and(|c| model.now.mono >= c.until()) {
        model.call = None;
    }
    if model.power != Power::On || model.clock_wrong {
        return;
    }
    let now = model.now.utc;
    settle(model, effects);
    if model.call.is_none() {
        let is_due = |r: &&Reminder| r.start.plus(-AHEAD_MS) <= now && now < r.end && !is_called(model, r);
        if let Some(reminder) = model.user.reminders.iter().filter(is_due).min_by_key(|r| r.start).cloned() {
            model.called.push(reminder.clone());
            if !is_awaited(model, &reminder) {
                model.call = Some(Call { reminder, since: model.now.mono });
            }
        }
    }
    // Over what else is asked it waits; it is not urgent any more.
    if model.overlay.is_none() && matches!(model.page(), Page::Home(_) | Page::Live | Page::Guide(_)) {
        say_missed(model, effects);
    }
    if model.overlay.is_none() && matches!(model.page(), Page::Home(_) | Page::Live | Page::Guide(_)) {
        say_moved(model);
    }
}

/// Forgets what is watched, and what was called for and is over. Until then it is kept: a call that the power cuts short
/// comes again.
fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now.utc;
    let is_done = |r: &&Reminder| {
        let over = r.end <= now && is_called(model, r);
        over || (r.start.plus(-AHEAD_MS) <= now && is_watched(model, r))
    };
    let done: Vec<Reminder> = model.user.reminders.iter().filter(is_done).cloned().collect();
    for reminder in &done {
        forget(model, &reminder.of, reminder.start, effects);
    }
    model.called.retain(|r| r.end > now);
}

/// Whoever watches it already needs no call.
fn is_watched(model: &Model, reminder: &Reminder) -> bool {
    match (&reminder.of, model.page()) {
        (ReminderOf::Class { course, session }, Page::Lesson(page)) => {
            page.course.as_ref() == Some(course) && matches!(&page.target, lesson::Target::Class(id) if id == session)
        }
        (ReminderOf::Programme(id), Page::Live) => {
            model.channel.as_ref() == Some(id) && reminder.start <= model.now.utc
        }
        _ => false,
    }
}

/// Nor does whoever sits waiting for it.
fn is_awaited(model: &Model, reminder: &Reminder) -> bool {
    match (&reminder.of, model.page()) {
        (ReminderOf::Class { course, session }, Page::Waiting(page)) => {
            &page.course == course && &page.session == session
        }
        _ => false,
    }
}

fn say_missed(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now.utc;
    let mut missed: Vec<Reminder> = model.user.reminders.iter().filter(|r| r.end <= now).cloned().collect();
    missed.sort_by_key(|r| r.start);
    for reminder in &missed {
        forget(model, &reminder.of, reminder.start, effects);
    }
    let Some(last) = missed.last() else { return };
    let when = civil::when(last.start, now, &model.zone);
    let title = short(&last.title, 2 * TITLE_CHARS);
    match missed.len() {
        1 => dialog::tell(model, "您约的节目播过了", format!("《{title}》{when}开始的。")),
        n => dialog::tell(model, "您约的节目播过了", format!("一共{n}个，最近的是《{title}》，{when}开始的。")),
    }
}

/// When the next call is due or the present one ends.
pub fn next_deadline(model: &Model) -> Option<MonoMs> {
    let call = model.call.as_ref().map(Call::until);
    let ahead = |r: &Reminder| u64::try_from(r.start.plus(-AHEAD_MS).since(model.now.utc)).ok();
    let next = model.user.reminders.iter().filter_map(ahead).min().map(|ms| model.now.mono.plus(ms));
    call.into_iter().chain(next).min()
}
