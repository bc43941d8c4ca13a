//! Moving a focus over rows, columns and grids. Indices in, indices out; nothing knows what is focused.

/// Which way an arrow points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Up,
    Down,
    Left,
    Right,
}

impl Way {
    pub fn from_key(key: crate::remote::key::RemoteKey) -> Option<Self> {
        use crate::remote::key::RemoteKey::*;
        Some(match key {
            Up => Self::Up,
            Down => Self::Down,
            Left => Self::Left,
            Right => Self::Right,
            _ => return None,
        })
    }

    /// The direction as a unit step, x to the right and y down.
    pub fn step(self) -> (i8, i8) {
        match self {
            Self::Up => (0, -1),
            Self::Down => (0, 1),
            Self::Left => (-1, 0),
            Self::Right => (1, 0),
        }
    }
}

/// One step along a line of `len`; `None` at its ends, where the caller nudges or leaves.
pub fn along(index: usize, len: usize, forward: bool) -> Option<usize> {
    if forward { (index + 1 < len).then_some(index + 1) } else { index.checked_sub(1).filter(|i| *i < len) }
}

/// One step along a ring of `len`.
pub fn around(index: usize, len: usize, forward: bool) -> usize {
    if len == 0 {
        return 0;
    }
    if forward { (index + 1) % len } else { (index + len - 1) % len }
}

/// One step in a grid filled row by row with `columns` columns; `None` at an edge. A step down into a last row that
/// is shorter lands on its last cell.
pub fn in_grid(index: usize, len: usize, columns: usize, way: Way) -> Option<usize> {
    let columns = columns.max(1);
    if len == 0 {
        return None;
    }
    match way {
        Way::Left => (!index.is_multiple_of(columns)).then(|| index - 1),
        Way::Right => (index % columns + 1 < columns && index + 1 < len).then_some(index + 1),
        Way::Up => index.checked_sub(columns),
        Way::Down => {
            let last_line = (len - 1) / columns;
            (index / columns < last_line).then(|| (index + columns).min(len - 1))
        }
    }
}

/// The first of `visible` rows to show so that `focus` sits in the middle where the list allows it.
pub fn scroll(focus: usize, len: usize, visible: usize) -> usize {
    focus.saturating_sub(visible / 2).min(len.saturating_sub(visible))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn never_leaves_the_grid(len in 1usize..40, columns in 1usize..7, start in 0usize..40, ways in prop::collection::vec(0u8..4, 0..60)) {
            let mut at = start % len;
            for w in ways {
                let way = [Way::Up, Way::Down, Way::Left, Way::Right][w as usize];
                if let Some(next) = in_grid(at, len, columns, way) {
                    prop_assert!(next < len && next != at);
                    at = next;
                }
            }
        }

        #[test]
        fn the_focus_is_always_in_sight(len in 1usize..500, visible in 1usize..12, focus in 0usize..500) {
            let focus = focus % len;
            let top = scroll(focus, len, visible);
            prop_assert!(top <= focus && focus < top + visible);
            prop_assert!(top == 0 || top + visible <= len);
        }
    }

    #[test]
    fn a_ring_comes_round() {
        assert_eq!(around(5, 6, true), 0);
        assert_eq!(around(0, 6, false), 5);
        assert_eq!(around(3, 0, true), 0);
    }
}
