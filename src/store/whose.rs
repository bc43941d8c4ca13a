//! Whose each piece of the data is: the household's, which lies in the first file whoever learns, or the learner's own.
//! Both matches name every command and every field, so that a new one cannot be without an answer.

use super::types::{HistoryEntry, HistoryKey, StoreCommand, UserData};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Channels, programmes and the lock: the same television for everybody.
    Household,
    /// Of whoever learns now.
    Learner,
}

impl Whose {
    fn of_key(key: &HistoryKey) -> Self {
        match key {
            HistoryKey::Lesson { .. } => Self::Learner,
            HistoryKey::Channel(_) => Self::Household,
        }
    }
}

impl StoreCommand {
    pub fn whose(&self) -> Whose {
        match self {
            Self::SaveHistory(entry) => Whose::of_key(&entry.key),
            Self::RemoveHistory(key) => Whose::of_key(key),
            Self::ClearChannels
            | Self::SetFavouriteChannel { .. }
            | Self::SaveLastChannel(_)
            // Whoever sits there is called, for a live lesson, too.
            | Self::SaveReminder(_)
            | Self::RemoveReminder { .. }
            | Self::SetLocked { .. }
            | Self::SavePin(_)
            | Self::ClearLock
            | Self::SaveReplayPlace(_)
            | Self::RemoveReplayPlace { .. }
            | Self::SaveSound { .. }
            | Self::SaveCaption { .. } => Whose::Household,
            Self::SaveDay { .. }
            | Self::ClearLessons
            | Self::SetFavouriteCourse { .. }
            | Self::SaveSettings(_)
            | Self::SaveAnswer(_)
            | Self::RemoveAnswers(_)
            | Self::SetDeclined { .. }
            | Self::SetLiking { .. }
            | Self::ForgetTaste
            | Self::SaveSurveyAnswer(_)
            | Self::Record(_)
            | Self::RecordsArrived(_)
            | Self::RecordRefused { .. }
            | Self::ForgetRecords
            | Self::SaveCredit(_) => Whose::Learner,
        }
    }
}

impl UserData {
    /// Puts `other`'s own things in the place of these. The household's stay, whatever `other` has of them.
    pub fn take_learner(&mut self, other: Self) {
        let Self {
            history,
            favourite_courses,
            settings,
            days,
            answers,
            taste,
            survey_answers,
            credits,
            favourite_channels: _,
            last_channel: _,
            reminders: _,
            locked_channels: _,
            pin: _,
            replay_places: _,
            sounds: _,
            captions: _,
        } = other;
        let of = |whose| move |e: &HistoryEntry| Whose::of_key(&e.key) == whose;
        let channels = std::mem::take(&mut self.history).into_iter().filter(of(Whose::Household));
        let lessons = history.into_iter().filter(of(Whose::Learner));
        self.history = newest_first(channels, lessons);
        self.favourite_courses = favourite_courses;
        self.settings = settings;
        self.days = days;
        self.answers = answers;
        self.taste = taste;
        self.survey_answers = survey_answers;
        self.credits = credits;
    }

    /// The learner's own things alone.
    pub fn learners_own(self) -> Self {
        let mut own = Self::default();
        own.take_learner(self);
        own
    }
}

/// Two lists, each newest first, as one. Within each the order stays: it is that of saving, which a clock that was wrong
/// does not change.
fn newest_first(
    one: impl Iterator<Item = HistoryEntry>,
    other: impl Iterator<Item = HistoryEntry>,
) -> Vec<HistoryEntry> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    let mut all = Vec::new();
    loop {
        let next = match (one.peek(), other.peek()) {
            (Some(a), Some(b)) if a.at >= b.at => one.next(),
            (Some(_), None) => one.next(),
            (_, Some(_)) => other.next(),
            (None, None) => break,
        };
        all.extend(next);
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::rows::tests::commands, *};

    fn after(given: &[StoreCommand], whose: impl Fn(Whose) -> bool) -> UserData {
        let mut data = UserData::default();
        given.iter().filter(|c| whose(c.whose())).for_each(|c| data.apply(c));
        data
    }

    proptest! {
        /// Whatever a command touches is of the side that it is said to be of.
        #[test]
        fn the_two_sides_together_are_the_whole(given in commands(60)) {
            let whole = after(&given, |_| true);
            let household = after(&given, |w| w == Whose::Household);
            let learner = after(&given, |w| w == Whose::Learner);
            prop_assert_eq!(learner.clone().learners_own(), learner.clone(), "a learner's command touched the household's");
            prop_assert_eq!(household.clone().learners_own(), UserData::default());

            let mut joined = household;
            joined.take_learner(learner.clone());
            let mut expected = whole.clone();
            expected.take_learner(whole);
            prop_assert_eq!(&joined, &expected);
            joined.take_learner(learner);
            prop_assert_eq!(joined, expected, "the same learner once more changes nothing");
        }
    }
}
