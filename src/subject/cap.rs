//! What is settled of a cap, and the reservations of requests whose outcome is not known.
//!
//! All of it is in the row: a reservation counts from before its request is let in until its outcome is settled, or
//! somebody reconciles it, whatever becomes of memory.

use super::machine::Row;
use super::state::{State, Take};
use crate::bounds::MAX_RESERVATIONS;
use crate::lease::LeaseId;
use crate::limit::{Cap, Verdict};
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};

/// What counts under a cap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// What outcomes came to.
    pub settled: u64,
    /// Requests whose outcome is not known, the oldest first, [`MAX_RESERVATIONS`] at most.
    pub open: Vec<Reservation>,
}

/// What a request may come to at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// The request.
    pub request: LeaseId,
    /// How much; of 0 the outcome can only give something back.
    pub amount: u64,
    /// When it was let in.
    pub at: UnixMillis,
}

/// A rule with what counts under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reservations {
    rule: Cap,
    tally: Tally,
}

impl Tally {
    /// The sum of all that is reserved.
    #[must_use]
    pub fn reserved(&self) -> u64 {
        let amounts = self.open.iter().map(|open| open.amount);
        amounts.fold(0, u64::saturating_add)
    }

    fn taken(&self) -> u64 {
        self.settled.saturating_add(self.reserved())
    }

    /// Whether one more reservation has a place. One that can only give something back makes room.
    fn has_place(&self) -> bool {
        self.open.len() < MAX_RESERVATIONS || self.open.iter().any(|open| open.amount == 0)
    }
}

impl Reservations {
    pub(super) fn resumed(rule: Cap, tally: Tally) -> Self {
        Self { rule, tally }
    }

    pub(super) fn rule(&self) -> Cap {
        self.rule
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Takes over another rule. What counts stays.
    pub(super) fn adopt(&mut self, rule: Cap) {
        self.rule = rule;
    }

    pub(super) fn holds(&self, request: LeaseId) -> bool {
        self.tally.open.iter().any(|open| open.request == request)
    }

    /// Settles a reservation: its outcome came to `amount`, below zero if it gave something back. Whether there was
    /// one: settling again changes nothing.
    pub(super) fn settle(&mut self, request: LeaseId, amount: i64) -> bool {
        let open = &mut self.tally.open;
        let Some(at) = open.iter().position(|open| open.request == request) else {
            return false;
        };
        open.remove(at);
        self.tally.settled = self.tally.settled.saturating_add_signed(amount);
        true
    }

    /// Sets what is settled, if that is said, and drops the reservations made at `until` or earlier.
    pub(super) fn reconcile(&mut self, settled: Option<u64>, until: UnixMillis) {
        self.tally.settled = settled.unwrap_or(self.tally.settled);
        self.tally.open.retain(|open| open.at > until);
    }
}

impl State for Reservations {
    fn verdict(&self, take: &Take, _: UnixMillis) -> Verdict {
        let Some(amount) = take.reserve else {
            return Verdict::Passes;
        };
        let fits = |taken: u64| amount == 0 || taken.saturating_add(amount) <= self.rule.amount;
        match take.lease {
            // Who has no name cannot be settled.
            None => Verdict::Never,
            Some(request) if self.holds(request) => Verdict::Passes,
            Some(_) if !fits(self.tally.settled) => Verdict::Spent,
            Some(_) if fits(self.tally.taken()) && self.tally.has_place() => Verdict::Passes,
            Some(_) => Verdict::Waits(Cap::RETRY_AFTER),
        }
    }

    fn charge(&mut self, take: &Take, now: UnixMillis) -> Row {
        let (Some(amount), Some(request)) = (take.reserve, take.lease) else {
            return Row::Holds;
        };
        if self.holds(request) {
            return Row::Holds;
        }
        let open = &mut self.tally.open;
        if open.len() >= MAX_RESERVATIONS
            && let Some(at) = open.iter().position(|open| open.amount == 0)
        {
            open.remove(at);
        }
        open.push(Reservation {
            request,
            amount,
            at: now,
        });
        Row::Due
    }

    fn give(&mut self, units: u64, _: UnixMillis) -> u64 {
        let before = self.tally.settled;
        self.tally.settled = before.saturating_sub(units);
        before.min(units)
    }

    // The row is always exact.
    fn reserve(&mut self, _: u64, _: UnixMillis) {}

    fn settle(&mut self) {}

    fn forget_row(&mut self) {}

    fn is_behind(&self, _: UnixMillis) -> bool {
        false
    }

    fn is_full(&self, _: UnixMillis) -> bool {
        self.tally == Tally::default()
    }

    fn let_go_in(&self, now: UnixMillis) -> Option<Millis> {
        self.is_full(now).then_some(Millis(0))
    }

    fn most(&self) -> u64 {
        self.rule.amount
    }

    fn in_use(&self, _: UnixMillis) -> u64 {
        self.tally.taken()
    }

    // Time gives nothing back.
    fn next(&self, _: UnixMillis) -> Millis {
        Millis(0)
    }

    fn full_in(&self, _: UnixMillis) -> Millis {
        Millis(0)
    }
}
