//! 我的预约: everything booked, programmes and live lessons, by when it begins; taking it back, or going there once it is
//! on. Booking and the call are `reminders`.

use crate::{
    app::{
        Effect, Model, civil,
        focus::{Way, along, scroll},
        model::Page,
        reminders,
        screens::{self, Focusable, dialog, guide, menu},
    },
    remote::key::RemoteKey,
    store::types::{Reminder, ReminderOf},
    time::UtcMs,
};

/// Rows in sight at once.
pub const ROWS: usize = 6;

/// The focus is on what was booked, not on a place in the list: a call takes a row out, and a guide moves one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookingsPage {
    focus: Option<(ReminderOf, UtcMs)>,
}

pub fn open(model: &mut Model) {
    screens::push(model, Page::Bookings(BookingsPage::default()));
}

/// The next one first.
pub fn rows(model: &Model) -> Vec<&Reminder> {
    let is_over = |r: &&Reminder| r.end <= model.now.utc && !model.clock_wrong;
    let mut rows: Vec<&Reminder> = model.user.reminders.iter().filter(|r| !is_over(r)).collect();
    rows.sort_by_key(|r| r.start);
    rows
}

/// The row in focus; where that went away, the one that follows it.
pub fn spot(page: &BookingsPage, rows: &[&Reminder]) -> usize {
    let Some((of, start)) = &page.focus else { return 0 };
    let kept = rows.iter().position(|r| r.is(of, *start));
    kept.unwrap_or_else(|| rows.partition_point(|r| r.start < *start)).min(rows.len().saturating_sub(1))
}

pub fn is_on(model: &Model, reminder: &Reminder) -> bool {
    reminder.start <= model.now.utc && !model.clock_wrong
}

/// What 确认 does on a row, in words.
pub fn action(model: &Model, reminder: &Reminder) -> &'static str {
    if is_on(model, reminder) { "去看" } else { "取消预约" }
}

fn id(reminder: &Reminder) -> String {
    let of = match &reminder.of {
        ReminderOf::Programme(channel) => channel.0.clone(),
        ReminderOf::Class { course, session } => format!("{}/{session}", course.0),
    };
    format!("bookings.{of}.{}", reminder.start.0)
}

pub fn focusables(model: &Model, page: &BookingsPage) -> Vec<Focusable> {
    let rows = rows(model);
    if rows.is_empty() {
        return vec![Focusable::new("bookings.empty", "还没有预约，去看节目单")];
    }
    let top = scroll(spot(page, &rows), rows.len(), ROWS);
    let label = |r: &Reminder| {
        let when = civil::ahead(r.start, model.now.utc, &model.zone);
        format!("{when} {} {}", r.title, r.place)
    };
    rows.iter().skip(top).take(ROWS).map(|r| Focusable::new(id(r), label(r))).collect()
}

pub fn focus_id(model: &Model, page: &BookingsPage) -> String {
    let rows = rows(model);
    rows.get(spot(page, &rows)).map_or_else(|| "bookings.empty".into(), |r| id(r))
}

pub fn key(model: &mut Model, page: &BookingsPage, key: RemoteKey, effects: &mut Vec<Effect>) {
    let rows = rows(model);
    let (at, len) = (spot(page, &rows), rows.len());
    let here = rows.get(at).map(|r| (*r).clone());
    let name = |i: usize| rows.get(i).map(|r| (r.of.clone(), r.start));
    let next = match (here, key) {
        (_, RemoteKey::Back) => return screens::back(model),
        (_, RemoteKey::Menu) => return menu::open(model),
        (here, RemoteKey::Ok) => {
            screens::press(model);
            return match here {
                Some(reminder) if is_on(model, &reminder) => reminders::go(model, &reminder, effects),
                Some(reminder) => ask_unbook(model, &reminder),
                None => to_guide(model),
            };
        }
        (Some(reminder), RemoteKey::Red) => return ask_unbook(model, &reminder),
        (Some(_), RemoteKey::PageUp | RemoteKey::ChannelUp) => name(at.saturating_sub(ROWS)),
        (Some(_), RemoteKey::PageDown | RemoteKey::ChannelDown) => name((at + ROWS).min(len.saturating_sub(1))),
        (Some(_), RemoteKey::Up | RemoteKey::Down) => along(at, len, key == RemoteKey::Down).and_then(name),
        _ if Way::from_key(key).is_some() => None,
        _ => return screens::useless_key(model),
    };
    match (next, Way::from_key(key)) {
        (Some(name), _) => put(model, name),
        (None, Some(way)) => screens::nudge(model, way),
        (None, None) => {}
    }
}

/// Back to the one that this page was opened from, if it was.
fn to_guide(model: &mut Model) {
    match model.stack.iter().rev().nth(1) {
        Some(Page::Guide(_)) => screens::back(model),
        _ => guide::open(model),
    }
}

/// Where the focus was is kept with the question: a row that goes leaves it to the next one.
fn ask_unbook(model: &mut Model, reminder: &Reminder) {
    put(model, (reminder.of.clone(), reminder.start));
    dialog::ask_unbook(model, reminder);
}

