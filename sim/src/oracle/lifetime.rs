//! So many units ever, or since the last pause after which a subject is forgotten.

use super::{Admitted, Definition};

#[derive(Clone, Debug)]
pub(super) struct Life {
    units: u64,
    forget: u64,
    admitted: Vec<Admitted>,
}

impl Life {
    pub(super) fn new(units: u64, forget: u64) -> Self {
        let admitted = Vec::new();
        Self {
            units,
            forget,
            admitted,
        }
    }

    /// The last unit of the life that goes on at `now`.
    fn last(&self, now: u64) -> Option<u64> {
        let last = self.admitted.last().map(|one| one.0);
        last.filter(|at| now - at < self.forget)
    }
}

impl Definition for Life {
    fn copied(&self) -> Box<dyn Definition> {
        Box::new(self.clone())
    }

    fn most(&self) -> u64 {
        self.units
    }

    /// Back from now to the first pause that is long enough.
    fn room(&self, now: u64) -> u64 {
        let (mut later, mut used) = (now, 0);
        for (at, cost) in self.admitted.iter().rev() {
            if later - at >= self.forget {
                break;
            }
            later = *at;
            used += cost;
        }
        self.units.saturating_sub(used)
    }

    fn admit(&mut self, cost: u64, now: u64) {
        if self.last(now).is_none() {
            self.admitted.clear();
        }
        self.admitted.push((now, cost));
    }

    /// Nobody is told to wait until it is forgotten.
    fn when(&self, units: u64, now: u64) -> Option<u64> {
        (units <= self.room(now)).then_some(now)
    }

    fn full(&self, now: u64) -> u64 {
        self.last(now).map_or(now, |at| at + self.forget)
    }
}
