//! Windows that begin at some instant, and how many units each has had: what fixed and anchored ones share.
//!
//! A unit belongs to the window that it passes in, and comes back when that window ends. So the mark of such a window
//! is the window with more units, and holds until its end: the first grant of the next one is beyond it.

use super::rate::{Carry, Rate, Verdict, twentieth, units};
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A window and the units that passed in it. The default is no window yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// When the window began.
    pub start: UnixMillis,
    /// Units that passed in it.
    pub units: u64,
}

/// A rule of windows that begin at some instant.
pub trait Windowed: Clone + fmt::Debug + PartialEq + Eq {
    /// Units that may pass in one window.
    fn units(&self) -> u64;

    /// When the window that `now` lies in began, if `last` was the one before or is the same.
    fn start(&self, last: Counted, now: UnixMillis) -> UnixMillis;

    /// When a window that began at `start` ends.
    fn end(&self, start: UnixMillis) -> UnixMillis;

    /// The window that `now` lies in, with what passed in it.
    fn current(&self, last: Counted, now: UnixMillis) -> Counted {
        let start = self.start(last, now);
        let units = if start == last.start { last.units } else { 0 };
        Counted { start, units }
    }
}

/// The rate that such a rule makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows<W>(pub W);

impl<W: Windowed> Rate for Windows<W> {
    type Used = Counted;

    fn most(&self) -> u64 {
        self.0.units()
    }

    fn test(&self, used: &Counted, cost: u64, now: UnixMillis) -> Verdict {
        let current = self.0.current(*used, now);
        if cost == 0 || current.units.saturating_add(cost) <= self.0.units() {
            Verdict::Passes
        } else if cost > self.0.units() {
            Verdict::Never
        } else {
            Verdict::Waits(self.0.end(current.start).since(now))
        }
    }

    fn charge(&self, used: &mut Counted, cost: u64, now: UnixMillis) {
        if cost > 0 {
            let current = self.0.current(*used, now);
            let units = current.units.saturating_add(cost);
            *used = Counted { units, ..current };
        }
    }

    fn in_use(&self, used: &Counted, now: UnixMillis) -> u64 {
        self.0.current(*used, now).units
    }

    fn full_in(&self, used: &Counted, now: UnixMillis) -> Millis {
        let current = self.0.current(*used, now);
        if current.units == 0 {
            return Millis(0);
        }
        self.0.end(current.start).since(now)
    }

    fn ahead(&self, used: &Counted, units: u64, _: UnixMillis) -> Counted {
        let units = used.units.saturating_add(units);
        Counted { units, ..*used }
    }

    fn covers(&self, mark: &Counted, used: &Counted) -> bool {
        used.units == 0 || (mark.start == used.start && mark.units >= used.units)
    }

    fn most_reserved(&self) -> u64 {
        twentieth(self.0.units())
    }

    fn lends_until(&self, used: &Counted, now: UnixMillis, until: UnixMillis) -> UnixMillis {
        let end = self.0.end(self.0.current(*used, now).start);
        until.min(UnixMillis(end.0.saturating_sub(1)))
    }

    fn lendable(&self, used: &Counted, now: UnixMillis, _: UnixMillis) -> u64 {
        self.0.units().saturating_sub(self.in_use(used, now))
    }

    fn lend(&self, used: &mut Counted, units: u64, now: UnixMillis, _: UnixMillis) {
        self.charge(used, units, now);
    }

    /// With a window that has ended goes what may be given back of it: nothing is in use before the next one.
    fn measure(&self, used: &Counted, cost: u64, now: UnixMillis) -> (u128, u128) {
        let current = self.0.current(*used, now);
        (cost.into(), current.units.into())
    }

    fn refund(&self, used: &mut Counted, amount: u128, _: UnixMillis) {
        used.units = used.units.saturating_sub(units(amount));
    }

    fn carried(&self, used: &Counted, to: &Self, now: UnixMillis, carry: Carry) -> Counted {
        let current = self.0.current(*used, now);
        let units = match carry {
            Carry::Whole => current.units,
            Carry::UpToMost => current.units.min(to.0.units()),
        };
        let is_running = to.0.start(current, now) == current.start && to.0.end(current.start) > now;
        let start = if is_running {
            current.start
        } else {
            to.0.start(Counted::default(), now)
        };
        Counted { start, units }
    }
}
