use std::fs;

use proptest::prelude::*;

use super::{super::rows::tests::commands, *};
use crate::{catalogue::types::CourseId, guide::lineup::ChannelId, store::types::Settings};

const NOW: UtcMs = UtcMs(1_783_339_200_000);
const LONG: Duration = Duration::from_secs(30);

fn open(dir: &Path) -> (Household, Found) {
    Household::open(dir, NOW, |_| {})
}

/// The household's plain data with the learner's in it, as the core has them.
fn joined(first: &UserData, own: &UserData) -> UserData {
    let mut user = first.clone();
    user.take_learner(own.clone());
    user
}

#[derive(Clone, Debug)]
enum Then {
    Switch(usize),
    Restart,
}

fn then() -> impl Strategy<Value = Then> {
    prop_oneof![4 => (0usize..3).prop_map(Then::Switch), 1 => Just(Then::Restart)]
}

proptest! {
    // Each case opens several databases on a real disk.
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn three_learners_never_mix(evenings in prop::collection::vec((commands(12), then()), 1..14)) {
        let dir = tempfile::tempdir().unwrap();
        let (mut household, found) = open(dir.path());
        let mut roster = found.roster;
        let ids = [LearnerId::FIRST, roster.add("奶奶").unwrap(), roster.add("爷爷").unwrap()];
        household.keep(&roster);
        // The first is the household's, too.
        let mut plain = [UserData::default(), UserData::default(), UserData::default()];
        let mut now = 0;
        for (given, then) in evenings {
            for command in given {
                let whose = if command.whose() == Whose::Household { 0 } else { now };
                plain[whose].apply(&command);
                household.send(command);
            }
            match then {
                Then::Switch(to) => {
                    let (own, notices) = household.read(ids[to], NOW).unwrap();
                    prop_assert_eq!(notices, vec![]);
                    prop_assert_eq!(&own, &plain[to].clone().learners_own());
                    household.enter(ids[to]);
                    roster.enter(ids[to]);
                    household.keep(&roster);
                    now = to;
                }
                Then::Restart => {
                    prop_assert!(household.flush(LONG));
                    drop(household);
                    let found;
                    (household, found) = open(dir.path());
                    prop_assert_eq!(&found.roster, &roster);
                    let expected = if now == 0 { plain[0].clone() } else { joined(&plain[0], &plain[now]) };
                    prop_assert_eq!(found.user, expected);
                    prop_assert_eq!(found.notices, vec![]);
                }
            }
        }
        drop(household);
        // Each file alone, as another program would find it.
        for (id, plain) in ids.iter().zip(&plain) {
            let place = folder(dir.path(), *id);
            if place.join("user.db").exists() {
                let (_store, data, _) = Store::open(&place, NOW, Box::new(|_| {}));
                prop_assert_eq!(&data, plain);
            } else {
                prop_assert_eq!(plain, &UserData::default());
            }
        }
    }
}

fn favourite(course: &str) -> StoreCommand {
    StoreCommand::SetFavouriteCourse { course: CourseId(course.into()), on: true }
}

/// A house of two, the second of whom learns.
fn house_of_two(dir: &Path) -> (Household, Roster, LearnerId) {
    let (household, Found { mut roster, .. }) = open(dir);
    household.send(favourite("first"));
    household.send(StoreCommand::SaveLastChannel(ChannelId("c1".into())));
    let id = roster.add("奶奶").unwrap();
    household.read(id, NOW).unwrap();
    household.enter(id);
    roster.enter(id);
    household.keep(&roster);
    household.send(favourite("second"));
    household.send(StoreCommand::SaveSettings(Settings { subtitles: false, ..Settings::default() }));
    assert!(household.flush(LONG));
    (household, roster, id)
}

#[test]
fn a_learners_damaged_file_costs_nobody_else_anything() {
    let dir = tempfile::tempdir().unwrap();
    let (household, roster, id) = house_of_two(dir.path());
    drop(household);
    fs::remove_dir_all(folder(dir.path(), id).join("backups")).ok();
    fs::write(folder(dir.path(), id).join("user.db"), "no database").unwrap();
    let (household, found) = open(dir.path());
    assert_eq!((found.roster, found.notices), (roster, vec![StoreNotice::StartedAfresh]));
    assert_eq!((found.user.favourite_courses, found.user.last_channel), (vec![], Some(ChannelId("c1".into()))));
    let (first, notices) = household.read(LearnerId::FIRST, NOW).unwrap();
    assert_eq!((first.favourite_courses, notices), (vec![CourseId("first".into())], vec![]));
}

#[test]
fn where_a_learner_cannot_be_kept_it_is_said_and_the_first_file_gets_none_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let (household, Found { mut roster, .. }) = open(dir.path());
    // No folder can be made there, not even by root.
    fs::write(dir.path().join("learners"), "in the way").unwrap();
    let id = roster.add("奶奶").unwrap();
    let (_, notices) = household.read(id, NOW).unwrap();
    assert_eq!(notices, vec![StoreNotice::NotWritable]);
    household.enter(id);
    household.send(favourite("second"));
    household.send(StoreCommand::SaveLastChannel(ChannelId("c2".into())));
    let (own, _) = household.read(id, NOW).unwrap();
    assert_eq!(own.favourite_courses, [CourseId("second".into())], "for as long as the program runs");
    let (first, _) = household.read(LearnerId::FIRST, NOW).unwrap();
    assert_eq!(first, UserData::default());
    assert!(!household.flush(LONG));
}

#[test]
fn a_removed_learner_is_gone_and_the_others_are_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let (household, mut roster, id) = house_of_two(dir.path());
    assert!(!household.remove(id), "not whoever learns now");
    household.read(LearnerId::FIRST, NOW).unwrap();
    household.enter(LearnerId::FIRST);
    roster.enter(LearnerId::FIRST);
    assert!(household.remove(id));
    assert!(!folder(dir.path(), id).exists());
    roster.remove(id);
    household.keep(&roster);
    assert!(!household.remove(LearnerId::FIRST));
    drop(household);
    let (household, found) = open(dir.path());
    assert_eq!(found.roster, roster);
    assert_eq!(found.user.favourite_courses, [CourseId("first".into())]);
    // Whoever comes next begins with nothing.
    let next = roster.add("爷爷").unwrap();
    assert_ne!(next, id);
    assert_eq!(household.read(next, NOW).unwrap(), (UserData::default(), vec![]));
}

#[test]
fn a_list_that_cannot_be_written_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let said = Arc::new(Mutex::new(Vec::new()));
    let to = Arc::clone(&said);
    let (household, found) = Household::open(dir.path(), NOW, move |n| to.lock().unwrap().push(n));
    fs::create_dir(dir.path().join("learners.json")).unwrap();
    household.keep(&found.roster);
    assert_eq!(*said.lock().unwrap(), [StoreNotice::NotWritable]);
}
