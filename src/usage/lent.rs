//! Loans that may still come back in part.

use crate::bounds::MAX_LOANS_COUNTED;
use crate::lease::LeaseId;
use crate::loan::{Loan, Unspent};
use crate::time::UnixMillis;

/// What is out on loan, in memory alone: of what is not known nothing is taken off.
#[derive(Clone, Debug, Default)]
pub(super) struct Lent(Vec<Out>);

#[derive(Clone, Debug)]
struct Out {
    loan: LeaseId,
    requests: u64,
    cost: u64,
    until: UnixMillis,
}

impl Lent {
    /// Notes a loan for requests of that cost.
    pub(super) fn note(&mut self, loan: &Loan, cost: u64, now: UnixMillis) {
        self.0.retain(|out| out.until > now);
        if self.0.len() < MAX_LOANS_COUNTED {
            self.0.push(Out {
                loan: loan.id,
                requests: loan.requests,
                cost,
                // What is given back comes a moment after the loan's end.
                until: now.after(loan.lasts).after(loan.lasts),
            });
        }
    }

    /// Requests and units that were not spent of a loan: once, and no more than were lent.
    pub(super) fn take_back(&mut self, unspent: &Unspent) -> (u64, u64) {
        let at = self.0.iter().position(|out| out.loan == unspent.loan);
        let Some(out) = at.map(|at| self.0.swap_remove(at)) else {
            return (0, 0);
        };
        let requests = unspent.units.checked_div(out.cost).unwrap_or_default();
        let requests = requests.min(out.requests);
        (requests, requests.saturating_mul(out.cost))
    }
}
