//! How the channels of a lineup are found: by their ids, numbers and groups. How they are held is `indexed`'s, what a
//! channel is lives in `lineup`.

use std::{collections::HashMap, ops::Range};

use super::lineup::{Channel, ChannelId, ChannelNumber};
use crate::indexed::{Entry, HashedPlaces, Indexed, Places};

pub type Channels = Indexed<Channel>;

/// The channels of one group of the operator, by their places in the lineup.
#[derive(Debug)]
pub struct ChannelGroup {
    pub name: String,
    /// Ascending.
    pub places: Vec<u32>,
}

pub struct Index {
    by_id: HashedPlaces,
    by_number: Places,
    groups: Vec<ChannelGroup>,
}

impl Entry for Channel {
    type Index = Index;
    const FREED_HERE_AT_MOST: usize = 20_000;
    const FREEING: &'static str = "free-lineup";

    fn index(list: &[Self]) -> Index {
        Index {
            by_id: HashedPlaces::of(list, |c| &c.id),
            by_number: Places::of(list, |c| c.number.0),
            groups: groups(list),
        }
    }
}

/// In the order in which the lineup names them first.
fn groups(list: &[Channel]) -> Vec<ChannelGroup> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<ChannelGroup> = Vec::new();
    let mut last = usize::MAX;
    for (place, channel) in (0_u32..).zip(list) {
        for name in &channel.groups {
            // Neighbours in a lineup mostly share their group: one comparison in place of a hash.
            if groups.get(last).is_none_or(|g| g.name != *name) {
                last = *known.entry(name).or_insert_with(|| {
                    groups.push(ChannelGroup { name: name.clone(), places: Vec::new() });
                    groups.len() - 1
                });
            }
            if let Some(group) = groups.get_mut(last)
                && group.places.last() != Some(&place)
            {
                group.places.push(place);
            }
        }
    }
    groups.iter_mut().for_each(|g| g.places.shrink_to_fit());
    groups
}

impl Channels {
    /// Where a channel stands; the first one where two bear the same name.
    pub fn place(&self, id: &ChannelId) -> Option<usize> {
        self.index().by_id.at(id).find(|place| self.get(*place).is_some_and(|c| c.id == *id))
    }

    pub fn by_number(&self, number: ChannelNumber) -> Option<&Channel> {
        self.get(self.index().by_number.at(number.0).next()?)
    }

    /// Numbers of a range in ascending order, with the places of their channels.
    pub fn numbered(&self, range: Range<u64>) -> impl DoubleEndedIterator<Item = (ChannelNumber, usize)> {
        self.index().by_number.within(range).map(|(number, place)| (ChannelNumber(number), place))
    }

    /// The groups that the channels name.
    pub fn groups(&self) -> &[ChannelGroup] {
        &self.index().groups
    }

    pub fn group(&self, name: &str) -> Option<&ChannelGroup> {
        self.groups().iter().find(|g| g.name == name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn channel(id: &str, number: u32, groups: &[&str]) -> Channel {
        Channel {
            id: ChannelId(id.into()),
            number: ChannelNumber(number),
            name: format!("频道{id}"),
            groups: groups.iter().map(|g| (*g).to_owned()).collect(),
            logo: None,
            sources: vec![],
            catchup: None,
            epg_id: None,
            epg_name: None,
            radio: false,
        }
    }

    #[test]
    fn a_change_reaches_one_copy_and_its_index() {
        let first: Channels = vec![channel("a", 1, &["x"]), channel("b", 7, &[])].into();
        first.prepare();
        let mut second = first.clone();
        assert_eq!(second.place(&ChannelId("b".into())), Some(1));
        second.remove(0);
        assert_eq!(second.place(&ChannelId("b".into())), Some(0));
        assert_eq!(first.place(&ChannelId("b".into())), Some(1));
        assert_eq!((first.groups().len(), second.groups().len()), (1, 0));
        assert_eq!(first.clone().into_iter().count(), 2);
    }

    #[test]
    fn written_as_a_plain_list() {
        let channels: Channels = vec![channel("a", 1, &["x"])].into();
        let json = serde_json::to_string(&channels).unwrap();
        assert_eq!(json, serde_json::to_string(&*channels).unwrap());
        assert_eq!(serde_json::from_str::<Channels>(&json).unwrap(), channels);
    }

    #[test]
    fn a_great_list_is_let_go_of() {
        let many: Channels = (0..30_000).map(|n| channel(&n.to_string(), n, &[])).collect();
        assert_eq!(many.place(&ChannelId("29999".into())), Some(29_999));
        drop(many);
    }

    proptest! {
        /// The index says what a walk through the list says.
        #[test]
        fn the_index_is_true(
            of in proptest::collection::vec(("[a-d]{1,2}", 0_u32..50, proptest::collection::vec("[x-z]", 0..3)), 0..40),
            from in 0_u64..60,
            length in 0_u64..60,
        ) {
            let channels: Channels = of
                .iter()
                .map(|(id, number, groups)| {
                    channel(id, *number, &groups.iter().map(String::as_str).collect::<Vec<_>>())
                })
                .collect();
            for (id, number, groups) in &of {
                let id = ChannelId(id.clone());
                prop_assert_eq!(channels.place(&id), channels.iter().position(|c| c.id == id));
                let number = ChannelNumber(*number);
                prop_assert_eq!(channels.by_number(number), channels.iter().find(|c| c.number == number));
                for name in groups {
                    let walked: Vec<u32> =
                        (0..).zip(channels.iter()).filter(|(_, c)| c.groups.contains(name)).map(|(i, _)| i).collect();
                    prop_assert_eq!(channels.group(name).map(|g| &g.places), Some(&walked));
                }
            }
            let mut walked: Vec<_> =
                channels.iter().enumerate().map(|(place, c)| (c.number, place)).collect();
            walked.retain(|(number, _)| (from..from + length).contains(&u64::from(number.0)));
            walked.sort_unstable();
            prop_assert_eq!(channels.numbered(from..from + length).collect::<Vec<_>>(), walked);
        }
    }
}
