//! Units that a subject lends.

use super::machine::{Row, Subject};
use crate::loan::{Lend, Loan, Unspent};
use crate::time::UnixMillis;

/// What is lent at once is no more than an eighth of what is left of any limit: others want to borrow, too, and the last
/// units are given out one by one.
const SHARE: u64 = 8;

impl Subject {
    /// Lends units of all limits of a demand that has just been charged `cost`. Nothing if one of them lends none, or if
    /// little is left of it.
    pub(super) fn lend(
        &mut self,
        places: &[usize],
        lend: Lend,
        cost: u64,
        now: UnixMillis,
        row: &mut Row,
    ) -> Option<Loan> {
        let meters = || places.iter().filter_map(|at| self.meters.get(*at));
        let until = meters().fold(now.after(lend.lasts), |until, meter| {
            meter.state().lends_until(now, until)
        });
        let left = meters().map(|meter| meter.state().lendable(now, until));
        let most = left.min()?.checked_div(cost.saturating_mul(SHARE))?;
        let requests = lend.requests.min(most);
        let units = requests.checked_mul(cost)?;
        let lasts = until.since(now);
        if requests == 0 || lasts.is_zero() {
            return None;
        }
        for at in places {
            if let Some(meter) = self.meters.get_mut(*at) {
                *row = row.or(meter.state_mut().lend(lend.loan, units, now, until));
            }
        }
        self.pace.lent(until);
        Some(Loan {
            id: lend.loan,
            requests,
            lasts,
        })
    }

    /// Takes back what was not spent of loans. What is said twice, or of a loan that is not remembered, changes nothing.
    pub fn take_back(&mut self, unspent: &[Unspent], now: UnixMillis) {
        self.pace.released(now);
        for it in unspent {
            for meter in &mut self.meters {
                meter.state_mut().give_back(it.loan, it.units);
            }
        }
    }
}
