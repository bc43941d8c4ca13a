//! Who learns at this television: up to six learners, one of them now. Names come from a list, so that nobody types.
//! Where a learner's data lies is the store's affair.
//!
//! Promise: there is always the first learner, whoever learns now is in the list, and no id is ever given twice: what an
//! earlier learner left behind can never become another's.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// As many as fit on one page of large rows.
pub const MOST: usize = 6;
/// What families call those who learn here. Two characters each: they have room on every card.
pub const NAMES: [&str; 12] =
    ["爷爷", "奶奶", "外公", "外婆", "爸爸", "妈妈", "公公", "婆婆", "伯伯", "阿姨", "叔叔", "老伴"];
const FIRST_NAME: &str = "第一位学员";
/// A list that was written by hand may hold any name; more than this has no room on a certificate.
const NAME_MAX_CHARS: usize = 8;

/// A learner of this television; the number is the name of the folder, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LearnerId(u32);

impl LearnerId {
    /// Whose data lies in the household's own file.
    pub const FIRST: Self = Self(1);
}

impl fmt::Display for LearnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for LearnerId {
    type Err = ();

    /// Takes what `Display` writes and nothing else.
    fn from_str(text: &str) -> Result<Self, ()> {
        let id = text.parse().map(Self).map_err(|_| ())?;
        (id.0 > 0 && id.to_string() == text).then_some(id).ok_or(())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learner {
    pub id: LearnerId,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Roster {
    first: String,
    /// Without the first, in the order in which they came.
    others: Vec<Learner>,
    now: LearnerId,
    /// The number of the learner who comes next.
    next: u32,
}

/// The list as a file has it: anything that can be written there.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Written {
    now: LearnerId,
    #[serde(default)]
    next: u32,
    learners: Vec<Learner>,
}

impl Default for Roster {
    fn default() -> Self {
        Self { first: FIRST_NAME.into(), others: Vec::new(), now: LearnerId::FIRST, next: 2 }
    }
}

impl From<Written> for Roster {
    fn from(written: Written) -> Self {
        let mut roster = Self { next: written.next.max(2), ..Self::default() };
        for Learner { id, name } in written.learners {
            let name = clean(&name);
            roster.number_taken(id);
            if id == LearnerId::FIRST {
                roster.first = name.unwrap_or_else(|| FIRST_NAME.into());
            } else if id.0 > 0 && !roster.holds(id) && roster.has_room() {
                roster.others.push(Learner { id, name: name.unwrap_or_else(|| name_by_number(id)) });
            }
        }
        roster.enter(written.now);
        roster
    }
}

impl From<Roster> for Written {
    fn from(roster: Roster) -> Self {
        let learners = roster.all().map(|(id, name)| Learner { id, name: name.into() }).collect();
        Self { now: roster.now, next: roster.next, learners }
    }
}

fn clean(name: &str) -> Option<String> {
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(NAME_MAX_CHARS).collect();
    (!name.is_empty()).then_some(name)
}

fn name_by_number(id: LearnerId) -> String {
    format!("学员{id}").chars().take(NAME_MAX_CHARS).collect()
}

impl Roster {
    /// What is known where the list is lost and the folders are there: everybody but their names.
    pub fn of_folders(mut ids: Vec<LearnerId>) -> Self {
        ids.sort_unstable();
        let learners = ids.into_iter().map(|id| Learner { id, name: name_by_number(id) }).collect();
        let mut roster = Self::from(Written { now: LearnerId::FIRST, next: 2, learners });
        roster.first = FIRST_NAME.into();
        roster
    }

    /// A folder of that number is there, so it is given to nobody else.
    pub fn number_taken(&mut self, id: LearnerId) {
        self.next = self.next.max(id.0.saturating_add(1));
    }

    /// The first learner first.
    pub fn all(&self) -> impl Iterator<Item = (LearnerId, &str)> {
        let others = self.others.iter().map(|l| (l.id, l.name.as_str()));
        std::iter::once((LearnerId::FIRST, self.first.as_str())).chain(others)
    }

    pub fn count(&self) -> usize {
        1 + self.others.len()
    }

    /// Whether there is anybody to be told apart from.
    pub fn is_shared(&self) -> bool {
        !self.others.is_empty()
    }

    pub fn has_room(&self) -> bool {
        self.count() < MOST
    }

    pub fn now(&self) -> LearnerId {
        self.now
    }

    pub fn now_name(&self) -> &str {
        self.name(self.now).unwrap_or(&self.first)
    }

    pub fn name(&self, id: LearnerId) -> Option<&str> {
        self.all().find(|(known, _)| *known == id).map(|(_, name)| name)
    }

    pub fn holds(&self, id: LearnerId) -> bool {
        self.name(id).is_some()
    }

    /// By name, or by number where no name is like that.
    pub fn find(&self, text: &str) -> Option<LearnerId> {
        let by_name = self.all().find(|(_, name)| *name == text).map(|(id, _)| id);
        by_name.or_else(|| text.parse().ok().filter(|id| self.holds(*id)))
    }

    /// Names that nobody here has.
    pub fn free_names(&self) -> Vec<&'static str> {
        NAMES.into_iter().filter(|free| self.all().all(|(_, name)| name != *free)).collect()
    }

    /// None where the house is full.
    pub fn add(&mut self, name: &str) -> Option<LearnerId> {
        let id = LearnerId(self.next);
        let name = clean(name).filter(|_| self.has_room() && !self.holds(id))?;
        self.number_taken(id);
        self.others.push(Learner { id, name });
        Some(id)
    }

    pub fn rename(&mut self, id: LearnerId, name: &str) {
        let Some(name) = clean(name) else { return };
        if id == LearnerId::FIRST {
            self.first = name;
        } else if let Some(learner) = self.others.iter_mut().find(|l| l.id == id) {
            learner.name = name;
        }
    }

    /// Whoever is not in the list does not learn.
    pub fn enter(&mut self, id: LearnerId) {
        if self.holds(id) {
            self.now = id;
        }
    }

    /// Neither the first, whose file is the household's, nor whoever learns now: nobody deletes what is before their eyes.
    pub fn may_go(&self, id: LearnerId) -> bool {
        id != LearnerId::FIRST && id != self.now && self.holds(id)
    }

    pub fn remove(&mut self, id: LearnerId) {
        if self.may_go(id) {
            self.others.retain(|l| l.id != id);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(n: u32) -> LearnerId {
        LearnerId(n)
    }

    fn verify(roster: &Roster) -> Result<(), TestCaseError> {
        prop_assert_eq!(roster.all().next().map(|(id, _)| id), Some(LearnerId::FIRST));
        prop_assert!(roster.holds(roster.now()) && (1..=MOST).contains(&roster.count()));
        let mut ids: Vec<LearnerId> = roster.all().map(|(id, _)| id).collect();
        prop_assert!(ids.iter().all(|id| id.0 < roster.next && id.0 > 0));
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), roster.count());
        prop_assert!(roster.all().all(|(_, name)| !name.is_empty() && name.chars().count() <= NAME_MAX_CHARS));
        Ok(())
    }

    proptest! {
        #[test]
        fn whatever_is_done_to_a_list_it_stays_one(ops in prop::collection::vec((0u8..4, 0u32..9, 0usize..12), 0..80)) {
            let mut roster = Roster::default();
            let mut given = vec![LearnerId::FIRST];
            for (op, n, name) in ops {
                match op {
                    0 => {
                        let new = roster.add(NAMES[name]);
                        prop_assert!(new.is_none_or(|new| !given.contains(&new)), "an id was given twice");
                        given.extend(new);
                    }
                    1 => roster.rename(id(n), NAMES[name]),
                    2 => roster.enter(id(n)),
                    _ => roster.remove(id(n)),
                }
                verify(&roster)?;
            }
            let text = serde_json::to_string(&roster).unwrap();
            prop_assert_eq!(serde_json::from_str::<Roster>(&text).unwrap(), roster);
        }

        #[test]
        fn a_list_that_was_written_by_hand_becomes_a_sound_one(
            now in 0u32..9, next in 0u32..9, learners in prop::collection::vec((0u32..9, ".{0,12}"), 0..12),
        ) {
            let learners = learners.into_iter().map(|(n, name)| Learner { id: id(n), name }).collect();
            verify(&Written { now: id(now), next, learners }.into())?;
        }
    }

    #[test]
    fn a_learner_is_found_by_name_and_by_number() {
        let mut roster = Roster::default();
        let grandma = roster.add("奶奶").unwrap();
        assert_eq!(
            (roster.find("奶奶"), roster.find("2"), roster.find("1")),
            (Some(grandma), Some(grandma), Some(id(1)))
        );
        assert_eq!((roster.find("02"), roster.find("7"), roster.find("")), (None, None, None));
        assert!(!roster.free_names().contains(&"奶奶"));
    }

    #[test]
    fn folders_alone_bring_everybody_back_and_nobody_new_into_an_old_one() {
        let mut roster = Roster::of_folders(vec![id(5), id(2)]);
        assert_eq!(roster.all().map(|(_, n)| n).collect::<Vec<_>>(), [FIRST_NAME, "学员2", "学员5"]);
        assert_eq!(roster.add("奶奶"), Some(id(6)));
    }
}
