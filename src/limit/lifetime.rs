//! The lifetime limit: `N` units ever.
//!
//! With `n` units so far: a cost `c` passes if and only if `n + c <= N`; otherwise no wait helps. When nothing has
//! passed for `F`, the subject is forgotten and would begin anew: `F` is to be longer than what it stands for can live.
//!
//! At most `N` units pass as long as no pause between two of them reaches `F`. State: an instant and a count. Every
//! unit is written before it counts.
//!
//! Source: the definition itself.

use super::PerWindow;
use super::counted::Counted;
use super::rate::{Carry, Rate, Verdict, units};
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};

/// So many units ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lifetime {
    /// The units, and after which time without one the subject is forgotten.
    pub per: PerWindow,
}

impl Rate for Lifetime {
    /// The start is when the last unit passed.
    type Used = Counted;

    fn most(&self) -> u64 {
        self.per.units()
    }

    fn test(&self, used: &Counted, cost: u64, now: UnixMillis) -> Verdict {
        if cost == 0 || self.in_use(used, now).saturating_add(cost) <= self.per.units() {
            Verdict::Passes
        } else {
            Verdict::Never
        }
    }

    fn charge(&self, used: &mut Counted, cost: u64, now: UnixMillis) {
        if cost > 0 {
            let units = self.in_use(used, now).saturating_add(cost);
            *used = Counted { start: now, units };
        }
    }

    fn in_use(&self, used: &Counted, now: UnixMillis) -> u64 {
        if self.full_in(used, now).is_zero() {
            0
        } else {
            used.units
        }
    }

    fn full_in(&self, used: &Counted, now: UnixMillis) -> Millis {
        if used.units == 0 {
            return Millis(0);
        }
        used.start.after(self.per.window()).since(now)
    }

    fn ahead(&self, used: &Counted, units: u64, _: UnixMillis) -> Counted {
        let units = used.units.saturating_add(units);
        Counted { units, ..*used }
    }

    fn covers(&self, mark: &Counted, used: &Counted) -> bool {
        used.units == 0 || (mark.start >= used.start && mark.units >= used.units)
    }

    fn most_reserved(&self) -> u64 {
        1
    }

    /// None: each unit is written before it is spent.
    fn lendable(&self, _: &Counted, _: UnixMillis, _: UnixMillis) -> u64 {
        0
    }

    fn lend(&self, used: &mut Counted, units: u64, now: UnixMillis, _: UnixMillis) {
        self.charge(used, units, now);
    }

    /// When the subject is forgotten, so is what may be given back: nothing is in use then.
    fn measure(&self, used: &Counted, cost: u64, now: UnixMillis) -> (u128, u128) {
        (cost.into(), self.in_use(used, now).into())
    }

    fn refund(&self, used: &mut Counted, amount: u128, _: UnixMillis) {
        used.units = used.units.saturating_sub(units(amount));
    }

    fn carried(&self, used: &Counted, to: &Self, now: UnixMillis, carry: Carry) -> Counted {
        let units = match carry {
            Carry::Whole => self.in_use(used, now),
            Carry::UpToMost => self.in_use(used, now).min(to.per.units()),
        };
        Counted { units, ..*used }
    }
}
