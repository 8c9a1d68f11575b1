//! A sliding window by parts: the units of all parts that the window and the part of `t` touch are at most so many.
//! Parts are numbered; one is over when the next begins, but for the instant at its very end, which is still its own.

use super::{Definition, first};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub(super) struct Parts {
    units: u64,
    window: u64,
    part: u64,
    /// Units by the number of their part.
    admitted: BTreeMap<u64, u64>,
}

impl Parts {
    pub(super) fn new(units: u64, window: u64, parts: u64) -> Self {
        let mut part = window / parts;
        if part * parts < window {
            part += 1;
        }
        Self {
            units,
            window,
            part,
            admitted: BTreeMap::new(),
        }
    }

    /// The number of the part that ends at or after `at`.
    fn number(&self, at: u64) -> u64 {
        let whole = at / self.part;
        if whole * self.part == at {
            whole
        } else {
            whole + 1
        }
    }

    fn counts(&self, number: u64, now: u64) -> bool {
        number * self.part + self.window > now
    }
}

impl Definition for Parts {
    fn copied(&self) -> Box<dyn Definition> {
        Box::new(self.clone())
    }

    fn most(&self) -> u64 {
        self.units
    }

    fn room(&self, now: u64) -> u64 {
        let counting = self.admitted.iter().filter(|(n, _)| self.counts(**n, now));
        let used: u64 = counting.map(|(_, units)| units).sum();
        self.units.saturating_sub(used)
    }

    fn admit(&mut self, cost: u64, now: u64) {
        let (window, part) = (self.window, self.part);
        self.admitted.retain(|n, _| n * part + window > now);
        *self.admitted.entry(self.number(now)).or_default() += cost;
    }

    fn when(&self, units: u64, now: u64) -> Option<u64> {
        let ends = self.admitted.keys().map(|n| n * self.part + self.window);
        first(ends.collect(), now, |at| self.room(at) >= units)
    }
}
