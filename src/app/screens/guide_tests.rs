//! The guide, a programme's page and reminders from the viewer's chair.

use super::{
    guide::{Blank, Form, GuidePage, blank},
    lesson::Target,
    reminder_tests::is_forgotten,
    tests::{Sofa, lineup},
};
use crate::{
    app::{
        Effect, Model, What,
        model::{Overlay, Page},
        msg::Boot,
        screens::{self, guide, replay},
    },
    guide::{
        lineup::{Catchup, ChannelId},
        programme::Programme,
    },
    player::types::PlayerCommand,
    remote::key::RemoteKey::{self, *},
    store::types::{Reminder, ReminderOf, StoreCommand, UserData},
    time::{MonoMs, Now, UtcMs},
};

const MINUTE: i64 = 60_000;

fn press(sofa: &mut Sofa, keys: &[RemoteKey]) {
    for key in keys {
        sofa.press(*key);
        sofa.guide_answers();
    }
}

fn page(sofa: &Sofa) -> GuidePage {
    match sofa.model.page() {
        Page::Guide(page) => page.clone(),
        other => panic!("{other:?}"),
    }
}

fn label(sofa: &Sofa) -> String {
    screens::focused(&sofa.model).label
}

fn toast(sofa: &Sofa) -> &str {
    sofa.model.toast.as_ref().map_or("", |t| &t.text)
}

/// On the guide of channel 2, which keeps two days.
fn on_guide() -> Sofa {
    let mut sofa = Sofa::new();
    press(&mut sofa, &[Live, ChannelUp, Guide]);
    sofa
}

#[test]
fn it_opens_on_what_is_on_now_and_confirm_watches_it() {
    let mut sofa = Sofa::new();
    sofa.press(Live);
    sofa.press(ChannelUp);
    sofa.press(Guide);
    assert_eq!(sofa.focus(), "guide.waiting", "the focus is there before the programmes are");
    assert!(sofa.effects.iter().any(|e| matches!(e, Effect::AskDay { channel, .. } if channel.0 == "c2")));
    sofa.guide_answers();
    assert!(label(&sofa).ends_with("直播中"), "{}", label(&sofa));
    press(&mut sofa, &[Up, Up, Down, Down]);
    assert!(label(&sofa).ends_with("直播中"));
    press(&mut sofa, &[Ok]);
    assert!(matches!(sofa.model.page(), Page::Live));
    assert_eq!(sofa.model.channel, Some(ChannelId("c2".into())));
}

#[test]
fn each_row_does_what_its_tag_says() {
    let mut sofa = on_guide();
    press(&mut sofa, &[Up]);
    assert!(label(&sofa).ends_with("可回看"), "{}", label(&sofa));
    press(&mut sofa, &[Ok]);
    assert_eq!(toast(&sofa), "这个节目暂时不能回看");
    press(&mut sofa, &[Down, Down]);
    assert!(label(&sofa).ends_with("可预约"), "{}", label(&sofa));
    press(&mut sofa, &[Ok]);
    assert_eq!(toast(&sofa), "约好了，到时候叫您");
    assert!(label(&sofa).ends_with("已预约"), "{}", label(&sofa));
    press(&mut sofa, &[Ok]);
    assert_eq!(label(&sofa), "留着", "the safe answer has the focus");
    press(&mut sofa, &[Right, Ok]);
    assert!(label(&sofa).ends_with("可预约"));
    assert!(sofa.model.user.reminders.is_empty());
    // Channel 1 keeps nothing: an earlier programme has a page and no more.
    press(&mut sofa, &[ChannelDown, Green, Up, Ok]);
    assert!(matches!(sofa.model.page(), Page::Programme(_)));
    assert_eq!(sofa.focus(), "programme.back");
    press(&mut sofa, &[Ok]);
    assert!(matches!(sofa.model.page(), Page::Guide(_)));
}

#[test]
fn older_than_the_days_kept_is_not_offered() {
    let mut sofa = on_guide();
    press(&mut sofa, &[Left]);
    assert!(label(&sofa).ends_with("可回看"), "{}", label(&sofa));
    press(&mut sofa, &[Left, Left]);
    assert!(!label(&sofa).contains("可回看"), "{}", label(&sofa));
}

