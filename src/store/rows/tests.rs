//! Rows and plain data against each other, and rows that make no sense.

use proptest::prelude::*;

use super::*;
use crate::{player::types::Speed, store::schema};

fn key() -> impl Strategy<Value = HistoryKey> {
    (0u8..4).prop_map(|n| match n {
        0 | 1 => HistoryKey::Lesson { course: CourseId("健康".into()), lesson: LessonId(format!("第{n}课")) },
        n => HistoryKey::Channel(ChannelId(format!("ch-{n}"))),
    })
}

fn entry() -> impl Strategy<Value = HistoryEntry> {
    let text = prop_oneof!["[a-z']{0,4}", Just("一'\";--\u{0}丁".to_string()), any::<String>()];
    let ranges = prop::collection::vec((0u32..500, 0u32..500), 0..4);
    (key(), text, prop::option::of("[a-z]{1,8}"), 0..=i64::MAX as u64, 0u64..1 << 40, ranges, 0..=i64::MAX).prop_map(
        |(key, title, poster, position_ms, duration_ms, ranges, at)| HistoryEntry {
            key,
            detail: title.chars().rev().collect(),
            title,
            poster,
            position_ms,
            duration_ms,
            watched: WatchedSeconds::from_ranges(ranges),
            at: UtcMs(at),
        },
    )
}

fn reminder_key() -> impl Strategy<Value = (ReminderOf, UtcMs)> {
    (0u8..3, 0i64..2).prop_map(|(n, at)| {
        let of = match n {
            0 => ReminderOf::Programme(ChannelId("ch-1".into())),
            n => ReminderOf::Class { course: CourseId("健康".into()), session: format!("s{n}") },
        };
        (of, UtcMs(at * i64::MAX - 1))
    })
}

/// Up to `n` commands about few keys, so that they meet each other often.
pub(in crate::store) fn commands(n: usize) -> impl Strategy<Value = Vec<StoreCommand>> {
    let one = prop_oneof![
        6 => entry().prop_map(StoreCommand::SaveHistory),
        2 => key().prop_map(StoreCommand::RemoveHistory),
        1 => Just(StoreCommand::ClearLessons),
        1 => Just(StoreCommand::ClearChannels),
        2 => (0u8..3, any::<bool>()).prop_map(|(n, on)|
            StoreCommand::SetFavouriteChannel { channel: ChannelId(format!("ch-{n}")), on }),
        2 => (0u8..3, any::<bool>()).prop_map(|(n, on)|
            StoreCommand::SetFavouriteCourse { course: CourseId(format!("课{n}")), on }),
        1 => (20_000i32..20_003, 0u32..86_400).prop_map(|(day, seconds)| StoreCommand::SaveDay { day, seconds }),
        3 => (reminder_key(), any::<i64>(), any::<String>()).prop_map(|((of, start), end, title)| {
            let place = title.chars().rev().collect();
            StoreCommand::SaveReminder(Reminder { of, start, end: UtcMs(end), title, place })
        }),
        2 => reminder_key().prop_map(|(of, start)| StoreCommand::RemoveReminder { of, start }),
        2 => (0u8..3, any::<bool>()).prop_map(|(n, on)|
            StoreCommand::SetLocked { channel: ChannelId(format!("ch-{n}")), on }),
        1 => (0u8..3).prop_map(|n| StoreCommand::SavePin(crate::store::seal::tests::seal(n))),
        1 => Just(StoreCommand::ClearLock),
        2 => (0u8..2, 0i64..2, 0..=i64::MAX as u64).prop_map(|(n, start, at_ms)| {
            let channel = ChannelId(format!("ch-{n}"));
            StoreCommand::SaveReplayPlace(ReplayPlace { channel, start: UtcMs(start), at_ms })
        }),
        1 => (0u8..2, 0i64..2).prop_map(|(n, start)|
            StoreCommand::RemoveReplayPlace { channel: ChannelId(format!("ch-{n}")), start: UtcMs(start) }),
        2 => (0u8..2, any::<String>(), prop::option::of("[a-z]{3}")).prop_map(|(n, name, language)|
            StoreCommand::SaveSound { channel: ChannelId(format!("ch-{n}")), sound: Sound { name, language } }),
        2 => (0u8..2, prop::option::of((any::<String>(), prop::option::of("[a-z]{3}")))).prop_map(|(n, caption)| {
            let caption = caption.map(|(name, language)| Caption { name, language });
            StoreCommand::SaveCaption { channel: ChannelId(format!("ch-{n}")), caption }
        }),
        3 => answers::tests::answer().prop_map(StoreCommand::SaveAnswer),
        4 => taste::tests::said(),
        1 => prop::option::of(0u8..2).prop_map(|n|
            StoreCommand::RemoveAnswers(n.map(|n| CourseId(format!("课{n}"))))),
        2 => credits::tests::earned().prop_map(|e| StoreCommand::SaveCredit(Box::new(e))),
        1 => "[a-z]{0,3}".prop_map(|id| StoreCommand::SaveLastChannel(ChannelId(id))),
        1 => (any::<bool>(), prop_oneof![Just(Speed::Slow), Just(Speed::Normal), Just(Speed::Fast)])
            .prop_map(|(subtitles, speed)| StoreCommand::SaveSettings(Settings { subtitles, speed, ..Settings::default() })),
    ];
    prop::collection::vec(one, 0..=n)
}

