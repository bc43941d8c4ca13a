//! What each command means for the plain data. The file must end up saying the same; the tests hold it to that.

use super::types::{StoreCommand, UserData};
use crate::learning::taste::Taste;

impl UserData {
    /// Does to the data in memory what the store does to the file.
    pub fn apply(&mut self, command: &StoreCommand) {
        match command {
            StoreCommand::SaveHistory(entry) => {
                self.history.retain(|h| h.key != entry.key);
                self.history.insert(0, entry.clone());
            }
            StoreCommand::RemoveHistory(key) => self.history.retain(|h| &h.key != key),
            StoreCommand::ClearLessons => self.history.retain(|h| h.key.course().is_none()),
            StoreCommand::ClearChannels => self.history.retain(|h| h.key.course().is_some()),
            StoreCommand::SetFavouriteChannel { channel, on } => toggle(&mut self.favourite_channels, channel, *on),
            StoreCommand::SetFavouriteCourse { course, on } => toggle(&mut self.favourite_courses, course, *on),
            StoreCommand::SaveLastChannel(channel) => self.last_channel = Some(channel.clone()),
            StoreCommand::SaveDay { day, seconds } => {
                let at = self.days.partition_point(|(d, _)| d < day);
                match self.days.get_mut(at) {
                    Some(known) if known.0 == *day => known.1 = *seconds,
                    _ => self.days.insert(at, (*day, *seconds)),
                }
            }
            StoreCommand::SaveSettings(settings) => self.settings = settings.clone(),
            StoreCommand::SaveReminder(reminder) => {
                self.reminders.retain(|r| !r.is(&reminder.of, reminder.start));
                self.reminders.push(reminder.clone());
            }
            StoreCommand::RemoveReminder { of, start } => self.reminders.retain(|r| !r.is(of, *start)),
            StoreCommand::SetLocked { channel, on } => toggle(&mut self.locked_channels, channel, *on),
            StoreCommand::SavePin(seal) => self.pin = Some(seal.clone()),
            StoreCommand::ClearLock => {
                self.locked_channels.clear();
                self.pin = None;
            }
            StoreCommand::SaveReplayPlace(place) => {
                self.replay_places.retain(|p| !p.is(&place.channel, place.start));
                self.replay_places.insert(0, place.clone());
            }
            StoreCommand::SaveSound { channel, sound } => {
                self.sounds.retain(|(id, _)| id != channel);
                self.sounds.push((channel.clone(), sound.clone()));
            }
            StoreCommand::SaveCaption { channel, caption } => {
                self.captions.retain(|(id, _)| id != channel);
                self.captions.extend(caption.clone().map(|caption| (channel.clone(), caption)));
            }
            StoreCommand::RemoveReplayPlace { channel, start } => {
                self.replay_places.retain(|p| !p.is(channel, *start));
            }
            StoreCommand::SaveAnswer(answer) => {
                self.answers.retain(|a| !a.is_about(&answer.course, &answer.lesson, &answer.question));
                self.answers.push(answer.clone());
            }
            StoreCommand::RemoveAnswers(Some(course)) => self.answers.retain(|a| a.course != *course),
            StoreCommand::RemoveAnswers(None) => self.answers.clear(),
            StoreCommand::SetDeclined { course, on } => toggle(&mut self.taste.declined, course, *on),
            StoreCommand::SetLiking { subject, liking } => self.taste.set(subject, *liking),
            StoreCommand::ForgetTaste => self.taste = Taste::default(),
            StoreCommand::SaveSurveyAnswer(answer) => {
                self.survey_answers.retain(|a| a.survey != answer.survey || a.question != answer.question);
                self.survey_answers.push(answer.clone());
            }
            // The outbox is read from the file alone: a box may be without a network for months.
            StoreCommand::Record(_)
            | StoreCommand::RecordsArrived(_)
            | StoreCommand::RecordRefused { .. }
            | StoreCommand::ForgetRecords => {}
            StoreCommand::SaveCredit(earned) => {
                if !self.credits.iter().any(|e| e.course == earned.course) {
                    self.credits.push((**earned).clone());
                }
            }
        }
    }
}

/// Favourites stand in the order in which they were chosen; choosing one again does not move it.
fn toggle<T: Clone + PartialEq>(list: &mut Vec<T>, item: &T, on: bool) {
    if !on {
        list.retain(|i| i != item);
    } else if !list.contains(item) {
        list.push(item.clone());
    }
}
