//! The table that is printed: one line a budget, with what mpv needs beside it.

use std::fmt::Write as _;

use crate::Outcome;

#[derive(Default)]
pub struct Table {
    lines: Vec<String>,
}

/// Sorted samples of one measurement.
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

impl Table {
    /// `value` in the unit that the budget is written in; the ratio is value to mpv's.
    pub fn row(&mut self, what: &str, budget: &str, value: Outcome<String>, mpv: Option<(Outcome<f64>, f64, &str)>) {
        let value = value.unwrap_or_else(|why| format!("not measured: {why}"));
        let (beside, ratio) = match mpv {
            None => ("–".into(), "–".into()),
            Some((Ok(theirs), ours, unit)) if theirs > 0.0 && ours.is_finite() => {
                (format!("{theirs:.0} {unit}"), format!("{:.2}", ours / theirs))
            }
            Some((Ok(theirs), _, unit)) => (format!("{theirs:.0} {unit}"), "–".into()),
            Some((Err(why), ..)) => (format!("not measured: {why}"), "–".into()),
        };
        let line = format!("| {what} | {budget} | {value} | {beside} | {ratio} |");
        eprintln!("{line}");
        self.lines.push(line);
    }

    pub fn markdown(&self) -> String {
        let mut out = String::new();
        let now = jiff::Timestamp::now().strftime("%Y-%m-%d");
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cpu = read("/proc/cpuinfo");
        let cpu = cpu
            .lines()
            .find_map(|l| l.strip_prefix("model name"))
            .map_or("", |l| l.trim_start_matches([' ', '\t', ':']));
        let cores = std::thread::available_parallelism().map_or(0, |n| n.get());
        let _ = writeln!(out, "Measured {now} on {cores} cores of {cpu}, under Xvfb 1920×1080×24, painted pictures.\n");
        let _ = writeln!(out, "| what | budget | measured | mpv, same run | ratio |\n|---|---|---|---|---|");
        for line in &self.lines {
            let _ = writeln!(out, "{line}");
        }
        out
    }
}
