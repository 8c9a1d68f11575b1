//! A log of the units that passed, by when they count from, run-length coded: what the sliding limits share.
//!
//! A unit that counts from `t` counts at `now` if and only if `now < t + W`. The log itself counts a unit from when it
//! passed; the sliding window from the end of its part of a window, so that there are few runs.
//!
//! Its mark is the log with one run more: units that may pass without another row, as if at the last instant at which
//! they may. So what memory loss may have granted counts from the write until a window after that instant.

use super::rate::{Carry, Rate, Verdict, lead_time, twentieth, units};
use super::row_bytes;
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fmt;

/// The units that passed, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Raw", into = "Raw")]
pub struct Log {
    runs: VecDeque<Run>,
    /// Units of all runs.
    held: u64,
    /// Units that ever passed: tells how far one log is ahead of another.
    total: u64,
}

/// Units that count from the same instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    from: UnixMillis,
    units: u64,
}

/// As it is written: each run by its distance from the one before.
#[derive(Serialize, Deserialize)]
struct Raw {
    total: u64,
    runs: Vec<(Millis, u64)>,
}

/// A rule that counts units in a log.
pub trait Logged: Clone + fmt::Debug + PartialEq + Eq {
    /// Units that may pass within any window.
    fn units(&self) -> u64;

    /// How long a unit counts.
    fn window(&self) -> Millis;

    /// When a unit that passes at `now` counts from: not before `now`, and for a later one not earlier.
    fn from(&self, now: UnixMillis) -> UnixMillis;
}

impl Log {
    /// Runs that are held: what a row with this log costs.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.runs.len()
    }

    /// Most bytes that its runs take in a row.
    #[must_use]
    pub fn row_bytes(&self) -> u64 {
        let mut before = UnixMillis(0);
        let mut bytes = 0_u64;
        for (from, units) in self.iter() {
            let distance = row_bytes(from.since(before).0);
            bytes = bytes
                .saturating_add(distance)
                .saturating_add(row_bytes(units));
            before = from;
        }
        bytes
    }

    /// Since when units count, and how many, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (UnixMillis, u64)> {
        self.runs.iter().map(|run| (run.from, run.units))
    }

    /// Runs that no longer count, and units that still do.
    fn counted(&self, window: Millis, now: UnixMillis) -> (usize, u64) {
        let (mut gone, mut units) = (0_usize, self.held);
        for run in &self.runs {
            if run.from.after(window) > now {
                break;
            }
            gone = gone.saturating_add(1);
            units = units.saturating_sub(run.units);
        }
        (gone, units)
    }

    fn expire(&mut self, window: Millis, now: UnixMillis) {
        let (gone, units) = self.counted(window, now);
        self.runs.drain(..gone);
        self.held = units;
    }

    fn add(&mut self, from: UnixMillis, units: u64) {
        self.held = self.held.saturating_add(units);
        self.total = self.total.saturating_add(units);
        // After memory loss the last run may lie ahead.
        let at = self.runs.partition_point(|run| run.from <= from);
        let before = at.checked_sub(1).and_then(|at| self.runs.get_mut(at));
        match before {
            Some(run) if run.from == from => run.units = run.units.saturating_add(units),
            _ => self.runs.insert(at, Run { from, units }),
        }
    }

    /// Forgets the oldest until no more than `most` are held.
    fn cut(&mut self, most: u64) {
        while self.held > most {
            let excess = self.held.saturating_sub(most);
            let Some(oldest) = self.runs.front_mut() else {
                return;
            };
            let cut = oldest.units.min(excess);
            oldest.units = oldest.units.saturating_sub(cut);
            self.held = self.held.saturating_sub(cut);
            if oldest.units == 0 {
                self.runs.pop_front();
            }
        }
    }

    fn last(&self) -> UnixMillis {
        self.runs.back().map_or(UnixMillis(0), |run| run.from)
    }
}

/// When enough of the oldest units have gone that `lacking` more may pass.
fn free_at(log: &Log, gone: usize, lacking: u64, window: Millis) -> Option<UnixMillis> {
    let mut freed = 0_u64;
    for run in log.runs.iter().skip(gone) {
        freed = freed.saturating_add(run.units);
        if freed >= lacking {
            return Some(run.from.after(window));
        }
    }
    None
}

/// The rate that such a rule makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logs<L>(pub L);

impl<L: Logged> Rate for Logs<L> {
    type Used = Log;

