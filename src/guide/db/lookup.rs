//! What is asked of the guides that are shown: which one knows a channel, and what is on when.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};

use super::{COLUMNS, EpgKey, GuideDb, Match, missing_table, programme};
use crate::{
    guide::{
        error::GuideError,
        formats::xmltv::MAX_PROGRAMME_MS,
        lineup::{ChannelId, Lineup},
        matching::{GuideIndex, MatchedBy},
        programme::{NowNext, Programme},
    },
    time::UtcMs,
};

impl GuideDb {
    /// Finds the guide of every channel, the most trusted first.
    pub fn match_lineup(&self, lineup: &Lineup) -> Result<HashMap<ChannelId, Vec<Match>>, GuideError> {
        let mut found: HashMap<ChannelId, Vec<Match>> = HashMap::new();
        self.each_match(lineup, |channel, key, matched_by, guide_id| {
            let guide_id = guide_id.to_owned();
            found.entry(channel.clone()).or_default().push(Match { key, guide_id, matched_by });
        })?;
        Ok(found)
    }

    /// `match_lineup` without the reasons: what a running program needs of a hundred thousand channels.
    pub fn keys(&self, lineup: &Lineup) -> Result<HashMap<ChannelId, Vec<EpgKey>>, GuideError> {
        let mut found: HashMap<ChannelId, Vec<EpgKey>> = HashMap::new();
        self.each_match(lineup, |channel, key, _, _| match found.get_mut(channel) {
            Some(keys) => keys.push(key),
            None => drop(found.insert(channel.clone(), vec![key])),
        })?;
        Ok(found)
    }

    fn each_match(
        &self,
        lineup: &Lineup,
        mut found: impl FnMut(&ChannelId, EpgKey, MatchedBy, &str),
    ) -> Result<(), GuideError> {
        for (_, generation) in self.sources()? {
            let (index, ids) = self.index(generation)?;
            for channel in &lineup.channels {
                if let Some((row, matched_by)) = index.find(channel) {
                    let key = EpgKey { generation, channel: row };
                    found(&channel.id, key, matched_by, ids.get(&row).map_or("", String::as_str));
                }
            }
        }
        Ok(())
    }

    /// A guide channel by its id or one of its names, however written.
    pub fn find(&self, name: &str) -> Result<Option<Match>, GuideError> {
        for (_, generation) in self.sources()? {
            let (index, ids) = self.index(generation)?;
            if let Some((row, matched_by)) = index.find_name(name) {
                let key = EpgKey { generation, channel: row };
                return Ok(Some(Match { key, guide_id: ids.get(&row).cloned().unwrap_or_default(), matched_by }));
            }
        }
        Ok(None)
    }

    fn index(&self, generation: i64) -> Result<(GuideIndex, HashMap<i64, String>), GuideError> {
        let mut index = GuideIndex::default();
        let mut ids = HashMap::new();
        let mut statement =
            self.connection.prepare(&format!("SELECT id, key, names FROM channel_{generation} ORDER BY id"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, key, names): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            index.add(id, &key, names.split('\n').filter(|name| !name.is_empty()));
            ids.insert(id, key);
        }
        Ok((index, ids))
    }

    /// What is on at `at`, for each key in turn. A guide that was replaced meanwhile has nothing.
    pub fn now_next(&self, keys: &[EpgKey], at: UtcMs) -> Result<Vec<NowNext>, GuideError> {
        keys.iter()
            .map(|key| {
                let now = self.one(
                    key,
                    "start <= ?2 AND start > ?3 AND stop > ?2 ORDER BY start DESC LIMIT 1",
                    at.0,
                    at.plus(-MAX_PROGRAMME_MS).0,
                )?;
                let next = self.one(
                    key,
                    "start > ?2 AND start < ?3 ORDER BY start LIMIT 1",
                    at.0,
                    at.plus(MAX_PROGRAMME_MS).0,
                )?;
                Ok(NowNext { now, next })
            })
            .collect()
    }

    fn one(&self, key: &EpgKey, condition: &str, first: i64, second: i64) -> Result<Option<Programme>, GuideError> {
        let sql = select(key.generation, condition);
        let mut statement = match self.connection.prepare_cached(&sql) {
            Err(e) if missing_table(&e) => return Ok(None),
            other => other?,
        };
        Ok(statement.query_row(params![key.channel, first, second], programme).optional()?)
    }

    /// Every programme that touches `from..to`, in order.
    pub fn day(&self, key: &EpgKey, from: UtcMs, to: UtcMs) -> Result<Vec<Programme>, GuideError> {
        let sql = select(key.generation, "start < ?3 AND start > ?4 AND stop > ?2 ORDER BY start");
        let mut statement = match self.connection.prepare_cached(&sql) {
            Err(e) if missing_table(&e) => return Ok(Vec::new()),
            other => other?,
        };
        let earliest = from.plus(-MAX_PROGRAMME_MS).0;
        let rows = statement.query_map(params![key.channel, from.0, to.0, earliest], programme)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn select(generation: i64, condition: &str) -> String {
    format!("SELECT {COLUMNS} FROM programme_{generation} WHERE channel = ?1 AND {condition}")
}
