//! 我的兴趣.

use jinse_ui::{Bridge, InterestRow, InterestsData};

use super::{Lists, text};
use crate::{
    app::{
        Model, focus,
        screens::interests::{self, InterestsPage, ROWS, Row},
    },
    learning::taste::Liking,
};

pub fn show(bridge: &Bridge, lists: &Lists, model: &Model, page: &InterestsPage) {
    let rows = interests::rows(model);
    let at = interests::spot(page, rows.len());
    let top = focus::scroll(at, rows.len(), ROWS);
    let free = model.overlay.is_none();
    let shown = rows.iter().enumerate().skip(top).take(ROWS).map(|(i, row)| InterestRow {
        name: text(interests::name(row)),
        words: text(interests::words(row)),
        value: value(row),
        plain: !matches!(row, Row::Subject { .. }),
        focused: free && i == at,
    });
    lists.interests.show(shown.collect());
    let line = ["只记在这台电视上", interests::habit(model)].join("　");
    bridge.set_interests(InterestsData {
        line: text(line.trim_end_matches('　')),
        more_above: top > 0,
        more_below: top + ROWS < rows.len(),
    });
}

/// What the learner has said moves the bar as far as it moves the choice.
fn value(row: &Row) -> f32 {
    match row {
        Row::Subject { said: Some(Liking::Never), .. } => 0.0,
        Row::Subject { said: Some(Liking::Less), share, .. } => share * 0.3,
        Row::Subject { said: Some(Liking::More), share, .. } => (share + 0.4).min(1.0),
        Row::Subject { share, .. } => *share,
        Row::Declined(_) | Row::Forget => 0.0,
    }
}
