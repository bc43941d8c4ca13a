//! After a guide's rows are written: repeats go, missing ends are found, and `start < stop` holds for every row. One
//! channel is in memory at a time.

use rusqlite::{Connection, OptionalExtension, params};

use super::{
    db::{COLUMNS, programme},
    error::GuideError,
    formats::Warnings,
    programme::Programme,
};

/// Without an end a programme lasts until the next one begins, if that is near enough to be the same broadcast day's.
const NEXT_WITHIN_MS: i64 = 6 * 3_600_000;
/// Otherwise it lasts this long: a guess that is seldom far off and never stands for hours.
const ELSE_LASTS_MS: i64 = 3_600_000;

#[derive(Debug, Default)]
pub(super) struct Settled {
    pub programmes: u64,
    pub first: Option<Programme>,
    pub last: Option<Programme>,
}

/// Builds the index by which everything is asked, then walks it channel by channel.
pub(super) fn settle(connection: &Connection, generation: i64, warnings: &mut Warnings) -> Result<Settled, GuideError> {
    let table = format!("programme_{generation}");
    connection
        .execute_batch(&format!("CREATE INDEX programme_by_time_{generation} ON {table}(channel, start, stop)"))?;
    let mut next_channel = connection.prepare(&format!("SELECT min(channel) FROM {table} WHERE channel > ?1"))?;
    let mut of_channel = connection
        .prepare(&format!("SELECT rowid, start, stop FROM {table} WHERE channel = ?1 ORDER BY start, rowid"))?;
    let mut set_stop = connection.prepare(&format!("UPDATE {table} SET stop = ?2 WHERE rowid = ?1"))?;
    let mut remove = connection.prepare(&format!("DELETE FROM {table} WHERE rowid = ?1"))?;

    let (mut programmes, mut repeated) = (0_u64, 0_u64);
    let mut first: Option<(i64, i64)> = None;
    let mut last: Option<(i64, i64)> = None;
    let mut channel = i64::MIN;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    while let Some(found) = next_channel.query_row([channel], |row| row.get::<_, Option<i64>>(0))? {
        channel = found;
        let rows: Vec<(i64, i64, i64)> = of_channel
            .query_map([channel], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let mut groups = rows.chunk_by(|a, b| a.1 == b.1).peekable();
        while let Some(same_start) = groups.next() {
            let Some(&(row, start, own_stop)) = same_start.first() else { continue };
            // Of several with one beginning the first stays, with the first end that any of them names.
            for (again, ..) in same_start.iter().skip(1) {
                remove.execute([again])?;
                repeated += 1;
            }
            let given = same_start.iter().map(|(_, _, stop)| *stop).find(|stop| *stop != 0);
            let next = groups.peek().and_then(|group| group.first()).map(|(_, start, _)| *start);
            let stop = given.unwrap_or_else(|| assumed_stop(start, next));
            if stop != own_stop {
                set_stop.execute([row, stop])?;
            }
            programmes += 1;
            first = first.into_iter().chain([(start, row)]).min();
            last = last.into_iter().chain([(stop, row)]).max();
        }
    }
    connection.execute_batch("COMMIT")?;
    if repeated > 0 {
        warnings.add_general(|| {
            format!("{repeated} programmes begin when another of their channel does; the first counts")
        });
    }
    let read = |row: Option<(i64, i64)>| -> Result<Option<Programme>, GuideError> {
        let Some((_, row)) = row else { return Ok(None) };
        let sql = format!("SELECT {COLUMNS} FROM {table} WHERE rowid = ?1");
        Ok(connection.query_row(&sql, params![row], programme).optional()?)
    };
    Ok(Settled { programmes, first: read(first)?, last: read(last)? })
}

/// When a programme without an end is taken to end.
fn assumed_stop(start: i64, next: Option<i64>) -> i64 {
    next.filter(|next| next - start <= NEXT_WITHIN_MS).unwrap_or(start + ELSE_LASTS_MS)
}