#[test]
fn days_are_changed_at_the_same_hour_and_one_key_leads_back() {
    let mut sofa = on_guide();
    let now = sofa.focus();
    press(&mut sofa, &[Right]);
    assert_eq!(page(&sofa).at, sofa.now.utc.plus(1_440 * MINUTE));
    press(&mut sofa, &[PageUp, PageUp]);
    assert_eq!(page(&sofa).at, sofa.now.utc.plus(-1_440 * MINUTE));
    press(&mut sofa, &[Up, Green]);
    assert_eq!(sofa.focus(), now);
    for _ in 0..20 {
        press(&mut sofa, &[Right]);
    }
    assert_eq!(page(&sofa).at, sofa.now.utc.plus(7 * 1_440 * MINUTE), "a week ahead is the end");
    assert_eq!(sofa.focus(), "guide.day");
    assert!(label(&sofa).ends_with("这一天的节目单还没有来"), "{}", label(&sofa));
    press(&mut sofa, &[Down]);
    assert!(sofa.model.nudge.is_some());
}

#[test]
fn a_channel_without_programmes_says_so_and_shows_nothing_as_now() {
    let mut sofa = on_guide();
    press(&mut sofa, &[ChannelUp, ChannelUp]);
    assert_eq!(blank(&sofa.model, &page(&sofa)), Some(Blank::NoGuide));
    assert!(label(&sofa).ends_with("暂时没有节目单"), "{}", label(&sofa));
    press(&mut sofa, &[Right]);
    assert!(label(&sofa).ends_with("暂时没有节目单"), "{}", label(&sofa));
    press(&mut sofa, &[Ok]);
    assert_eq!(toast(&sofa), "节目单还没有来，先看电视吧");
}

#[test]
fn a_guide_that_does_not_answer_is_given_up_and_asked_again() {
    let mut sofa = Sofa::new();
    sofa.press(Guide);
    assert_eq!(sofa.focus(), "guide.waiting");
    sofa.wait(5_000);
    assert_eq!(sofa.focus(), "guide.day");
    sofa.wait(55_000);
    assert!(sofa.effects.iter().any(|e| matches!(e, Effect::AskDay { .. })), "{:?}", sofa.effects);
    sofa.guide_answers();
    assert!(label(&sofa).ends_with("直播中"), "{}", label(&sofa));
}

#[test]
fn a_box_without_the_time_waits_for_it_and_says_so() {
    let at = Now { utc: UtcMs(5_000), mono: MonoMs(1_000) };
    let mut sofa = Sofa { model: Model::default(), now: at, effects: vec![] };
    let user = UserData { reminders: vec![reminder(3, 10, 20)], ..UserData::default() };
    let boot = Boot { lineup: Some(lineup()), clock_wrong: true, user, ..Boot::default() };
    sofa.send(What::Boot(Box::new(boot)));
    assert!(!sofa.effects.iter().any(|e| matches!(e, Effect::AskGuide { .. })));
    press(&mut sofa, &[Guide]);
    assert_eq!(label(&sofa), "电视还不知道现在几点，正在等时间，回去看电视");
    assert_eq!(sofa.model.user.reminders.len(), 1, "nothing was missed as long as the time is not known");
    sofa.now.utc = super::tests::START;
    sofa.send(What::ClockSet);
    assert!(sofa.effects.contains(&Effect::RefreshLineup), "no certificate was valid before");
    sofa.guide_answers();
    assert!(label(&sofa).ends_with("直播中"), "{}", label(&sofa));
}

#[test]
fn digits_choose_whose_programmes_are_shown() {
    let mut sofa = on_guide();
    let running = sofa.model.channel.clone();
    press(&mut sofa, &[RemoteKey::digit(3).unwrap(), Ok]);
    assert_eq!(page(&sofa).channel, Some(ChannelId("c3".into())));
    assert_eq!(sofa.model.channel, running);
}

