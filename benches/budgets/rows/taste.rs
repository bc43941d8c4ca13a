//! How well what is offered next hits, by the protocol of `learning::evaluate`: leave-last-out on generated learners whose
//! tastes are known. Beside it what everybody takes, and chance.

use std::path::Path;

use jinse_xuetang::learning::evaluate;

use crate::{
    streams::Streams,
    table::{Figures, Table, Unit},
};

const COURSES: usize = 1_200;
const LEARNERS: usize = 1_000;
const SEED: u64 = 2026;

pub fn taste(_: &Streams, _: &Path, table: &mut Table) {
    let found = evaluate::recall(COURSES, LEARNERS, SEED);
    for (way, hits) in [("ours", found.ours), ("what is popular", found.popular), ("at random", found.random)] {
        let what = format!("recall@{}, {} generated learners, {way}", evaluate::OFFERED, found.learners);
        table.row(&what, "–", Figures::ours(Ok(hits as f64 / 10.0), Unit::Percent));
    }
}
