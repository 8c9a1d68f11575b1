//! What isolates spend of what was lent to them, against what its limits mean.

use super::rates::Rates;
use crate::violation::{Held, hold};
use headgate::loan::Loan;
use headgate::object::Ask;
use headgate::subject::Decision;

impl Rates {
    /// Notes that an object lends, at an instant on its clock. What is lent twice under one name ends with the first.
    pub(super) fn lends(&mut self, object: usize, loan: Loan, now: u64) {
        let until = now + loan.lasts.0;
        let known = self.loans.entry((object, loan.id)).or_insert(until);
        *known = until.min(*known);
    }

    /// Holds a request that an isolate lets in with lent units against each limit. `clock` is the object's, on which the
    /// units count.
    ///
    /// # Errors
    ///
    /// Units beyond a limit.
    pub fn spend(&mut self, object: usize, ask: &Ask, told: &Decision, clock: u64) -> Held {
        let Some(loan) = told.loan else {
            return hold(false, || {
                format!("object {object} has lent nothing: {told:?}")
            });
        };
        let until = self.loans.get(&(object, loan.id)).copied();
        let until = until.unwrap_or_default();
        let since = until.saturating_sub(loan.lasts.0);
        for (standing, asked) in told.standings.iter().zip(&ask.limits) {
            let key = (object, ask.subject, asked.name.clone(), asked.partition);
            let Some(book) = self.books.get_mut(&key) else {
                return hold(false, || {
                    format!("limit {} lends what it has not met", asked.name)
                });
            };
            let now = clock.max(book.last);
            // A clock that has stepped ahead, or a rule that was lent under another one before.
            let is_past = now > until || book.is_blind;
            if is_past || book.rule != standing.limit.algorithm || since < book.since {
                self.unchecked += ask.cost;
                book.lose();
                continue;
            }
            let room = book.meaning.room(now);
            hold(ask.cost <= room, || {
                format!(
                    "an isolate spends {} units that limit {} of object {object} does not have, but {room}: {told:?}",
                    ask.cost, asked.name
                )
            })?;
            book.meaning.admit(ask.cost, now);
            book.last = now;
            self.checked += ask.cost;
        }
        Ok(())
    }
}
