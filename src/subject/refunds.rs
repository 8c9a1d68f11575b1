//! Charges that may still be given back.
//!
//! A refund leaves a rate as it would be had the request never been charged. Where units come back with time that is
//! less than was charged as soon as the rate would have been full in between: so each charge remembers what was in
//! use before it, and what is given back is no more than the least of that over the later ones. Lost with memory:
//! then nothing is given back.

use crate::bounds::MAX_REFUNDABLE;
use crate::lease::LeaseId;
use crate::time::UnixMillis;

/// The latest charges of a rate, in their order. None while none may be given back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Refunds(Vec<Charge>);

/// One charge, in the measure of its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Charge {
    /// To whom it may be given back.
    request: Option<LeaseId>,
    at: UnixMillis,
    amount: u128,
    /// What was in use before.
    before: u128,
}

impl Refunds {
    /// Whether any charge is remembered. To those another one matters that nobody may have back.
    pub(super) fn has_any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Notes a charge.
    pub(super) fn note(
        &mut self,
        request: Option<LeaseId>,
        at: UnixMillis,
        amount: u128,
        before: u128,
    ) {
        if self.0.len() >= MAX_REFUNDABLE {
            self.0.remove(0);
        }
        self.0.push(Charge {
            request,
            at,
            amount,
            before,
        });
    }

    /// Takes the charge of a request out of the history: when it was made, and how much of it is given back, `most` at
    /// most.
    pub(super) fn take(&mut self, request: LeaseId, most: u128) -> Option<(UnixMillis, u128)> {
        let is_it = |charge: &Charge| charge.request == Some(request);
        let at = self.0.iter().position(is_it)?;
        let charge = self.0.remove(at);
        let mut back = charge.amount.min(most);
        for later in self.0.iter_mut().skip(at) {
            back = back.min(later.before);
            later.before = later.before.saturating_sub(back);
        }
        Some((charge.at, back))
    }

    /// Forgets all: what was charged is under another rule now.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
