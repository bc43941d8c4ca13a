//! What is put into the indexes: courses with their lessons, teachers and providers; channels; programmes. Reads the
//! shared types, keeps nothing of them but titles, ids and weights.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::index::{Index, Item, Kind, MOST_WEIGHT};
use crate::{
    catalogue::types::Catalogue,
    guide::lineup::{ChannelId, Lineup},
    time::UtcMs,
};

/// A million learners weigh the most.
fn weight(learners: u32) -> u8 {
    let doublings = u8::try_from((u64::from(learners) + 1).ilog2()).unwrap_or(u8::MAX);
    doublings.saturating_mul(3).min(MOST_WEIGHT)
}

pub fn of_catalogue(catalogue: &Catalogue) -> Index {
    let mut index = Index::default();
    let (mut teachers, mut providers) = (HashSet::new(), HashSet::new());
    for course in &catalogue.courses {
        let weight = weight(course.learners);
        let item = Item { kind: Kind::Course, id: &course.id.0, parent: None, title: &course.title, weight };
        let place = index.add(item, None);
        // A lesson that is all of its course is found as the course.
        for lesson in course.lessons.peek().into_iter().filter(|l| l.title != course.title) {
            let item = Item { kind: Kind::Lesson, id: &lesson.id.0, parent: None, title: &lesson.title, weight };
            index.add(item, place);
        }
        for (kind, name, known) in
            [(Kind::Teacher, &course.teacher, &mut teachers), (Kind::Provider, &course.provider, &mut providers)]
        {
            if !name.is_empty() && known.insert(name) {
                index.add(Item { kind, id: name, parent: None, title: name, weight: 0 }, None);
            }
        }
    }
    index.finish()
}

pub fn of_lineup(lineup: &Lineup) -> Index {
    let mut index = Index::default();
    for channel in lineup.channels.iter() {
        let item = Item { kind: Kind::Channel, id: &channel.id.0, parent: None, title: &channel.name, weight: 0 };
        index.add(item, None);
    }
    index.finish()
}

/// A programme of the guide, as far as it can be found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Airing {
    pub channel: ChannelId,
    pub title: String,
    pub start: UtcMs,
}

/// The id of a programme in an index: when it begins, and where.
pub fn airing_id(channel: &ChannelId, start: UtcMs) -> String {
    format!("{}@{}", start.0, channel.0)
}

pub fn airing_of(id: &str) -> Option<(ChannelId, UtcMs)> {
    let (start, channel) = id.split_once('@')?;
    Some((ChannelId(channel.to_owned()), UtcMs(start.parse().ok()?)))
}

pub fn of_airings(airings: &[Airing]) -> Index {
    let mut index = Index::default();
    for airing in airings {
        let id = airing_id(&airing.channel, airing.start);
        index.add(Item { kind: Kind::Programme, id: &id, parent: None, title: &airing.title, weight: 0 }, None);
    }
    index.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights() {
        assert_eq!(weight(0), 0);
        assert!(weight(1000) < weight(3000));
        assert_eq!(weight(u32::MAX), MOST_WEIGHT);
    }

    #[test]
    fn a_programme_is_found_again_by_its_id() {
        let channel = ChannelId("a@b".into());
        assert_eq!(airing_of(&airing_id(&channel, UtcMs(-5))), Some((channel, UtcMs(-5))));
        assert_eq!(airing_of("x"), None);
    }
}
