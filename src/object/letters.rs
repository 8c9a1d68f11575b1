//! What an account's object tells without being asked, and when it is sent.

use super::{Account, Ask, Effect};
use crate::account::{Operation, Order, Reply};
use crate::alert::{EventId, Taken, What};
use crate::subject::{Decision, Outcome, Row};
use crate::time::UnixMillis;

impl Account {
    /// Looks at what is to be told after a decision. What was spent is written when the account falls quiet, and this with
    /// it; where nothing was spent the row is due.
    pub(super) fn watched(&mut self, ask: &Ask, decision: &Decision, row: Row) -> Row {
        let Some(alerting) = &ask.terms.alerting else {
            return row;
        };
        let is_new = (self.alerts).look(&decision.standings, alerting, self.clock.now());
        let is_spent = decision.outcome == Outcome::Admitted && ask.cost > 0;
        if is_new && !is_spent && row == Row::Holds {
            return self.subject.due_if(true);
        }
        row
    }

    /// Takes note of a change to the account that is to be told.
    pub(super) fn told(&mut self, order: &Order, operation: &Operation) {
        let Some(named) = &order.named else {
            return;
        };
        let now = self.clock.now();
        let what = match operation {
            Operation::Suspension(Some(it)) => What::Suspended {
                until: it.until,
                reason: it.reason.clone(),
            },
            Operation::Lift => What::Resumed,
            _ => return,
        };
        self.alerts.tell(named, what, now.0, now);
    }

    /// Takes note of how sending it ended. What has arrived goes with the row that is written when the account falls quiet,
    /// if one will be.
    pub(super) fn letter_sent(
        &mut self,
        id: EventId,
        taken: Taken,
        now: UnixMillis,
    ) -> Vec<Effect> {
        let now = self.clock.advance(now);
        self.alerts.sent(id, taken, now);
        if taken == Taken::Yes && self.subject.next_wake(now).is_some() {
            return Vec::new();
        }
        let row = self.subject.due_if(true);
        self.effects(row)
    }

    /// Sends all that waits or was given up again.
    pub(super) fn send_again(&mut self) -> (Reply, Row) {
        let now = self.clock.now();
        let before = self.alerts.outbox().clone();
        self.alerts.send_again(now);
        let row = self.subject.due_if(*self.alerts.outbox() != before);
        (self.events(), row)
    }

    /// What waits to be told and what was given up, oldest first.
    pub(super) fn events(&self) -> Reply {
        Reply::ok(self.alerts.outbox().as_json(self.clock.now()))
    }
}
