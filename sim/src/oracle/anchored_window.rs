//! Anchored windows: the first unit after the end of one begins the next.

use super::{Admitted, Definition, first};

#[derive(Clone, Debug)]
pub(super) struct Anchored {
    units: u64,
    window: u64,
    /// What was admitted in the latest window.
    admitted: Vec<Admitted>,
}

impl Anchored {
    pub(super) fn new(units: u64, window: u64) -> Self {
        let admitted = Vec::new();
        Self {
            units,
            window,
            admitted,
        }
    }

    fn is_over(&self, now: u64) -> bool {
        let anchor = self.admitted.first();
        anchor.is_none_or(|(at, _)| now - at >= self.window)
    }
}

impl Definition for Anchored {
    fn copied(&self) -> Box<dyn Definition> {
        Box::new(self.clone())
    }

    fn most(&self) -> u64 {
        self.units
    }

    fn room(&self, now: u64) -> u64 {
        if self.is_over(now) {
            return self.units;
        }
        let used: u64 = self.admitted.iter().map(|one| one.1).sum();
        self.units.saturating_sub(used)
    }

    fn admit(&mut self, cost: u64, now: u64) {
        if self.is_over(now) {
            self.admitted.clear();
        }
        self.admitted.push((now, cost));
    }

    fn when(&self, units: u64, now: u64) -> Option<u64> {
        let ends = self.admitted.first().map(|(at, _)| at + self.window);
        first(ends.into_iter().collect(), now, |at| self.room(at) >= units)
    }
}