    fn most(&self) -> u64 {
        self.0.units()
    }

    fn test(&self, used: &Log, cost: u64, now: UnixMillis) -> Verdict {
        if cost == 0 {
            return Verdict::Passes;
        }
        let (gone, counted) = used.counted(self.0.window(), now);
        let lacking = counted.saturating_add(cost).saturating_sub(self.0.units());
        if lacking == 0 {
            return Verdict::Passes;
        }
        if cost > self.0.units() {
            return Verdict::Never;
        }
        free_at(used, gone, lacking, self.0.window())
            .map_or(Verdict::Never, |at| Verdict::Waits(at.since(now)))
    }

    fn charge(&self, used: &mut Log, cost: u64, now: UnixMillis) {
        if cost > 0 {
            used.expire(self.0.window(), now);
            used.add(self.0.from(now), cost);
        }
    }

    fn in_use(&self, used: &Log, now: UnixMillis) -> u64 {
        used.counted(self.0.window(), now).1
    }

    fn full_in(&self, used: &Log, now: UnixMillis) -> Millis {
        let last = used.runs.back();
        last.map_or(Millis(0), |run| run.from.after(self.0.window()).since(now))
    }

    fn ahead(&self, used: &Log, units: u64, now: UnixMillis) -> Log {
        let mut mark = used.clone();
        if units > 0 {
            // What memory loss or an earlier rule left may lie further ahead; grants are allowed until then.
            let last = self.0.from(now.after(lead_time(self.0.window())));
            mark.add(last.max(mark.last()), units);
        }
        mark
    }

    fn covers(&self, mark: &Log, used: &Log) -> bool {
        used.total <= mark.total && used.last() <= mark.last()
    }

    fn most_reserved(&self) -> u64 {
        twentieth(self.0.units())
    }

    fn lendable(&self, used: &Log, now: UnixMillis, _: UnixMillis) -> u64 {
        self.0.units().saturating_sub(self.in_use(used, now))
    }

    fn lend(&self, used: &mut Log, units: u64, now: UnixMillis, until: UnixMillis) {
        used.expire(self.0.window(), now);
        used.add(self.0.from(until), units);
    }

    fn fuller(&self, full: Millis, _: u64, now: UnixMillis) -> Millis {
        full.max(self.0.from(now).after(self.0.window()).since(now))
    }

    /// The total stays: the mark in the row counts the unit, and no later one may take its place there.
    fn refund(&self, used: &mut Log, amount: u128, at: UnixMillis) {
        let from = self.0.from(at);
        let Ok(at) = used.runs.binary_search_by_key(&from, |run| run.from) else {
            return;
        };
        if let Some(run) = used.runs.get_mut(at) {
            let back = run.units.min(units(amount));
            run.units = run.units.saturating_sub(back);
            used.held = used.held.saturating_sub(back);
            if run.units == 0 {
                used.runs.remove(at);
            }
        }
    }

    fn give(&self, used: &mut Log, units: u64, now: UnixMillis) {
        used.expire(self.0.window(), now);
        let left = used.held.saturating_sub(units);
        while used.held > left
            && let Some(latest) = used.runs.back_mut()
        {
            let back = latest.units.min(used.held.saturating_sub(left));
            latest.units = latest.units.saturating_sub(back);
            used.held = used.held.saturating_sub(back);
            if latest.units == 0 {
                used.runs.pop_back();
            }
        }
    }

    /// What no longer counts does not count again under a longer window: rows do not keep it.
    fn carried(&self, used: &Log, to: &Self, now: UnixMillis, carry: Carry) -> Log {
        let mut carried = used.clone();
        carried.expire(self.0.window(), now);
        if carry == Carry::UpToMost {
            carried.cut(to.0.units());
        }
        carried
    }
}

impl From<Raw> for Log {
    fn from(raw: Raw) -> Self {
        let (mut log, mut from) = (Self::default(), UnixMillis(0));
        for (distance, units) in raw.runs {
            from = from.after(distance);
            log.add(from, units);
        }
        log.total = raw.total;
        log
    }
}

impl From<Log> for Raw {
    fn from(log: Log) -> Self {
        let mut before = UnixMillis(0);
        let distance = |run: &Run| {
            let distance = run.from.since(before);
            before = run.from;
            (distance, run.units)
        };
        Self {
            total: log.total,
            runs: log.runs.iter().map(distance).collect(),
        }
    }
}
