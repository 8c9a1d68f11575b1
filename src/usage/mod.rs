//! What an account has used: requests admitted and denied, and units spent, by minute, hour and day.
//!
//! No decision depends on it. It rides in the row that is written anyway, so a crash costs what was counted since the last
//! row, and refusals, which write none, last as long as memory does unless something is admitted after them.

mod counts;
mod lent;
mod report;
mod series;

pub use counts::Counts;
pub use series::{DayUse, Series, Use};

use crate::limit::Name;
use crate::loan::{Loan, Unspent};
use crate::subject::{Decision, Denied, Outcome};
use crate::time::{Millis, UnixMillis};
use lent::Lent;
use std::fmt;

/// Milliseconds of each.
const MINUTE: u64 = 60_000;
const HOUR: u64 = 3_600_000;

/// What is counted of one account.
#[derive(Clone, Default)]
pub struct Usage {
    /// Counted within the minute that ends then, and not in the series yet.
    running: Counts,
    ends: UnixMillis,
    series: Series,
    lent: Lent,
}

/// A machine that has counted is the same as before, and prints the same: a search through all states knows them by how
/// they print.
impl fmt::Debug for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Usage").finish_non_exhaustive()
    }
}

impl PartialEq for Usage {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Usage {}

impl Usage {
    /// Goes on from what a row kept.
    #[must_use]
    pub fn resumed(series: Series) -> Self {
        Self {
            series,
            ..Self::default()
        }
    }

    /// Counts a decision on a demand of that cost, and what was lent with it. One that nothing could be decided on is
    /// none.
    pub fn note(&mut self, decision: &Decision, cost: u64) {
        self.turn(decision.now);
        let Some(denied) = decision.denied() else {
            return self.admit(decision, cost);
        };
        self.running.denied = self.running.denied.saturating_add(1);
        let refused_by = decision.refused_by().map(|it| &it.limit.name);
        self.series.deny(denied, refused_by, 1, decision.now);
    }

    fn admit(&mut self, decision: &Decision, cost: u64) {
        if decision.outcome == Outcome::Admitted {
            self.running.admit(1, cost);
            if let Some(loan) = &decision.loan {
                self.lend(loan, cost, decision.now);
            }
        }
    }

    /// What is lent counts as spent at once, as it does for its limits.
    fn lend(&mut self, loan: &Loan, cost: u64, now: UnixMillis) {
        let units = loan.requests.saturating_mul(cost);
        self.running.admit(loan.requests, units);
        self.lent.note(loan, cost, now);
    }

    /// Counts what an isolate refused by itself, by the limits that refused it.
    pub fn note_repeated(&mut self, repeated: &[(Name, u64)], now: UnixMillis) {
        if repeated.is_empty() {
            return;
        }
        self.turn(now);
        for (limit, times) in repeated {
            self.running.denied = self.running.denied.saturating_add(*times);
            self.series.deny(Denied::Quota, Some(limit), *times, now);
        }
    }

    /// Takes back what was not spent of loans: it counts as never lent, be it by now another minute.
    pub fn take_back(&mut self, unspent: &[Unspent], now: UnixMillis) {
        self.turn(now);
        for it in unspent {
            let (requests, units) = self.lent.take_back(it);
            self.settle(now);
            self.series.take_back(requests, units);
        }
    }

    /// Forgets all of it; whether there was anything.
    pub fn erase(&mut self, now: UnixMillis) -> bool {
        self.settle(now);
        let had_any = !self.series.days.is_empty();
        *self = Self::default();
        had_any
    }

    /// What a row is to keep, all that was counted by `now` in it.
    pub fn kept(&mut self, now: UnixMillis) -> &Series {
        self.settle(now);
        &self.series
    }

    /// Begins another minute if one has ended. `now` does not go back.
    #[inline]
    fn turn(&mut self, now: UnixMillis) {
        if now >= self.ends {
            self.settle(now);
        }
    }

    /// Puts what is running into the series.
    fn settle(&mut self, now: UnixMillis) {
        let running = std::mem::take(&mut self.running);
        let last = UnixMillis(self.ends.0.saturating_sub(1));
        self.series.add(&running, last);
        self.series.forget(now);
        let minute = now.0 / MINUTE;
        self.ends = UnixMillis(minute.saturating_mul(MINUTE)).after(Millis(MINUTE));
    }
}
