//! One pattern over very many titles: bit-parallel matching on codes. Bit `j` of a state says that the first `j`
//! symbols have been met by units ending here; a unit moves all of them by a shift and a mask that was prepared for its
//! code. Finds all that `matching` finds; characters typed as such are checked there.

use super::{
    matching::Where,
    query::Pattern,
    readings::{Meaning, readings},
};

/// What a code's highest bit says in an index: a word begins here.
pub const WORD: u16 = 0x8000;
/// Symbols that fit into a state beside its bit 0.
const MOST: usize = 62;
/// Symbols that one unit may take: a syllable of six letters, and one too much.
const MOST_BY_ONE: usize = 8;

/// What a unit of one code does to a state.
#[derive(Clone, Copy, Default)]
struct Step {
    sure: Moves,
    /// With a slip in the spelling.
    slip: Moves,
}

#[derive(Clone, Copy, Default)]
struct Moves {
    /// The symbols at which it may begin to take: mostly none, and then nothing has to be shifted.
    from: u64,
    /// By how many symbols it takes: where they may end.
    by: [u64; MOST_BY_ONE],
}

pub struct Scan {
    steps: Vec<Step>,
    /// No unit takes more symbols than this.
    widest: usize,
    end: u64,
    slip: bool,
}

impl Scan {
    pub fn new(pattern: &Pattern, slip: bool) -> Self {
        let mut pattern = pattern.clone();
        // The rest of a longer query is `matching`'s to look at; a slip there could not be told from one before it.
        let slip = slip && pattern.len() <= MOST;
        pattern.symbols.truncate(MOST);
        let mut widest = 1;
        let steps = readings().meanings().iter().map(|meaning| step(&pattern, meaning, slip, &mut widest)).collect();
        Self { steps, widest, end: 1 << pattern.len(), slip }
    }

    /// Where in the title of these codes the pattern stands; none where it does not.
    pub fn look(&self, codes: &[u16]) -> Option<Where> {
        match (self.slip, self.widest) {
            (true, 1) => self.look_with(codes, |scan, codes, starts| scan.run_slip::<1>(codes, starts)),
            (true, _) => self.look_with(codes, |scan, codes, starts| scan.run_slip::<MOST_BY_ONE>(codes, starts)),
            (false, 1) => self.look_with(codes, |scan, codes, starts| scan.run::<1>(codes, starts)),
            (false, _) => self.look_with(codes, |scan, codes, starts| scan.run::<MOST_BY_ONE>(codes, starts)),
        }
    }

    fn look_with(
        &self,
        codes: &[u16],
        run: impl Fn(&Self, &[u16], fn(usize, u16) -> bool) -> Option<usize>,
    ) -> Option<Where> {
        run(self, codes, |_, _| true)?;
        if let Some(end) = run(self, codes, |i, _| i == 0) {
            return Some(if end == codes.len() { Where::Whole } else { Where::Prefix });
        }
        let word = run(self, codes, |_, code| code & WORD != 0);
        Some(if word.is_some() { Where::WordStart } else { Where::Inside })
    }

    fn step(&self, code: u16) -> &Step {
        const NOWHERE: Moves = Moves { from: 0, by: [0; MOST_BY_ONE] };
        static NONE: Step = Step { sure: NOWHERE, slip: NOWHERE };
        self.steps.get(usize::from(code & !WORD)).unwrap_or(&NONE)
    }

    /// How many units it takes until the pattern has ended; matches begin where `starts` says.
    #[inline(always)]
    fn run<const WIDEST: usize>(&self, codes: &[u16], starts: impl Fn(usize, u16) -> bool) -> Option<usize> {
        let mut state = 0_u64;
        for (i, code) in codes.iter().enumerate() {
            state |= u64::from(starts(i, *code));
            if state == 0 {
                continue;
            }
            state = moved::<WIDEST>(state, &self.step(*code).sure);
            if state & self.end != 0 {
                return Some(i + 1);
            }
        }
        None
    }

    #[inline(always)]
    fn run_slip<const WIDEST: usize>(&self, codes: &[u16], starts: impl Fn(usize, u16) -> bool) -> Option<usize> {
        let (mut state, mut slipped) = (0_u64, 0_u64);
        let (mut before, mut singles_before) = (0_u64, 0_u64);
        for (i, code) in codes.iter().enumerate() {
            let start = u64::from(starts(i, *code));
            state |= start;
            slipped |= start << 1;
            let step = self.step(*code);
            let next = moved::<WIDEST>(state, &step.sure);
            let swapped = (before << 2) & (step.sure.by[1] << 1) & singles_before;
            slipped = moved::<WIDEST>(slipped, &step.sure)
                | if WIDEST > 1 { moved::<WIDEST>(state, &step.slip) } else { 0 }
                | swapped
                | state << 1
                | state & !1
                | next << 1;
            if (next | slipped) & self.end != 0 {
                return Some(i + 1);
            }
            (before, singles_before) = (state, step.sure.by[1]);
            state = next;
        }
        None
    }
}

/// `WIDEST` is the most that a unit takes.
#[inline(always)]
fn moved<const WIDEST: usize>(state: u64, moves: &Moves) -> u64 {
    let mut next = (state << 1) & moves.by[1];
    if WIDEST > 1 {
        if state & moves.from == 0 {
            return 0;
        }
        for (count, mask) in moves.by.iter().enumerate().skip(2) {
            next |= (state << count) & mask;
        }
    }
    next
}

fn step(pattern: &Pattern, meaning: &Meaning, slip: bool, widest: &mut usize) -> Step {
    let mut step = Step::default();
    let mut mark = |moves: &mut Moves, at: usize, count: usize| {
        if let Some(mask) = moves.by.get_mut(count) {
            *mask |= 1 << (at + count);
            moves.from |= 1 << at;
            *widest = (*widest).max(count);
        }
    };
    for (at, symbol) in pattern.symbols.iter().enumerate() {
        if pattern.may_take(symbol, meaning) {
            mark(&mut step.sure, at, 1);
        }
        if symbol.spells {
            pattern.spelled(at, meaning, |count| mark(&mut step.sure, at, count));
            if slip {
                pattern.misspelled(at, meaning, |count| mark(&mut step.slip, at, count));
            }
        }
    }
    step
}