#[test]
fn the_grid_keeps_the_time_from_channel_to_channel() {
    let mut sofa = on_guide();
    press(&mut sofa, &[Guide]);
    assert_eq!(page(&sofa).form, Form::Grid);
    let start = sofa.focus();
    assert!(start.starts_with("grid.c2."), "{start}");
    press(&mut sofa, &[Right, Right]);
    let at = page(&sofa).at;
    press(&mut sofa, &[Down, Down, Down, Up, Up, Up]);
    assert_eq!(page(&sofa).at, at);
    press(&mut sofa, &[Green]);
    assert_eq!(sofa.focus(), start);
    // Far to one side and as far back: each press moves, and no programme is passed over.
    let mut way = vec![sofa.focus()];
    for _ in 0..40 {
        let before = page(&sofa);
        press(&mut sofa, &[Right]);
        assert_ne!(page(&sofa), before);
        if way.last() != Some(&sofa.focus()) {
            way.push(sofa.focus());
        }
    }
    let titles = |way: &[String]| way.iter().filter(|id| !id.contains("gap")).cloned().collect::<Vec<_>>();
    for _ in 0..60 {
        press(&mut sofa, &[Left]);
        if sofa.focus() == start {
            break;
        }
    }
    assert_eq!(sofa.focus(), start);
    let starts: Vec<i64> = titles(&way).iter().map(|id| id.rsplit('.').next().unwrap().parse().unwrap()).collect();
    let known =
        super::tests::programmes(&ChannelId("c2".into()), UtcMs(starts[0] + 1), UtcMs(*starts.last().unwrap() + 1));
    assert_eq!(starts, known.iter().map(|p| p.start.0).collect::<Vec<_>>());
}

pub(super) fn reminder(channel: u32, from_min: i64, to_min: i64) -> Reminder {
    Reminder {
        of: ReminderOf::Programme(ChannelId(format!("c{channel}"))),
        start: super::tests::START.plus(from_min * MINUTE),
        end: super::tests::START.plus(to_min * MINUTE),
        title: format!("节目{channel}"),
        place: format!("频道{channel}"),
    }
}

pub(super) fn with_reminders(reminders: Vec<Reminder>) -> Sofa {
    let now = Now { utc: super::tests::START, mono: MonoMs(1_000) };
    let mut sofa = Sofa { model: Model::default(), now, effects: vec![] };
    let user = UserData { reminders, ..UserData::default() };
    let boot = Boot { lineup: Some(lineup()), catalogue: Some(super::tests::catalogue()), user, ..Boot::default() };
    sofa.send(What::Boot(Box::new(boot)));
    sofa
}

#[test]
fn the_call_comes_a_minute_ahead_and_confirm_goes_there() {
    let mut sofa = with_reminders(vec![reminder(3, 10, 20)]);
    sofa.wait(9 * 60_000 - 1);
    assert_eq!(sofa.model.call, None);
    assert_eq!(sofa.model.next_deadline(), Some(sofa.now.mono.plus(1)), "it comes to the millisecond");
    sofa.wait(1);
    let words = sofa.model.call.as_ref().unwrap().words(&sofa.model);
    assert_eq!(words, "《节目3》快开始了，按【确认】去看");
    assert_eq!(sofa.model.user.reminders.len(), 1, "kept until somebody answers");
    // A press that was on its way belongs to what lay there before.
    let mut hasty = Sofa { model: sofa.model.clone(), now: sofa.now, effects: vec![] };
    hasty.press(Ok);
    assert!(hasty.model.call.is_some());
    sofa.wait(1_000);
    // Other keys do what they always do.
    sofa.press(Live);
    sofa.press(ChannelUp);
    assert!(sofa.model.call.is_some());
    assert_eq!(sofa.model.channel, Some(ChannelId("c2".into())));
    sofa.press(Ok);
    assert_eq!((&sofa.model.call, &sofa.model.channel), (&None, &Some(ChannelId("c3".into()))));
    assert!(matches!(sofa.model.page(), Page::Live));
    assert!(is_forgotten(&sofa));
    sofa.wait(11 * 60_000);
    assert!(sofa.model.call.is_none() && !matches!(sofa.model.overlay, Some(Overlay::Dialog(_))));
}

