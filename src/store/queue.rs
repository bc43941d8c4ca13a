//! Commands on their way to the disk. A disk that hangs or is full must not let them grow without bound, so a long
//! queue keeps only what still matters of each key; the outcome is exactly that of writing every one of them.

use std::collections::VecDeque;

use super::types::{ReminderOf, StoreCommand};
use crate::{guide::lineup::ChannelId, time::UtcMs};

/// From this length on a new command looks for older ones that it makes pointless. Below it the search is not worth it:
/// the writer takes a short queue in one transaction anyway.
const COALESCE_FROM: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Queue {
    commands: VecDeque<StoreCommand>,
}

impl Queue {
    pub(super) fn push(&mut self, command: StoreCommand) {
        if self.commands.len() >= COALESCE_FROM && !self.make_room_for(&command) {
            return;
        }
        self.commands.push_back(command);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    pub(super) fn take(&mut self) -> Vec<StoreCommand> {
        std::mem::take(&mut self.commands).into()
    }

    /// Puts back what could not be written, before what has been asked since.
    pub(super) fn put_back(&mut self, earlier: Vec<StoreCommand>) {
        let later = std::mem::replace(&mut self.commands, VecDeque::with_capacity(earlier.len()));
        for command in earlier.into_iter().chain(later) {
            self.push(command);
        }
    }

    /// Drops older commands that `new` supersedes; false when `new` itself would change nothing.
    fn make_room_for(&mut self, new: &StoreCommand) -> bool {
        use StoreCommand::*;
        match new {
            SaveHistory(entry) => self.drop_where(|c| match c {
                SaveHistory(e) => e.key == entry.key,
                RemoveHistory(k) => *k == entry.key,
                _ => false,
            }),
            RemoveHistory(key) => self.drop_where(|c| match c {
                SaveHistory(e) => e.key == *key,
                RemoveHistory(k) => k == key,
                _ => false,
            }),
            ClearLessons => self.drop_where(|c| match c {
                SaveHistory(e) => e.key.course().is_some(),
                RemoveHistory(k) => k.course().is_some(),
                ClearLessons => true,
                _ => false,
            }),
            ClearChannels => self.drop_where(|c| match c {
                SaveHistory(e) => e.key.course().is_none(),
                RemoveHistory(k) => k.course().is_none(),
                ClearChannels => true,
                _ => false,
            }),
            SaveLastChannel(_) => self.drop_where(|c| matches!(c, SaveLastChannel(_))),
            SaveDay { day, .. } => self.drop_where(|c| matches!(c, SaveDay { day: other, .. } if other == day)),
            SaveSettings(_) => self.drop_where(|c| matches!(c, SaveSettings(_))),
            SaveReminder(new) => self.drop_where(|c| about(c, &new.of, new.start)),
            RemoveReminder { of, start } => self.drop_where(|c| about(c, of, *start)),
            SaveAnswer(new) => self.drop_where(|c| match c {
                SaveAnswer(a) => a.is_about(&new.course, &new.lesson, &new.question),
                _ => false,
            }),
            RemoveAnswers(Some(course)) => self.drop_where(|c| match c {
                SaveAnswer(a) => a.course == *course,
                RemoveAnswers(other) => other.as_ref() == Some(course),
                _ => false,
            }),
            RemoveAnswers(None) => self.drop_where(|c| matches!(c, SaveAnswer(_) | RemoveAnswers(_))),
            // The first counts.
            SaveCredit(new) => !self.commands.iter().any(|c| matches!(c, SaveCredit(e) if e.course == new.course)),
            SetFavouriteChannel { channel, on } => self.favourite(*on, |c| match c {
                SetFavouriteChannel { channel: other, on } if other == channel => Some(*on),
                _ => None,
            }),
            SetFavouriteCourse { course, on } => self.favourite(*on, |c| match c {
                SetFavouriteCourse { course: other, on } if other == course => Some(*on),
                _ => None,
            }),
            SetLocked { channel, on } => {
                let last = self.commands.iter().rev().find_map(|c| match c {
                    SetLocked { channel: other, on } if other == channel => Some(*on),
                    ClearLock => Some(false),
                    _ => None,
                });
                match last {
                    Some(last) if last == *on => false,
                    _ if *on => true,
                    _ => self.drop_where(|c| matches!(c, SetLocked { channel: other, .. } if other == channel)),
                }
            }
            SaveSound { channel, .. } => {
                self.drop_where(|c| matches!(c, SaveSound { channel: other, .. } if other == channel))
            }
            SaveCaption { channel, .. } => {
                self.drop_where(|c| matches!(c, SaveCaption { channel: other, .. } if other == channel))
            }
            SavePin(_) => self.drop_where(|c| matches!(c, SavePin(_))),
            ClearLock => self.drop_where(|c| matches!(c, SavePin(_) | SetLocked { .. } | ClearLock)),
            SetDeclined { course, on } => {
                let last = self.commands.iter().rev().find_map(|c| match c {
                    SetDeclined { course: other, on } if other == course => Some(*on),
                    ForgetTaste => Some(false),
                    _ => None,
                });
                match last {
                    Some(last) if last == *on => false,
                    _ if *on => true,
                    _ => self.drop_where(|c| matches!(c, SetDeclined { course: other, .. } if other == course)),
                }
            }
            SetLiking { subject, .. } => {
                self.drop_where(|c| matches!(c, SetLiking { subject: other, .. } if other == subject))
            }
            ForgetTaste => self.drop_where(|c| matches!(c, SetDeclined { .. } | SetLiking { .. } | ForgetTaste)),
            SaveSurveyAnswer(new) => self.drop_where(|c| match c {
                SaveSurveyAnswer(a) => a.survey == new.survey && a.question == new.question,
                _ => false,
            }),
            Record(_) | RecordsArrived(_) | RecordRefused { .. } => true,
            ForgetRecords => {
                self.drop_where(|c| matches!(c, Record(_) | RecordsArrived(_) | RecordRefused { .. } | ForgetRecords))
            }
            SaveReplayPlace(place) => self.drop_where(|c| of_place(c, &place.channel, place.start)),
            RemoveReplayPlace { channel, start } => self.drop_where(|c| of_place(c, channel, *start)),
        }
    }

    fn drop_where(&mut self, superseded: impl Fn(&StoreCommand) -> bool) -> bool {
        self.commands.retain(|c| !superseded(c));
        true
    }

    /// "Off" supersedes everything about its item. "On" after "off" keeps both, since the two together move the item
    /// to the end of the list; twice the same is once.
    fn favourite(&mut self, on: bool, about: impl Fn(&StoreCommand) -> Option<bool>) -> bool {
        match self.commands.iter().rev().find_map(&about) {
            Some(last) if last == on => false,
            _ if on => true,
            _ => self.drop_where(|c| about(c).is_some()),
        }
    }
}

/// Whether the command speaks of that reminder.
fn about(command: &StoreCommand, of: &ReminderOf, start: UtcMs) -> bool {
    match command {
        StoreCommand::SaveReminder(r) => r.is(of, start),
        StoreCommand::RemoveReminder { of: other, start: at } => other == of && *at == start,
        _ => false,
    }
}

/// Whether the command speaks of that programme's place.
fn of_place(command: &StoreCommand, channel: &ChannelId, start: UtcMs) -> bool {
    match command {
        StoreCommand::SaveReplayPlace(place) => place.is(channel, start),
        StoreCommand::RemoveReplayPlace { channel: other, start: at } => other == channel && *at == start,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::rows::tests::commands, super::types::UserData, *};

    proptest! {
        #[test]
        fn a_long_queue_ends_where_every_single_command_would(
            before in commands(30), given in commands(300), split in 0usize..300,
        ) {
            let mut plain = UserData::default();
            before.iter().for_each(|c| plain.apply(c));
            let mut short = plain.clone();

            let mut queue = Queue::default();
            for (i, command) in given.iter().enumerate() {
                plain.apply(command);
                queue.push(command.clone());
                if i == split {
                    let taken = queue.take();
                    queue.put_back(taken);
                }
            }
            let left = queue.take();
            // Few keys, so few commands: 4 history keys, 3 favourites of each kind (off and on), 3 days, 2 single ones,
            // 6 reminders, 3 locked channels (off and on), a PIN and its end, 4 places, 2 sounds, 2 subtitles; 8 answers and
            // the removal of those of 2 courses or of all; the end of all lessons and of all channels.
            prop_assert!(left.len() <= COALESCE_FROM + 4 + 12 + 5 + 6 + 8 + 4 + 2 + 2 + 11 + 2, "{} left", left.len());
            left.iter().for_each(|c| short.apply(c));
            prop_assert_eq!(short, plain);
        }
    }
}