fn put(model: &mut Model, focus: (ReminderOf, UtcMs)) {
    if let Some(Page::Bookings(top)) = model.stack.last_mut() {
        top.focus = Some(focus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::{
            What,
            model::Overlay,
            screens::{
                guide_tests::{reminder, with_reminders},
                tests::Sofa,
            },
        },
        guide::lineup::ChannelId,
        store::types::StoreCommand,
    };

    fn choose(sofa: &mut Sofa, label: &str) {
        sofa.press(RemoteKey::Menu);
        for _ in 0..5 {
            if screens::focused(&sofa.model).label == label {
                return sofa.press(RemoteKey::Ok);
            }
            sofa.press(RemoteKey::Down);
        }
        panic!("no row {label} in {:?}", sofa.model.overlay);
    }

    /// From live by way of the guide, as a viewer gets there.
    fn on_bookings(reminders: Vec<Reminder>) -> Sofa {
        let mut sofa = with_reminders(reminders);
        sofa.press(RemoteKey::Live);
        sofa.press(RemoteKey::Guide);
        sofa.guide_answers();
        choose(&mut sofa, "我的预约");
        assert!(matches!(sofa.model.page(), Page::Bookings(_)), "{:?}", sofa.model.page());
        sofa
    }

    fn labels(sofa: &Sofa) -> Vec<String> {
        screens::focusables(&sofa.model).into_iter().map(|f| f.label).collect()
    }

    #[test]
    fn the_next_one_is_first_and_what_runs_goes_on_to_be_heard() {
        let playing = with_reminders(vec![]).model.playback.what;
        let sofa = on_bookings(vec![reminder(3, 90, 120), reminder(2, 30, 60)]);
        assert_eq!(labels(&sofa).len(), 2);
        assert!(labels(&sofa)[0].ends_with("频道2"), "{:?}", labels(&sofa));
        assert_eq!(sofa.model.playback.what, playing);
    }

    #[test]
    fn one_is_taken_back_after_a_question_and_the_next_has_the_focus() {
        let mut sofa = on_bookings(vec![reminder(2, 30, 60), reminder(3, 90, 120), reminder(5, 150, 180)]);
        sofa.press(RemoteKey::Up);
        assert!(sofa.model.nudge.is_some());
        sofa.press(RemoteKey::Down);
        let second = sofa.focus();
        sofa.press(RemoteKey::Ok);
        assert!(matches!(&sofa.model.overlay, Some(Overlay::Dialog(d)) if d.title == "要取消预约吗？"));
        sofa.press(RemoteKey::Ok);
        assert_eq!((sofa.focus(), sofa.model.user.reminders.len()), (second, 3), "the safe answer comes first");
        sofa.press(RemoteKey::Red);
        sofa.press(RemoteKey::Right);
        sofa.press(RemoteKey::Ok);
        let gone = |e: &Effect| {
            let of = ReminderOf::Programme(ChannelId("c3".into()));
            matches!(e, Effect::Store(StoreCommand::RemoveReminder { of: o, .. }) if *o == of)
        };
        assert!(sofa.effects.iter().any(gone), "{:?}", sofa.effects);
        assert!(sofa.focus().starts_with("bookings.c5"), "{}", sofa.focus());
        sofa.press(RemoteKey::Back);
        assert!(matches!(sofa.model.page(), Page::Guide(_)));
    }

    #[test]
    fn what_is_on_is_gone_to() {
        let mut sofa = on_bookings(vec![reminder(2, 10, 60), reminder(3, 90, 120)]);
        sofa.wait(9 * 60_000);
        sofa.wait(31_000);
        assert!(sofa.model.call.is_none(), "nobody has answered the call");
        sofa.wait(60_000);
        assert_eq!(action(&sofa.model, rows(&sofa.model)[0]), "去看");
        sofa.press(RemoteKey::Ok);
        assert!(matches!(sofa.model.page(), Page::Live));
        assert_eq!(sofa.model.channel, Some(ChannelId("c2".into())));
        assert_eq!(sofa.model.user.reminders.len(), 1, "it is being watched");
    }

    #[test]
    fn with_nothing_booked_one_button_leads_to_the_guide() {
        let mut sofa = on_bookings(vec![]);
        assert_eq!(sofa.focus(), "bookings.empty");
        sofa.press(RemoteKey::Red);
        assert_eq!(sofa.model.toast.as_ref().map(|t| t.text.as_str()), Some("这个键在这里用不上"));
        sofa.press(RemoteKey::Ok);
        assert!(matches!(sofa.model.page(), Page::Guide(_)));
        sofa.press(RemoteKey::Back);
        assert!(matches!(sofa.model.page(), Page::Live), "the way back is no longer than before");
    }

    #[test]
    fn a_row_that_the_guide_moves_takes_the_focus_to_the_one_that_follows() {
        let mut sofa = on_bookings(vec![reminder(2, 30, 60), reminder(3, 90, 120)]);
        sofa.model.user.reminders[0] = reminder(2, 100, 130);
        sofa.send(What::Tick);
        assert!(sofa.focus().starts_with("bookings.c3"), "{}", sofa.focus());
        sofa.press(RemoteKey::Down);
        assert!(sofa.focus().starts_with("bookings.c2"), "{}", sofa.focus());
    }
}