#[test]
fn the_call_goes_by_back_or_by_itself() {
    let mut sofa = with_reminders(vec![reminder(3, 10, 20)]);
    sofa.press(Live);
    sofa.wait(9 * 60_000 + 1_000);
    let mut other = Sofa { model: sofa.model.clone(), now: sofa.now, effects: vec![] };
    other.wait(1_000);
    other.press(Back);
    assert_eq!(other.model.call, None);
    assert!(is_forgotten(&other));
    assert!(matches!(other.model.page(), Page::Live), "Back did nothing else");
    sofa.wait(28_000);
    assert!(sofa.model.call.is_some());
    sofa.wait(1_000);
    assert!(sofa.model.call.is_some(), "it came up a second later than it was due");
    sofa.wait(1_000);
    assert_eq!(sofa.model.call, None);
    sofa.wait(60_000);
    assert_eq!(sofa.model.call, None, "once is enough");
}

#[test]
fn what_was_missed_is_said_once_at_the_next_start() {
    let mut sofa = with_reminders(vec![reminder(3, -50, -20), reminder(1, -90, -60), reminder(2, 30, 60)]);
    let Some(Overlay::Dialog(dialog)) = &sofa.model.overlay else { panic!("{:?}", sofa.model.overlay) };
    assert_eq!(dialog.title, "您约的节目播过了");
    assert!(dialog.line.contains("2个") && dialog.line.contains("节目3"), "{}", dialog.line);
    assert_eq!(sofa.model.user.reminders.len(), 1);
    sofa.press(Ok);
    sofa.wait(1_000);
    assert_eq!(sofa.model.overlay, None);
    assert!(matches!(sofa.model.page(), Page::Home(_)));
}

#[test]
fn what_is_still_on_at_the_start_is_called_for() {
    let sofa = with_reminders(vec![reminder(3, -5, 20)]);
    assert_eq!(sofa.model.call.as_ref().unwrap().words(&sofa.model), "《节目3》已经开始了，按【确认】去看");
}

#[test]
fn a_clash_is_said_when_it_is_booked() {
    let mut sofa = on_guide();
    press(&mut sofa, &[Down, Ok, ChannelUp, Ok]);
    let Some(Overlay::Dialog(dialog)) = &sofa.model.overlay else { panic!("{:?}", sofa.model.overlay) };
    assert_eq!(dialog.title, "约好了，时间有点撞");
    assert_eq!(sofa.model.user.reminders.len(), 2);
    assert_eq!(label(&sofa), "两个都留着");
    press(&mut sofa, &[Right, Ok]);
    assert_eq!(sofa.model.user.reminders.len(), 1);
}

#[test]
fn standby_is_not_woken_and_the_rest_is_said_afterwards() {
    let mut sofa = with_reminders(vec![reminder(3, 10, 20)]);
    sofa.press(Power);
    sofa.wait(30 * 60_000);
    assert_eq!((&sofa.model.call, &sofa.model.overlay), (&None, &None));
    sofa.press(Ok);
    assert!(matches!(&sofa.model.overlay, Some(Overlay::Dialog(d)) if d.title == "您约的节目播过了"));
}

