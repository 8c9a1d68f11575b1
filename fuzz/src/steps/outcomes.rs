//! What becomes of requests, and what is done to the account from outside.

use super::super::Bytes;
use super::super::durable::Fault;
use super::super::limits::name;
use super::World;
use headgate::account::Order;
use headgate::object::Owner;
use headgate::subject::{Renewal, Settlement};
use headgate::time::{Millis, UnixMillis};

impl World {
    /// The end of a request, of which an object may or may not hear, once or again.
    pub(super) fn release(&mut self, bytes: &mut Bytes<'_>) {
        let (how, lease, clock) = (bytes.byte(), self.some_lease(bytes), self.clock());
        self.books.end(lease);
        match (how % 8, &mut self.cut_off) {
            (0, _) => {}
            (1, Some(old)) => {
                let now = self.now;
                old.step(Fault::BeforeWrite, |machine| machine.release(&[lease], now));
                self.cut_off.take_if(|old| old.memory.is_none());
            }
            _ => {
                self.object
                    .step(Fault::None, |machine| machine.release(&[lease], clock));
                self.books.released(lease);
            }
        }
    }

    /// A holder keeps its lease; or an old word of one that has ended arrives late.
    pub(super) fn renew(&mut self, bytes: &mut Bytes<'_>) {
        let (how, lease) = (bytes.byte(), self.some_lease(bytes));
        let incarnation = self.books.incarnation(lease);
        let renewal = Renewal {
            lane: name("lane"),
            lease,
            incarnation,
        };
        if let (0, Some(old)) = (how % 4, &mut self.cut_off) {
            let now = self.now;
            let (grant, _) = old.step(Fault::BeforeWrite, |machine| machine.renew(&renewal, now));
            self.books.renewed_elsewhere(lease, now, grant.flatten());
            self.cut_off.take_if(|old| old.memory.is_none());
            return;
        }
        let clock = self.clock();
        let (grant, _) = self
            .object
            .step(Fault::None, |machine| machine.renew(&renewal, clock));
        self.books.renewed(lease, clock, grant.flatten());
    }

    pub(super) fn settle(&mut self, bytes: &mut Bytes<'_>) {
        let (how, amount, request) = (bytes.byte(), bytes.byte(), self.some_lease(bytes));
        let amount = i64::from(amount % 6) - 2;
        let amount = amount.min(self.books.reserved_by(request));
        let settlement = Settlement {
            request,
            caps: if how & 1 == 0 {
                vec![(name("cap"), amount)]
            } else {
                Vec::new()
            },
            refund: how & 2 == 0,
        };
        let fault = match how >> 4 {
            0 => Fault::BeforeWrite,
            1 => Fault::AfterWrite,
            _ => Fault::None,
        };
        let clock = self.clock();
        let (done, is_written) = self
            .object
            .step(fault, |machine| ((), machine.settle(&settlement, clock)));
        if is_written && !settlement.caps.is_empty() {
            self.books.settle(request, amount);
        }
        match done {
            Some(()) if settlement.refund => self.books.refund(request),
            Some(()) => {}
            None => self.forgotten(),
        }
        self.caps_are_exact();
    }

    pub(super) fn operate(&mut self, bytes: &mut Bytes<'_>) {
        let (what, number, clock) = (bytes.byte(), bytes.byte(), self.clock());
        let seconds = (self.now.0 / 1_000) + u64::from(number) / 8;
        let settled = number % 8;
        let (method, path, body) = match what % 6 {
            0 => (
                "PUT",
                "suspension",
                format!(r#"{{"until":{seconds},"reason":"r"}}"#),
            ),
            1 => ("DELETE", "suspension", String::new()),
            2 => ("PUT", "plan", r#"{"access_status":"past_due"}"#.to_owned()),
            3 => ("PUT", "plan", r#"{"access_status":"active"}"#.to_owned()),
            4 => (
                "PUT",
                "caps/cap",
                format!(r#"{{"settled":{settled},"older_than":"{number}ms"}}"#),
            ),
            _ => ("GET", "caps/cap", String::new()),
        };
        let order = Order {
            method: method.to_owned(),
            path: path.to_owned(),
            body,
            named: None,
        };
        let (reply, _) = self
            .object
            .step(Fault::None, |machine| machine.operate(&order, clock));
        let is_done = reply.is_some_and(|reply| reply.status == 200);
        assert!(is_done || path == "caps/cap" && method == "GET");
        let at = self.books.time(clock);
        match what % 6 {
            0 => self.books.suspended_until = UnixMillis(seconds * 1_000),
            1 => self.books.suspended_until = UnixMillis(0),
            2 => self.books.is_blocked = true,
            3 => self.books.is_blocked = false,
            4 => self
                .books
                .reconcile(settled.into(), Millis(number.into()), at),
            _ => {}
        }
        self.caps_are_exact();
    }

    /// What caps hold is exact whatever happened, as long as a request has met them.
    pub(super) fn caps_are_exact(&mut self) {
        let Some(machine) = self.object.memory.as_ref().filter(|_| self.books.has_cap()) else {
            return;
        };
        let order = Order {
            method: "GET".to_owned(),
            path: "caps/cap".to_owned(),
            body: String::new(),
            named: None,
        };
        let (reply, _) = machine.clone().operate(&order, UnixMillis(0));
        if reply.status == 200 {
            self.books.cap_says(&reply.body);
        }
    }
}
