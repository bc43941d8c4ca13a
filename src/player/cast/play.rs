//! When what a channel brings is due for one viewer. What it brings, and what of it is kept, is `channel`'s affair.

use super::channel::Unit;

/// When the units of a channel are due for one viewer, from the moment at which that viewer came.
#[derive(Clone, Debug, Default)]
pub struct Play {
    /// How far behind the others this viewer is, so that the first picture comes at once. None until it has come.
    behind_ns: Option<i64>,
    first_ns: i64,
    /// When the last picture is due: the next one never comes before it.
    last_ns: Option<i64>,
}

impl Play {
    /// Wait for the next place to begin.
    pub fn break_off(&mut self) {
        self.behind_ns = None;
    }

    pub fn has_begun(&self) -> bool {
        self.behind_ns.is_some()
    }

    /// When something beside picture and sound is due by our clock.
    pub fn due_beside(&self, present_ns: i64, offset_ns: i64) -> Option<i64> {
        Some(present_ns.saturating_add(offset_ns).saturating_add(self.behind_ns?))
    }

    /// Presentation and decoding time by our clock; none for what this viewer shall not get.
    pub fn due(&mut self, unit: &Unit, offset_ns: i64, now_ns: i64) -> Option<(i64, i64)> {
        let nominal = unit.present_ns.saturating_add(offset_ns);
        let behind = match self.behind_ns {
            Some(behind) => behind,
            None if unit.begins => {
                let earliest = self.last_ns.map_or(now_ns, |last| now_ns.max(last.saturating_add(1_000_000)));
                let behind = earliest.saturating_sub(nominal).max(0);
                self.behind_ns = Some(behind);
                self.first_ns = unit.present_ns;
                behind
            }
            None => return None,
        };
        // Pictures before the first refer to some that were never there; sound before it would hold the picture back.
        if unit.present_ns < self.first_ns {
            return None;
        }
        let present = nominal.saturating_add(behind);
        if self.last_ns.is_none_or(|last| last < present) {
            self.last_ns = Some(present);
        }
        Some((present, unit.decode_ns.saturating_add(offset_ns).saturating_add(behind)))
    }
}