fn fresh() -> Connection {
    let mut conn = Connection::open_in_memory().unwrap();
    schema::migrate(&mut conn).unwrap();
    conn
}

proptest! {
    #[test]
    fn rows_say_what_the_plain_data_says(given in commands(60)) {
        let conn = fresh();
        let mut plain = UserData::default();
        for command in &given {
            execute(&conn, command).unwrap();
            plain.apply(command);
            watch_log::tests::says_what_the_history_says(&conn, &plain)?;
        }
        prop_assert_eq!(load(&conn).unwrap(), plain);
    }
}

#[test]
fn nonsense_rows_cost_only_themselves() {
    let conn = fresh();
    conn.execute_batch(
        r#"
        INSERT INTO history VALUES
            (1,'lesson','c','l1','好','',NULL,5,9,'[[0,5]]',7),
            (2,'lesson','c','l2','负数','',NULL,-5,9,'[]',7),
            (3,'lesson','c','l3','坏','',NULL,5,9,'[[0,',7),
            (4,'film','c','l4','别的','',NULL,5,9,'[]',7),
            (5,'lesson','c','l5','反','',NULL,5,9,'[[9,2],[3,4]]',7),
            (6,'lesson','c','l6','负','',NULL,5,9,'[[-1,2]]',7),
            (7,'lesson','c','l7',CAST(X'FFFE' AS TEXT),'',NULL,5,9,'[]',7),
            (-8,'channel','早','','也好','',NULL,0,0,'[]',7);
        INSERT INTO favourite VALUES (1,'nothing','x'),(2,'course','c');
        INSERT INTO reminders VALUES
            (1,'programme','c','',5,9,'好','台'),(2,'film','c','',5,9,'别的','台'),
            (3,'class','c','s',5,9,CAST(X'FFFE' AS TEXT),'课');
        INSERT INTO locked VALUES (1,CAST(X'FFFE' AS TEXT)),(2,'好');
        INSERT INTO replay_place VALUES (1,'台',5,-9),(2,'台',6,9);
        INSERT INTO answers VALUES
            (1,'c','l1','q','{"one":1}',1,2,7),(2,'c','l1','q2','{"one":-1}',1,2,7),(3,'c','l1','q3','x',0,1,7),
            (4,'c','l1','q4','{"sequence":[1,0]}',0,-1,7);
        INSERT INTO watch_log VALUES
            (1,'c','l1',3,8,7),(2,'c','l1',30,20,7),(3,'c','l1',-3,1,7),(4,'c','l1',0,99999999999,7),(5,'c','l9',0,5,7);
        INSERT INTO credit VALUES
            (1,'c','好','校',15,20,NULL,'{"pass_percent":null,"lessons":[]}',7),(2,'d','坏','校',15,20,NULL,'{',7),
            (3,'e','负','校',-15,20,NULL,'{"pass_percent":null,"lessons":[]}',7);
        INSERT INTO days VALUES (1,-1),(2,99999999999),(3,60),(99999999999,1),(5,999999);
        INSERT INTO setting VALUES
            ('settings.speed','"Warp"'),('settings.subtitles','false'),('last_channel','7'),
            ('pin','"1234"'),('broken','{'),('settings.of_the_future','1');
        "#,
    )
    .unwrap();
    let data = load(&conn).unwrap();
    let titles: Vec<_> = data.history.iter().map(|h| h.title.as_str()).collect();
    assert_eq!(titles, ["反", "好", "也好"]);
    assert_eq!(data.history[0].watched.ranges(), [(3, 4)]);
    assert_eq!(data.history[1].watched.ranges(), [(0, 8)]);
    assert_eq!(data.answers.iter().map(|a| a.question.0.as_str()).collect::<Vec<_>>(), ["q"]);
    assert_eq!(data.favourite_courses, [CourseId("c".into())]);
    assert_eq!(data.settings, Settings { subtitles: false, ..Settings::default() });
    assert_eq!(data.last_channel, None);
    assert_eq!(data.credits.iter().map(|e| e.title.as_str()).collect::<Vec<_>>(), ["好"]);
    assert_eq!(data.days, [(3, 60)]);
    assert_eq!((data.locked_channels.len(), data.replay_places.len(), data.pin), (1, 1, None));
    assert_eq!(data.reminders.iter().map(|r| r.title.as_str()).collect::<Vec<_>>(), ["好"]);
}

#[test]
fn numbers_beyond_the_signed_range_are_held_at_its_end() {
    let conn = fresh();
    let entry = HistoryEntry {
        key: HistoryKey::Channel(ChannelId("a".into())),
        title: String::new(),
        detail: String::new(),
        poster: None,
        position_ms: u64::MAX,
        duration_ms: u64::MAX,
        watched: WatchedSeconds::default(),
        at: UtcMs(-1),
    };
    execute(&conn, &StoreCommand::SaveHistory(entry)).unwrap();
    let data = load(&conn).unwrap();
    assert_eq!(data.history[0].position_ms, i64::MAX as u64);
    assert_eq!(data.history[0].at, UtcMs(0));
}