#[test]
fn a_live_lesson_is_booked_called_for_and_joined() {
    let mut all = super::tests::catalogue();
    let class = all.courses.iter_mut().find(|c| c.id.0 == "live").unwrap();
    class.live[0].start = super::tests::START.plus(30 * MINUTE);
    class.live[0].end = super::tests::START.plus(60 * MINUTE);
    let mut sofa = Sofa::new();
    sofa.send(What::Catalogue(all.clone()));
    screens::course::open(&mut sofa.model, all.courses.iter().find(|c| c.id.0 == "live").unwrap().id.clone());
    assert!(label(&sofa).starts_with("预约"), "{}", label(&sofa));
    sofa.press(Ok);
    assert!(label(&sofa).starts_with("已预约"), "{}", label(&sofa));
    // The operator puts it off by ten minutes.
    let class = all.courses.iter_mut().find(|c| c.id.0 == "live").unwrap();
    class.live[0].start = super::tests::START.plus(40 * MINUTE);
    sofa.send(What::Catalogue(all));
    assert_eq!(sofa.model.user.reminders[0].start, super::tests::START.plus(40 * MINUTE));
    sofa.press(Home);
    sofa.wait(39 * 60_000);
    assert!(sofa.model.call.is_some());
    sofa.wait(1_000);
    sofa.press(Ok);
    assert!(matches!(sofa.model.page(), Page::Waiting(_)), "a minute ahead there is nothing to join yet");
    let mut late = sofa;
    late.wait(60_000);
    assert!(matches!(late.model.page(), Page::Lesson(_)));
}

#[test]
fn an_archive_that_goes_by_ids_is_asked_by_the_programmes_own() {
    let mut sofa = on_guide();
    let mut all = lineup();
    all.channels[1].catchup = Some(Catchup { mode: "vod".into(), days: 2, source: None, ..Catchup::default() });
    sofa.send(What::Lineup(all));
    sofa.guide_answers();
    press(&mut sofa, &[Green, Up]);
    assert!(label(&sofa).ends_with("可回看"), "{}", label(&sofa));
    sofa.press(Ok);
    let Page::Lesson(page) = sofa.model.page() else { panic!("{:?}", sofa.model.page()) };
    let Target::Replay(replay) = &page.target else { panic!("{:?}", page.target) };
    let id = replay.programme.catchup_id.clone().unwrap();
    let opens = |e: &Effect| matches!(e, Effect::Player(PlayerCommand::Open(r)) if r.sources[0].url == id);
    assert!(sofa.effects.iter().any(opens), "{:?}", sofa.effects);
    // Without one nothing is promised.
    let channel = sofa.model.lineup.ready().unwrap().channels[1].clone();
    let nameless = Programme { catchup_id: None, ..replay.programme.clone() };
    assert!(!guide::can_replay(&sofa.model, &channel, &nameless));
}

/// Booked two hours ahead, and what is asked of a newer guide about it.
fn booked(sofa: &mut Sofa) -> (Reminder, UtcMs, UtcMs) {
    let start = sofa.now.utc.plus(120 * MINUTE);
    let of = ReminderOf::Programme(ChannelId("c2".into()));
    let reminder =
        Reminder {
            of, start, end: start.plus(30 * MINUTE), title: "越剧选段".into(), place: "健康频道".into()
        };
    crate::app::reminders::book(&mut sofa.model, reminder.clone(), &mut Vec::new());
    sofa.send(What::GuideImported);
    let asked = sofa.effects.iter().find_map(|e| match e {
        Effect::AskDay { channel, from, to } if channel.0 == "c2" => Some((*from, *to)),
        _ => None,
    });
    let (from, to) = asked.unwrap();
    (reminder, from, to)
}

fn answer(sofa: &mut Sofa, from: UtcMs, programmes: &[(&str, UtcMs)]) {
    let programme = |(title, start): &(&str, UtcMs)| Programme {
        title: (*title).into(),
        start: *start,
        end: start.plus(30 * MINUTE),
        ..Programme::default()
    };
    let programmes = programmes.iter().map(programme).collect();
    sofa.send(What::Day { channel: ChannelId("c2".into()), from, programmes });
}

