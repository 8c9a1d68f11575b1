//! The live state of a rate and its write-ahead mark.

use super::machine::Row;
use super::refunds::Refunds;
use super::state::{State, Take};
use crate::lease::LeaseId;
use crate::limit::{Carry, Rate, Verdict};
use crate::time::{Millis, UnixMillis};

/// A rule with how far it is used, and the mark that its row holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Metered<R: Rate> {
    pub(super) rule: R,
    used: R::Used,
    /// No grant beyond this was made before the row was written, nor will be before the next row. The default while
    /// the row holds no mark under the present rule.
    mark: R::Used,
    refunds: Refunds,
}

impl<R: Rate> Metered<R> {
    /// A rate of which nothing is used and nothing is written.
    pub(super) fn fresh(rule: R) -> Self {
        Self {
            rule,
            used: R::Used::default(),
            mark: R::Used::default(),
            refunds: Refunds::default(),
        }
    }

    /// A rate that resumes at its mark: all that was reserved counts as used.
    pub(super) fn resumed(rule: R, mark: R::Used) -> Self {
        Self {
            rule,
            used: mark.clone(),
            mark,
            refunds: Refunds::default(),
        }
    }

    /// What a row is to keep. Once nothing is used that is nothing: the next grant lies beyond the mark, too, and writes.
    pub(super) fn kept(&self, now: UnixMillis) -> R::Used {
        let used = self.most_used();
        if self.matters(used, now) {
            used.clone()
        } else {
            R::Used::default()
        }
    }

    /// Takes over another rule. Units in use stay in use; see [`Carry`] for the two ways.
    pub(super) fn adopt(&mut self, rule: R, carry: Carry, now: UnixMillis) {
        if rule != self.rule {
            self.used = self.rule.carried(&self.used, &rule, now, carry);
            self.mark = R::Used::default();
            self.refunds.clear();
            self.rule = rule;
        }
    }

    /// What the row says is used, or what is if the row says less.
    fn most_used(&self) -> &R::Used {
        if self.rule.covers(&self.mark, &self.used) {
            &self.mark
        } else {
            &self.used
        }
    }
}

impl<R: Rate> State for Metered<R> {
    fn verdict(&self, take: &Take, now: UnixMillis) -> Verdict {
        self.rule.test(&self.used, take.cost, now)
    }

    #[inline]
    fn charge(&mut self, take: &Take, now: UnixMillis) -> Row {
        if take.cost > 0 && (take.refundable || self.refunds.has_any()) {
            self.note(take, now);
        }
        self.rule.charge(&mut self.used, take.cost, now);
        self.row()
    }

    fn reserve(&mut self, lead: u64, now: UnixMillis) {
        let units = lead.min(self.rule.most_reserved()).saturating_sub(1);
        self.mark = self.rule.ahead(&self.used, units, now);
    }

    fn refund(&mut self, request: LeaseId) {
        if let Some((at, amount)) = self.refunds.take(request, u128::MAX) {
            self.rule.refund(&mut self.used, amount, at);
        }
    }

    fn give(&mut self, units: u64, now: UnixMillis) -> u64 {
        let before = self.rule.in_use(&self.used, now);
        self.rule.give(&mut self.used, units, now);
        // The mark has to know: else memory loss would take it back.
        self.settle();
        before.saturating_sub(self.rule.in_use(&self.used, now))
    }

    fn lends_until(&self, now: UnixMillis, until: UnixMillis) -> UnixMillis {
        self.rule.lends_until(&self.used, now, until)
    }

    fn lendable(&self, now: UnixMillis, until: UnixMillis) -> u64 {
        self.rule.lendable(&self.used, now, until)
    }

    fn lend(&mut self, loan: LeaseId, units: u64, now: UnixMillis, until: UnixMillis) -> Row {
        let (amount, before) = self.rule.measure(&self.used, units, until);
        self.refunds.note(Some(loan), until, amount, before);
        self.rule.lend(&mut self.used, units, now, until);
        self.row()
    }

    fn give_back(&mut self, loan: LeaseId, units: u64) {
        let (most, _) = self.rule.measure(&self.used, units, UnixMillis(0));
        if let Some((at, amount)) = self.refunds.take(loan, most) {
            self.rule.refund(&mut self.used, amount, at);
        }
    }

    fn settle(&mut self) {
        self.mark = self.used.clone();
    }

    fn forget_refunds(&mut self) {
        self.refunds.clear();
    }

    fn forget_row(&mut self) {
        self.forget_refunds();
        self.mark = R::Used::default();
    }

    fn is_behind(&self, now: UnixMillis) -> bool {
        let is_beyond =
            self.rule.covers(&self.mark, &self.used) && !self.rule.covers(&self.used, &self.mark);
        is_beyond && self.matters(&self.mark, now)
    }

    fn is_full(&self, now: UnixMillis) -> bool {
        !self.matters(&self.used, now)
    }

    fn let_go_in(&self, now: UnixMillis) -> Option<Millis> {
        Some(self.rule.full_in(self.most_used(), now))
    }

    fn most(&self) -> u64 {
        self.rule.most()
    }

    fn in_use(&self, now: UnixMillis) -> u64 {
        self.rule.in_use(&self.used, now)
    }

    fn next(&self, now: UnixMillis) -> Millis {
        self.rule.test(&self.used, 1, now).wait()
    }

    fn full_in(&self, now: UnixMillis) -> Millis {
        self.rule.full_in(&self.used, now)
    }
}

impl<R: Rate> Metered<R> {
    /// Notes a charge that may be given back, or that matters to one that may.
    #[inline(never)]
    fn note(&mut self, take: &Take, now: UnixMillis) {
        let request = take.lease.filter(|_| take.refundable);
        if request.is_some() || self.refunds.has_any() {
            let (amount, before) = self.rule.measure(&self.used, take.cost, now);
            self.refunds.note(request, now, amount, before);
        }
    }

    /// Whether the mark in the row still holds.
    fn row(&self) -> Row {
        if self.rule.covers(&self.mark, &self.used) {
            Row::Holds
        } else {
            Row::Due
        }
    }

    /// Whether anything would be used at `now`.
    fn matters(&self, used: &R::Used, now: UnixMillis) -> bool {
        !self.rule.full_in(used, now).is_zero()
    }
}
