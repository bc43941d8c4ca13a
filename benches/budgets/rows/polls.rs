//! How many boxes ask in one second, of a million, by simulation: no packet is sent.

use std::path::Path;

use jinse_xuetang::schedule::Manner;

use crate::{
    polls_model::{Case, peaks},
    streams::Streams,
    table::{Figures, Table, Unit},
};

const BOXES: usize = 1_000_000;

pub fn polls(_: &Streams, _: &Path, table: &mut Table) {
    let all_hold = Case { manner: Manner::Fleet, empty: 0.0, server_from_s: 0.0 };
    let cases = [
        ("all have a copy", all_hold),
        ("one in fifty has none", Case { manner: Manner::Fleet, empty: 0.02, server_from_s: 0.0 }),
        (
            "one in fifty has none, server away for an hour",
            Case { manner: Manner::Fleet, empty: 0.02, server_from_s: 3600.0 },
        ),
        ("for comparison: without spreading", Case { manner: Manner::Eager, empty: 0.0, server_from_s: 0.0 }),
    ];
    for (what, case) in cases {
        let (first, later) = peaks(BOXES, &case);
        let row = |when: &str| format!("a million boxes after a power cut, {what}: highest rate of polls, {when}");
        table.row(&row("first 75 minutes"), "–", Figures::ours(Ok(f64::from(first)), Unit::Rate));
        table.row(&row("rest of the day"), "–", Figures::ours(Ok(f64::from(later)), Unit::Rate));
    }
}
