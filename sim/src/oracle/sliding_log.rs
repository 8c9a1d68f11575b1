//! A sliding log: the units of `(t - W, t]` are at most so many.

use super::{Admitted, Definition, first};

#[derive(Clone, Debug)]
pub(super) struct Log {
    units: u64,
    window: u64,
    admitted: Vec<Admitted>,
}

impl Log {
    pub(super) fn new(units: u64, window: u64) -> Self {
        let admitted = Vec::new();
        Self {
            units,
            window,
            admitted,
        }
    }
}

impl Definition for Log {
    fn copied(&self) -> Box<dyn Definition> {
        Box::new(self.clone())
    }

    fn most(&self) -> u64 {
        self.units
    }

    fn room(&self, now: u64) -> u64 {
        let counts = |(at, _): &&Admitted| at + self.window > now;
        let used: u64 = self.admitted.iter().filter(counts).map(|one| one.1).sum();
        self.units.saturating_sub(used)
    }

    fn admit(&mut self, cost: u64, now: u64) {
        self.admitted.retain(|(at, _)| at + self.window > now);
        self.admitted.push((now, cost));
    }

    fn when(&self, units: u64, now: u64) -> Option<u64> {
        let turns = self.admitted.iter().map(|(at, _)| at + self.window);
        first(turns.collect(), now, |at| self.room(at) >= units)
    }
}
