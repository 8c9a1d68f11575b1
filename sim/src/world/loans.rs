//! Units that isolates spend by themselves.

use super::World;
use super::network::Purpose;
use super::request::lease;
use crate::client::Heard;
use crate::event::{Event, RequestId};
use crate::violation::{Held, hold};
use headgate::cache::{Asked, Found};
use headgate::lease::LeaseId;
use headgate::object::{Ask, Message};
use headgate::subject::{Decision, Outcome};

impl World {
    /// Spends a unit that an isolate has for a request, if it has one; else what it would have lent is put into the ask.
    pub(super) fn finds(
        &mut self,
        (isolate, object, policy): (usize, usize, usize),
        path: &str,
        ask: &mut Ask,
    ) -> Result<bool, crate::Violation> {
        let policy = &self.scenario.policies[policy];
        let tier = policy.tier(&ask.tier).filter(|_| ask.subject.is_none());
        let lasts = tier.and_then(|tier| policy.lends(tier, policy.route("GET", path)));
        let Some(lasts) = lasts else {
            return Ok(false);
        };
        let asked = Asked::of(&object.to_string(), ask);
        let now = self.isolates[isolate].clock(self.now);
        let which = (lease(self.last_request), ask.cost);
        match self.isolates[isolate].loans.find(&asked, which, lasts, now) {
            Found::Lent(decision) => {
                self.spends(object, ask, &decision)?;
                Ok(true)
            }
            Found::Ask(lend) => {
                ask.terms.lend = lend;
                Ok(false)
            }
        }
    }

    /// The isolate of a request hears of its decision, or that there is none; whether it has a unit for a request that was
    /// refused.
    pub(super) fn borrows(
        &mut self,
        id: RequestId,
        decision: Option<&Decision>,
    ) -> Result<bool, crate::Violation> {
        let Some(request) = self.requests.get_mut(&id) else {
            return Ok(false);
        };
        let (isolate, object, cost) = (request.isolate, request.object, request.ask.cost);
        let asked = Asked::of(&object.to_string(), &mut request.ask);
        let now = self.isolates[isolate].clock(self.now);
        let mut told = decision.cloned();
        let loans = &mut self.isolates[isolate].loans;
        loans.learn(&asked, told.as_mut(), (cost, request.sent), now);
        if let Some(loan) = decision.and_then(|it| it.loan) {
            let at = self.now + self.isolates[isolate].wait(loan.lasts.0);
            let (loan, asked) = (loan.id, Box::new(asked));
            let ends = Event::LoanEnds {
                isolate,
                object,
                loan,
                asked,
                cost,
            };
            self.queue.push(at, ends);
        }
        let is_refused = decision.is_some_and(|it| it.outcome != Outcome::Admitted);
        let Some(told) = told.filter(|it| is_refused && it.outcome == Outcome::Admitted) else {
            return Ok(false);
        };
        let ask = request.ask.clone();
        self.spends(object, &ask, &told)?;
        Ok(true)
    }

    /// Notes what an object lends. What is lent twice under one name is over with the first.
    pub(super) fn lends(&mut self, object: usize, decision: &Decision) {
        if let Some(loan) = decision.loan {
            let over = self.now + loan.lasts.0;
            let known = self.lent.entry((object, loan.id)).or_insert(over);
            *known = over.min(*known);
        }
    }

    /// A loan has come to its end: what is left of it goes back.
    pub(super) fn loan_ends(
        &mut self,
        (isolate, object): (usize, usize),
        (asked, loan, cost): (&Asked, LeaseId, u64),
    ) -> Held {
        let Some(unspent) = self.isolates[isolate].loans.end(asked, loan, cost) else {
            return Ok(());
        };
        if !self.isolates[isolate].is_alive {
            return Ok(());
        }
        self.report.returned += unspent.units;
        let message = Message::GiveBack(vec![unspent]);
        self.say(
            isolate,
            object,
            Purpose::Tell { attempt: 1 },
            message,
            2_000,
        )
    }

    /// A unit is spent now, by the clock of the object that has lent it.
    fn spends(&mut self, object: usize, ask: &Ask, decision: &Decision) -> Held {
        let loan = decision.loan.map(|loan| (object, loan.id));
        let over = loan.and_then(|loan| self.lent.get(&loan));
        hold(over.is_some_and(|over| self.now < *over), || {
            format!("an isolate spends what object {object} has lent until {over:?}: {decision:?}")
        })?;
        self.report.lent += 1;
        self.report.admitted += 1;
        let clock = self.hosts[object].clock(self.now);
        self.rates.spend(object, ask, decision, clock.0)
    }

    /// A request that needs nobody's decision any more has passed.
    pub(super) fn passes(&mut self, client: usize) {
        self.hear(client, Heard::Passed);
    }
}