#[test]
fn what_was_booked_follows_the_guide_and_the_viewer_is_told_once() {
    let mut sofa = Sofa::new();
    sofa.plays();
    let (old, from, to) = booked(&mut sofa);
    assert!(from <= old.start.plus(-180 * MINUTE) && to >= old.start.plus(180 * MINUTE));
    let later = old.start.plus(40 * MINUTE);
    answer(&mut sofa, from, &[("足球", old.start), ("越剧选段", later), ("越剧选段", later.plus(90 * MINUTE))]);
    let new = Reminder { start: later, end: later.plus(30 * MINUTE), ..old.clone() };
    assert_eq!(sofa.model.user.reminders, std::slice::from_ref(&new));
    assert!(sofa.effects.contains(&Effect::Store(StoreCommand::SaveReminder(new))));
    assert!(sofa.effects.iter().any(|e| matches!(e, Effect::Store(StoreCommand::RemoveReminder { .. }))));
    let Some(Overlay::Dialog(told)) = &sofa.model.overlay else { panic!("{:?}", sofa.model.overlay) };
    assert!(told.title.contains("改时间") && told.line.contains("越剧选段"), "{told:?}");
    sofa.press(Ok);
    assert_eq!(sofa.model.overlay, None);
    sofa.wait(60_000);
    assert_eq!(sofa.model.overlay, None, "once");
}

#[test]
fn what_the_guide_still_has_or_does_not_have_stays_where_it_was_booked() {
    let mut sofa = Sofa::new();
    let (old, from, _) = booked(&mut sofa);
    for list in [&[("越剧选段", old.start), ("越剧选段", old.start.plus(90 * MINUTE))][..], &[("足球", old.start)], &[]]
    {
        answer(&mut sofa, from, list);
        assert_eq!(sofa.model.user.reminders, std::slice::from_ref(&old));
        assert_eq!(sofa.model.overlay, None);
    }
    // An answer for a whole day is none to this question.
    answer(&mut sofa, from.plus(MINUTE), &[("越剧选段", old.start.plus(40 * MINUTE))]);
    assert_eq!(sofa.model.user.reminders, [old]);
}

fn places(sofa: &Sofa) -> Vec<u64> {
    let at = |e: &Effect| match e {
        Effect::Store(StoreCommand::SaveReplayPlace(place)) => Some(place.at_ms),
        _ => None,
    };
    sofa.effects.iter().filter_map(at).collect()
}

#[test]
fn the_place_in_a_programme_of_the_past_outlives_the_power() {
    let mut sofa = on_guide();
    let mut all = lineup();
    all.channels[1].catchup = Some(Catchup { mode: "vod".into(), days: 2, source: None, ..Catchup::default() });
    sofa.send(What::Lineup(all.clone()));
    sofa.guide_answers();
    press(&mut sofa, &[Green, Up]);
    sofa.press(Ok);
    sofa.plays();
    let mut written = Vec::new();
    for _ in 0..25 {
        sofa.watch(1);
        written.extend(places(&sofa));
    }
    assert_eq!(written.len(), 2, "every ten seconds: {written:?}");
    sofa.press(Power);
    assert_eq!(places(&sofa), [25_000]);
    // The next start has them from the store.
    let user = sofa.model.user.clone();
    let mut next = Sofa { model: Model::default(), now: sofa.now, effects: vec![] };
    next.send(What::Boot(Box::new(Boot { lineup: Some(all), user, zone_offset_s: 8 * 3600, ..Boot::default() })));
    press(&mut next, &[Live, Guide, Up]);
    next.press(Ok);
    let resumes = |e: &Effect| matches!(e, Effect::Player(PlayerCommand::Open(r)) if r.start_ms == 25_000);
    assert!(next.effects.iter().any(resumes), "{:?}", next.effects);
    assert_eq!(toast(&next), "接着上次的地方，蓝键从头看");
}

#[test]
fn of_many_places_the_oldest_goes() {
    let mut sofa = Sofa::new();
    let channel = ChannelId("c2".into());
    for n in 0..25 {
        let start = UtcMs(n * 3_600_000);
        let programme = Programme { start, end: start.plus(3_600_000), ..Programme::default() };
        let replay = replay::Replay { channel: channel.clone(), programme };
        sofa.effects.clear();
        replay::keep_place(&mut sofa.model, &replay, 60_000, &mut sofa.effects);
    }
    assert_eq!(sofa.model.user.replay_places.len(), 20);
    let oldest = StoreCommand::RemoveReplayPlace { channel, start: UtcMs(4 * 3_600_000) };
    assert_eq!(sofa.effects.last(), Some(&Effect::Store(oldest)));
}
