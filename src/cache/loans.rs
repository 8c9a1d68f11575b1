//! What has been lent to an isolate, and how much it asks for: as much as its own traffic needs.

use super::{Asked, Cache};
use crate::lease::LeaseId;
use crate::loan::{Lend, Loan, Unspent};
use crate::subject::{Decision, Outcome};
use crate::time::{Millis, UnixMillis};
use std::rc::Rc;

/// Entries per generation.
const MOST: usize = 1_024;

/// The loans of an isolate, by what they are for. One that is forgotten costs capacity until it ends, no more.
#[derive(Clone, Debug)]
pub struct Loans(Cache<Asked, Borrower>);

/// What a request finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A unit that was lent, and what is told of it. It is spent with that.
    Lent(Decision),
    /// Nothing, or so little that more is to be borrowed in time: the object is to be asked.
    Ask(Option<Lend>),
}

/// Requests that are alike.
#[derive(Clone, Debug)]
struct Borrower {
    /// Oldest first.
    loans: Vec<Lent>,
    /// Since when its requests are counted, and how many have come.
    since: UnixMillis,
    requests: u64,
    /// For how many it wanted to borrow last.
    wanted: u64,
    /// When somebody was sent to borrow who is not back yet. The others do not wait for it.
    sent: Option<UnixMillis>,
}

#[derive(Clone, Debug)]
struct Lent {
    loan: Loan,
    /// From before the object was called, so that the isolate's time is never behind the object's.
    since: UnixMillis,
    lasts: Millis,
    spent: u64,
    decision: Rc<Decision>,
}

impl Default for Loans {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl Loans {
    /// What there is for a request of `cost` at `now`. If the object is to be asked, then for loans that last `lasts`, and
    /// under the name `id`.
    pub fn find(
        &mut self,
        asked: &Asked,
        (id, cost): (LeaseId, u64),
        lasts: Millis,
        now: UnixMillis,
    ) -> Found {
        if let Some(borrower) = self.0.get_mut(asked) {
            return borrower.find((id, cost), lasts, now);
        }
        self.0.put(asked.clone(), Borrower::new(now));
        Found::Ask(None)
    }

    /// Remembers until [`Self::end`] what a decision lends that came of a call begun at `sent` for a request of `cost`. `None`
    /// if the call has failed. The object takes for spent what is left of earlier loans: the decision then tells that it is
    /// left, and a request that was refused for want of it passes with that.
    pub fn learn(
        &mut self,
        asked: &Asked,
        decision: Option<&mut Decision>,
        (cost, sent): (u64, UnixMillis),
        now: UnixMillis,
    ) {
        if let Some(borrower) = self.0.get_mut(asked) {
            borrower.sent = None;
            if let Some(decision) = decision {
                borrower.learn(decision, (cost, sent), now);
            }
        }
    }

    /// Ends a loan; what was not spent of it.
    pub fn end(&mut self, asked: &Asked, id: LeaseId, cost: u64) -> Option<Unspent> {
        let loans = &mut self.0.get_mut(asked)?.loans;
        let at = loans.iter().position(|lent| lent.loan.id == id)?;
        loans.remove(at).unspent(cost)
    }
}

impl Borrower {
    fn new(now: UnixMillis) -> Self {
        Self {
            loans: Vec::new(),
            since: now,
            requests: 1,
            wanted: 0,
            sent: None,
        }
    }

    fn find(&mut self, (id, cost): (LeaseId, u64), lasts: Millis, now: UnixMillis) -> Found {
        self.requests = self.requests.saturating_add(1);
        let is_away = self.sent.is_some_and(|sent| now.since(sent) < lasts);
        if (is_away || !self.is_short(now))
            && let Some(decision) = self.spend(cost, now)
        {
            return Found::Lent(decision);
        }
        if is_away {
            return Found::Ask(None);
        }
        let requests = self.wants(lasts, now);
        self.sent = Some(now);
        let lend = Lend {
            loan: id,
            requests,
            lasts,
        };
        Found::Ask((requests > 0).then_some(lend))
    }

    /// Whether no more than a quarter is left of the latest loan, and nothing of those before.
    fn is_short(&self, now: UnixMillis) -> bool {
        let mut alive = self.loans.iter().filter(|lent| lent.is_good(now));
        match (alive.next(), alive.next()) {
            (Some(lent), None) => lent.left() <= lent.loan.requests / 4,
            (_, None) => true,
            _ => false,
        }
    }

    /// For how many requests to borrow: as many as come within `lasts`, at the pace since this was last asked. No more than
    /// twice as many as the last time, so that a few at once are not taken for many.
    fn wants(&mut self, lasts: Millis, now: UnixMillis) -> u64 {
        let passed = u128::from(now.since(self.since).0.max(1));
        let scaled = u128::from(self.requests).saturating_mul(lasts.0.into());
        let pace = u64::try_from(scaled.checked_div(passed).unwrap_or(0)).unwrap_or(u64::MAX);
        // One request is no pace, unless the next comes as soon.
        let pace = if pace > 1 { pace } else { 0 };
        self.wanted = pace.min(self.wanted.saturating_mul(2).saturating_add(1));
        (self.since, self.requests) = (now, 0);
        self.wanted
    }

    fn learn(&mut self, decision: &mut Decision, (cost, sent): (u64, UnixMillis), now: UnixMillis) {
        match decision.outcome {
            Outcome::Admitted => {
                let loan = decision.loan.map(|loan| Lent::new(loan, sent, decision));
                let left = self.loans.iter().filter(|lent| lent.is_good(now));
                let left = left.fold(0, |sum: u64, lent| sum.saturating_add(lent.left()));
                decision.add(left.saturating_mul(cost));
                self.loans.extend(loan);
            }
            Outcome::NotYet(_) => {
                if let Some(left) = self.spend(cost, now) {
                    *decision = left;
                }
            }
            _ => {}
        }
    }

    fn spend(&mut self, cost: u64, now: UnixMillis) -> Option<Decision> {
        let lent = self.loans.iter_mut().find(|lent| lent.is_good(now))?;
        lent.spent = lent.spent.saturating_add(1);
        let passed = now.since(lent.since);
        let decision = lent
            .decision
            .spending(lent.spent.saturating_mul(cost), passed);
        Some(decision)
    }
}

impl Lent {
    fn new(loan: Loan, since: UnixMillis, decision: &Decision) -> Self {
        let early = (loan.lasts.0 / 16).max(1);
        Self {
            loan,
            since,
            lasts: Millis(loan.lasts.0.saturating_sub(early)),
            spent: 0,
            decision: Rc::new(decision.clone()),
        }
    }

    fn left(&self) -> u64 {
        self.loan.requests.saturating_sub(self.spent)
    }

    /// Whether there is something left to spend. A clock that has gone back tells nothing.
    fn is_good(&self, now: UnixMillis) -> bool {
        self.left() > 0 && now >= self.since && now.since(self.since) < self.lasts
    }

    fn unspent(&self, cost: u64) -> Option<Unspent> {
        let units = self.left().saturating_mul(cost);
        (units > 0).then_some(Unspent {
            loan: self.loan.id,
            units,
        })
    }
}
