//! Operations on an account, as its object does them.

use super::lately::Lately;
use super::{Account, Effect};
use crate::account::{Operation, Order, RefundId, Reply, object, quoted};
use crate::alert::Alerts;
use crate::bounds::FORGET_AFTER;
use crate::limit::{Name, Partition};
use crate::subject::Row;
use crate::time::UnixMillis;

impl Account {
    /// Does what an order says.
    pub(super) fn operated(&mut self, order: &Order, now: UnixMillis) -> (Reply, Vec<Effect>) {
        let operation = match Operation::read(order) {
            Ok(operation) => operation,
            Err(refused) => return (refused, Vec::new()),
        };
        let now = self.clock.advance(now);
        let (reply, row) = match &operation {
            Operation::Look => (self.look(), Row::Holds),
            Operation::Export => (self.export(), Row::Holds),
            Operation::Events => (self.events(), Row::Holds),
            Operation::SendAgain => self.send_again(),
            Operation::Usage(span) => (self.usage.report(span, now), Row::Holds),
            Operation::History => (self.usage.history(now), Row::Holds),
            Operation::Erase => return self.erased(),
            Operation::Reset(limit) => self.reset(limit, now),
            Operation::Refund {
                limit,
                partition,
                units,
                id,
            } => self.refund((limit, *partition), *units, *id, now),
            Operation::Cap(cap) => (self.cap_reply(cap), Row::Holds),
            Operation::Reconcile { cap, .. } if !self.has_room_for_cap(cap) => {
                let message = "The account's row has no room for another cap.";
                (Reply::error(409, "too_many", message), Row::Holds)
            }
            Operation::Reconcile {
                cap,
                settled,
                older_than,
            } => {
                let row = self.subject.reconcile(cap, *settled, *older_than, now);
                (self.cap_reply(cap), row)
            }
            operation => {
                let before = self.state.clone();
                let reply = self.state.operate(operation, now);
                let is_changed = self.state != before;
                if is_changed {
                    self.told(order, operation);
                }
                (reply, self.subject.due_if(is_changed))
            }
        };
        // What it changes may have kept the alarm from being set anew.
        self.turn = if row == Row::Due { 0 } else { self.turn };
        (reply, self.effects(row))
    }

    /// Gives back all units of a limit, in all its parts.
    fn reset(&mut self, limit: &Name, now: UnixMillis) -> (Reply, Row) {
        let Some(given) = self.subject.reset(limit, now) else {
            let message = "The account has met no limit of this name whose units could be given back. Slots of a lane come \
                           back when requests end, and a cap is reconciled.";
            return (Reply::error(404, "not_found", message), Row::Holds);
        };
        (given_back(limit, given), self.subject.due_if(true))
    }

    /// Gives back units of a limit, once: who says it again is told what it gave back the first time.
    fn refund(
        &mut self,
        (limit, partition): (&Name, Option<Partition>),
        units: u64,
        id: RefundId,
        now: UnixMillis,
    ) -> (Reply, Row) {
        if let Some(given) = self.state.refunded(id) {
            return (given_back(limit, given), Row::Holds);
        }
        let Some(given) = self.subject.refund(limit, partition, units, now) else {
            let message =
                "The account has met no rate or cap of this name, or not this part of it.";
            return (Reply::error(404, "not_found", message), Row::Holds);
        };
        self.state.remember(id, given);
        (given_back(limit, given), self.subject.due_if(true))
    }

    /// Erases what is known of the account; what was there, what stays, and when that goes.
    fn erased(&mut self) -> (Reply, Vec<Effect>) {
        let now = self.clock.now();
        let mut erased = self.state.erase(now);
        if self.subject.erase() {
            erased.push("caps");
        }
        if std::mem::take(&mut self.alerts) != Alerts::default() {
            erased.push("events");
        }
        if self.usage.erase(now) {
            erased.push("usage");
        }
        // In memory alone, and worth no row.
        self.lately = Lately::default();
        let row = self.subject.due_if(!erased.is_empty());
        let mut effects = self.effects(row);
        let mut until = None;
        if let Some(wait) = self.over_in().filter(|_| self.is_written()) {
            until = Some(now.after(wait).after(FORGET_AFTER));
            effects.push(self.alarm(FORGET_AFTER));
        }
        (self.erasure(&erased, until), effects)
    }

    fn cap_reply(&self, cap: &Name) -> Reply {
        let Some(state) = self.subject.cap_state(cap) else {
            return Reply::error(404, "not_found", "The account has met no cap of this name.");
        };
        Reply::ok(object(&[
            ("amount", state.amount.to_string()),
            ("settled", state.settled.to_string()),
            ("reserved", state.reserved.to_string()),
            ("open", state.open.to_string()),
        ]))
    }
}

fn given_back(limit: &Name, units: u64) -> Reply {
    Reply::ok(object(&[
        ("limit", quoted(Some(limit.as_str()))),
        ("given_back", units.to_string()),
    ]))
}
