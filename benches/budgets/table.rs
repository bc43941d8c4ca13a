//! The table that is printed: one line a budget, with what mpv, gst-play and Kodi need beside it.

use std::fmt::Write as _;

use crate::Outcome;

#[derive(Clone, Copy)]
pub enum Unit {
    Ms,
    /// Of milliseconds, two places.
    Fine,
    Seconds,
    Mb,
    /// Processor seconds in ten seconds.
    Cpu,
    /// Share of one core.
    Core,
    /// Requests a second.
    Rate,
    /// Of a hundred.
    Percent,
}

impl Unit {
    fn of(self, value: f64) -> String {
        match self {
            Self::Ms => format!("{value:.0} ms"),
            Self::Fine => format!("{value:.2} ms"),
            Self::Seconds => format!("{value:.1} s"),
            Self::Mb => format!("{value:.0} MB"),
            Self::Cpu => format!("{value:.2} s in 10 s"),
            Self::Core => format!("{value:.2} % of a core"),
            Self::Rate => format!("{value:.0} a second"),
            Self::Percent => format!("{value:.1} %"),
        }
    }
}

/// What one row found: our own figure and those of the players beside it.
pub struct Figures {
    unit: Unit,
    ours: Outcome<f64>,
    /// More to say of our own figure.
    note: String,
    mpv: Option<Outcome<f64>>,
    gst_play: Option<Outcome<f64>>,
    kodi: Option<Outcome<f64>>,
}

impl Figures {
    pub fn ours(ours: Outcome<f64>, unit: Unit) -> Self {
        Self { unit, ours, note: String::new(), mpv: None, gst_play: None, kodi: None }
    }

    /// The median, with the 95th of a hundred beside it.
    pub fn spread(samples: Outcome<Samples>, unit: Unit) -> Self {
        let note = samples.as_ref().map_or(String::new(), |s| format!(" (p95 {})", unit.of(s.at(0.95))));
        Self { note, ..Self::ours(samples.map(|s| s.median()), unit) }
    }

    /// The 95th of a hundred, with the median beside it.
    pub fn slowest(samples: Outcome<Samples>, unit: Unit) -> Self {
        let note = samples.as_ref().map_or(String::new(), |s| format!(" (median {})", unit.of(s.median())));
        Self { note, ..Self::ours(samples.map(|s| s.at(0.95)), unit) }
    }

    pub fn mpv(mut self, theirs: Outcome<f64>) -> Self {
        self.mpv = Some(theirs);
        self
    }

    pub fn gst_play(mut self, theirs: Outcome<f64>) -> Self {
        self.gst_play = Some(theirs);
        self
    }

    pub fn kodi(mut self, theirs: Outcome<f64>) -> Self {
        self.kodi = Some(theirs);
        self
    }

    /// Their figure, and how many times theirs ours is.
    fn beside(&self, theirs: Option<&Outcome<f64>>) -> String {
        match (theirs, &self.ours) {
            (None, _) => "–".into(),
            (Some(Ok(theirs)), Ok(ours)) if *theirs > 0.0 => {
                format!("{} (we: {:.2} ×)", self.unit.of(*theirs), ours / theirs)
            }
            (Some(Ok(theirs)), _) => self.unit.of(*theirs),
            (Some(Err(why)), _) => format!("not measured: {why}"),
        }
    }
}

/// Sorted samples of one measurement.
#[derive(Clone)]
pub struct Samples(Vec<f64>);

impl Samples {
    pub fn new(mut all: Vec<f64>) -> Outcome<Self> {
        if all.is_empty() {
            return Err("nothing was measured".into());
        }
        all.sort_by(f64::total_cmp);
        Ok(Self(all))
    }

    pub fn at(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        // Nearest rank: with few samples the 95th of a hundred is simply the largest.
        let index = (share * last as f64).ceil() as usize;
        self.0.get(index.min(last)).copied().unwrap_or(f64::NAN)
    }

    pub fn median(&self) -> f64 {
        self.at(0.5)
    }
}

#[derive(Default)]
pub struct Table {
    lines: String,
}

impl Table {
    pub fn row(&mut self, what: &str, budget: &str, figures: Figures) {
        let ours = match &figures.ours {
            Ok(value) => format!("{}{}", figures.unit.of(*value), figures.note),
            Err(why) => format!("not measured: {why}"),
        };
        let [mpv, gst, kodi] = [&figures.mpv, &figures.gst_play, &figures.kodi].map(|f| figures.beside(f.as_ref()));
        let line = format!("| {what} | {budget} | {ours} | {mpv} | {gst} | {kodi} |\n");
        eprint!("{line}");
        self.take(&line);
    }

    /// Lines that another process of ours has measured, and said.
    pub fn take(&mut self, lines: &str) {
        self.lines += lines;
    }

    pub fn lines(&self) -> &str {
        &self.lines
    }

    pub fn markdown(&self) -> String {
        let now = jiff::Timestamp::now().strftime("%Y-%m-%d");
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cpu = read("/proc/cpuinfo");
        let cpu = cpu
            .lines()
            .find_map(|l| l.strip_prefix("model name"))
            .map_or("", |l| l.trim_start_matches([' ', '\t', ':']));
        let cores = std::thread::available_parallelism().map_or(0, |n| n.get());
        let load = read("/proc/loadavg");
        // The load of what is measured counts in it too: a run on a quiet machine of two cores ends at 1 to 2.
        let load = load.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
        let mut out = String::new();
        let _ = writeln!(out, "Measured {now} on {cores} cores of {cpu}, under Xvfb 1920×1080×24; load {load}.\n");
        let _ = writeln!(out, "| what | budget | measured | mpv, same run | gst-play, same run | Kodi, same run |");
        let _ = writeln!(out, "|---|---|---|---|---|---|\n{}", self.lines);
        out
    }
}
