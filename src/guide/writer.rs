//! Writes one generation of a guide in batches, each a transaction of its own, so that the log stays small and a stop
//! is heeded soon. Nobody sees these rows before `db` switches to them.

use std::{
    collections::HashMap,
    io::Read,
    sync::atomic::{AtomicBool, Ordering},
};

use rusqlite::{Connection, Statement, params};

use super::{
    db::ImportOptions,
    error::GuideError,
    formats::{
        Warnings,
        guide::{Reading, read_guide},
        xmltv::{Ending, GuideChannel, GuideProgramme, Item},
    },
    series,
};

/// Rows in one transaction: large enough to be fast, small enough that the log stays below a few megabytes.
const BATCH_ROWS: u32 = 10_000;
/// Two and a half times the largest guide known.
const MAX_PROGRAMMES: u64 = 5_000_000;
const MAX_GUIDE_CHANNELS: usize = 200_000;
/// Fourteen days of one programme a minute; what exceeds it is no guide.
const MAX_PER_CHANNEL: u32 = 20_000;

/// Writes one generation in batches.
pub(super) struct Writer<'c> {
    connection: &'c Connection,
    insert_programme: Statement<'c>,
    insert_channel: Statement<'c>,
    name_channel: Statement<'c>,
    /// Guide id → row, programmes, whether it has names.
    channels: HashMap<String, Known>,
    rows: u64,
    in_batch: u32,
    cancel: &'c AtomicBool,
}

struct Known {
    row: i64,
    programmes: u32,
    named: bool,
}

impl<'c> Writer<'c> {
    /// How the document ended, and how many channels it has.
    pub(super) fn write(
        connection: &'c Connection,
        generation: i64,
        reader: impl Read,
        options: &'c ImportOptions,
        warnings: &mut Warnings,
    ) -> Result<(Ending, u64), GuideError> {
        connection.execute_batch(&format!(
            "CREATE TABLE channel_{generation}(id INTEGER PRIMARY KEY, key TEXT NOT NULL, names TEXT NOT NULL);
             CREATE TABLE programme_{generation}(
                 channel INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
                 title TEXT NOT NULL, description TEXT, catchup_id TEXT);"
        ))?;
        let mut writer = Self {
            connection,
            insert_programme: connection
                .prepare(&format!("INSERT INTO programme_{generation} VALUES(?1,?2,?3,?4,?5,?6)"))?,
            insert_channel: connection.prepare(&format!("INSERT INTO channel_{generation} VALUES(?1,?2,?3)"))?,
            name_channel: connection.prepare(&format!("UPDATE channel_{generation} SET names=?2 WHERE id=?1"))?,
            channels: HashMap::new(),
            rows: 0,
            in_batch: 0,
            cancel: &options.cancel,
        };
        let mut dropped = Dropped::default();
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let reading =
            Reading { zone_offset_minutes: options.zone_offset_minutes, diyp_required: options.diyp_required };
        let ending = read_guide(reader, reading, warnings, &mut |item| match item {
            Item::Channel(channel) => writer.channel(channel, &mut dropped),
            Item::Programme(programme) => writer.programme(programme, &mut dropped),
        })?;
        connection.execute_batch("COMMIT")?;
        dropped.say(warnings);
        Ok((ending, writer.channels.len() as u64))
    }

    fn channel(&mut self, channel: GuideChannel, dropped: &mut Dropped) -> Result<(), GuideError> {
        let names = channel.names.join("\n");
        match self.channels.get_mut(&channel.id) {
            Some(known) if !known.named => {
                known.named = !names.is_empty();
                self.name_channel.execute(params![known.row, names])?;
            }
            Some(_) => dropped.channels_again += 1,
            None => {
                self.new_channel(channel.id, &names, dropped)?;
            }
        }
        self.step()
    }

    fn new_channel(
        &mut self,
        id: String,
        names: &str,
        dropped: &mut Dropped,
    ) -> Result<Option<&mut Known>, GuideError> {
        if self.channels.len() >= MAX_GUIDE_CHANNELS {
            dropped.channels_over += 1;
            return Ok(None);
        }
        let row = self.channels.len() as i64 + 1;
        self.insert_channel.execute(params![row, id, names])?;
        Ok(Some(self.channels.entry(id).or_insert(Known { row, programmes: 0, named: !names.is_empty() })))
    }

    fn programme(&mut self, programme: GuideProgramme, dropped: &mut Dropped) -> Result<(), GuideError> {
        if self.rows >= MAX_PROGRAMMES {
            dropped.programmes_over += 1;
            return Ok(());
        }
        let GuideProgramme { channel, start, stop, title, description, subtitle, episode, catchup_id, .. } = programme;
        let description = series::described(episode.as_deref(), subtitle.as_deref(), description.as_deref());
        let known = match self.channels.get_mut(&channel) {
            Some(known) => Some(known),
            None => self.new_channel(channel, "", dropped)?,
        };
        let Some(known) = known else { return Ok(()) };
        if known.programmes >= MAX_PER_CHANNEL {
            dropped.programmes_over += 1;
            return Ok(());
        }
        known.programmes += 1;
        let row = known.row;
        // A missing end is zero until all beginnings are known.
        let stop = stop.map_or(0, |stop| stop.0);
        self.insert_programme.execute(params![row, start.0, stop, title, description, catchup_id])?;
        self.rows += 1;
        self.step()
    }

    fn step(&mut self) -> Result<(), GuideError> {
        self.in_batch += 1;
        if self.in_batch >= BATCH_ROWS {
            self.in_batch = 0;
            self.connection.execute_batch("COMMIT")?;
            if self.cancel.load(Ordering::Relaxed) {
                return Err(GuideError::Cancelled);
            }
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
        }
        Ok(())
    }
}

/// Counted rather than said one by one.
#[derive(Default)]
struct Dropped {
    channels_over: u64,
    channels_again: u64,
    programmes_over: u64,
}

impl Dropped {
    fn say(&self, warnings: &mut Warnings) {
        for (count, what) in [
            (self.channels_over, "channels over the limit of 200,000; ignored"),
            (self.channels_again, "channels described again; the first description counts"),
            (self.programmes_over, "programmes over the limit of 20,000 a channel and 5 million in all; ignored"),
        ] {
            if count > 0 {
                warnings.add_general(|| format!("{count} {what}"));
            }
        }
    }
}
