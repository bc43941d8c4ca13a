//! Which guide channel belongs to a channel: by id, else by name, else by what both names mean. Pure.

use std::collections::HashMap;

use serde::Serialize;

use super::{lineup::Channel, names::normalise};

/// How a channel found its guide, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MatchedBy {
    Id,
    Name,
    Normalised,
}

/// The channels of one guide, ready to be looked up. Where two share a name, the first one has it.
#[derive(Debug, Default)]
pub struct GuideIndex {
    ids: HashMap<String, i64>,
    ids_without_case: HashMap<String, i64>,
    names: HashMap<String, i64>,
    normalised: HashMap<String, i64>,
    /// Some guides use names as ids and give no others.
    normalised_ids: HashMap<String, i64>,
}

impl GuideIndex {
    /// `row` is what `find` gives back.
    pub fn add<'a>(&mut self, row: i64, id: &str, names: impl Iterator<Item = &'a str>) {
        self.ids.entry(id.to_owned()).or_insert(row);
        self.ids_without_case.entry(id.to_lowercase()).or_insert(row);
        self.normalised_ids.entry(normalise(id)).or_insert(row);
        for name in names {
            self.names.entry(name.trim().to_owned()).or_insert(row);
            self.normalised.entry(normalise(name)).or_insert(row);
        }
    }

    pub fn find(&self, channel: &Channel) -> Option<(i64, MatchedBy)> {
        let names = [channel.epg_name.as_deref(), Some(channel.name.as_str()), channel.epg_id.as_deref()];
        self.lookup(channel.epg_id.as_deref(), names)
    }

    /// By what a person types: an id or a name.
    pub fn find_name(&self, name: &str) -> Option<(i64, MatchedBy)> {
        self.lookup(Some(name), [Some(name), None, None])
    }

    fn lookup(&self, id: Option<&str>, names: [Option<&str>; 3]) -> Option<(i64, MatchedBy)> {
        if let Some(row) = id.and_then(|id| self.id(id)) {
            return Some((row, MatchedBy::Id));
        }
        let names = || names.into_iter().flatten().map(str::trim).filter(|name| !name.is_empty());
        if let Some(row) = names().find_map(|name| self.names.get(name).or_else(|| self.ids.get(name))) {
            return Some((*row, MatchedBy::Name));
        }
        let meaning = |name: &str| {
            let name = normalise(name);
            [&self.normalised, &self.normalised_ids, &self.ids_without_case].iter().find_map(|by| by.get(&name))
        };
        names().find_map(meaning).map(|row| (*row, MatchedBy::Normalised))
    }

    /// `Channel.cn@HD` names a feed of `Channel.cn`, for which a guide may stand alone.
    fn id(&self, id: &str) -> Option<i64> {
        let exact = |id: &str| self.ids.get(id).or_else(|| self.ids_without_case.get(&id.to_lowercase())).copied();
        exact(id).or_else(|| exact(id.trim())).or_else(|| exact(id.rsplit_once('@')?.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::lineup::{ChannelId, ChannelNumber};

    fn channel(name: &str, epg_id: Option<&str>) -> Channel {
        Channel {
            id: ChannelId(name.into()),
            number: ChannelNumber(1),
            name: name.into(),
            groups: vec![],
            logo: None,
            sources: vec![],
            catchup: None,
            epg_id: epg_id.map(Into::into),
            epg_name: None,
            radio: false,
        }
    }

    #[test]
    fn id_before_name_before_meaning() {
        let mut index = GuideIndex::default();
        index.add(1, "cctv1", ["CCTV-1综合"].into_iter());
        index.add(2, "51", ["东方卫视", "Dragon TV"].into_iter());
        index.add(3, "CCTV5", [].into_iter());
        assert_eq!(index.find(&channel("东方卫视", Some("cctv1"))), Some((1, MatchedBy::Id)));
        assert_eq!(index.find(&channel("x", Some("CCTV1"))), Some((1, MatchedBy::Id)));
        assert_eq!(index.find(&channel("东方卫视", Some("nothing"))), Some((2, MatchedBy::Name)));
        assert_eq!(index.find(&channel("东方卫视HD", Some("Dragon TV"))), Some((2, MatchedBy::Name)));
        assert_eq!(index.find(&channel("东方卫视HD", None)), Some((2, MatchedBy::Normalised)));
        assert_eq!(index.find(&channel("央视一套", None)), Some((1, MatchedBy::Normalised)));
        assert_eq!(index.find(&channel("CCTV-5体育", None)), Some((3, MatchedBy::Normalised)));
        assert_eq!(index.find(&channel("没有", None)), None);
        assert_eq!(index.find(&channel("没有", Some("cctv1@HD"))), Some((1, MatchedBy::Id)));
        let named = Channel { epg_name: Some("Dragon TV".into()), ..channel("没有", Some("nothing")) };
        assert_eq!(index.find(&named), Some((2, MatchedBy::Name)));
        assert_eq!(index.find_name("CCTV-5 体育"), Some((3, MatchedBy::Normalised)));
        // `tvg-name` by itself is a name, even where the guide uses it as an id.
        let by_name = Channel { epg_name: Some("cctv1".into()), ..channel("没有", None) };
        assert_eq!(index.find(&by_name), Some((1, MatchedBy::Name)));
    }
}
