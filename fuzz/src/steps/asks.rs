//! How requests are asked: of the instance that can write, of one that cannot, at once, again.

use super::super::Bytes;
use super::super::durable::Fault;
use super::super::limits::name;
use super::{ASKS, IS_TOLD, World, id};
use headgate::object::{Ask, Owner, Terms};
use headgate::subject::{Decision, Outcome};

impl World {
    pub(super) fn ask(&mut self, bytes: &mut Bytes<'_>) {
        let (how, cost, reserved) = (bytes.byte(), bytes.byte(), bytes.byte());
        let burst = self.books.least();
        let cost = match cost % 8 {
            0..4 => u64::from(cost % 4),
            4 | 5 => (burst * u64::from(cost >> 3)).div_ceil(31),
            _ => burst + u64::from(cost >> 7),
        };
        self.asked += 1;
        let lease = (how & 1 == 0).then(|| id(self.asked));
        let mut ask = self.asking(cost, lease);
        ask.terms = Terms {
            reserves: match reserved % 8 {
                0..4 => Vec::new(),
                amount => vec![(name("cap"), u64::from(amount - 4))],
            },
            refundable: self.is_refundable && how & 2 == 0,
            blocked: vec!["past_due".to_owned()],
            ..Terms::default()
        };
        let fault = match how >> 4 {
            0 => Fault::BeforeWrite,
            1 => Fault::AfterWrite,
            _ => Fault::None,
        };
        if (how >> 2) % 4 == 3 && self.cut_off.is_some() {
            self.ask_cut_off(&ask);
        } else {
            self.ask_live(&ask, fault);
        }
    }

    pub(super) fn ask_live(&mut self, ask: &Ask, fault: Fault) {
        let clock = self.clock();
        let mut made = None;
        let (told, is_written) = self.object.step(fault, |machine| {
            let (decision, effects) = machine.handle(ask, clock);
            made = Some(decision.clone());
            (decision, effects)
        });
        let made: Decision = made.unwrap();
        let is_admitted = made.outcome == Outcome::Admitted;
        if *IS_TOLD {
            println!("  {ask:?}, {fault:?}: {made:?}");
        }
        self.books.expect(ask, &made);
        if is_admitted && (is_written || told.is_some()) {
            self.books.reserve(ask, made.now);
            self.books.admit(ask, made.now, made.grant);
        }
        if let Some(decision) = told {
            self.books.stands(&decision);
        } else {
            // What is written counts, though nobody was told and nobody holds it.
            ask.lease.inspect(|lease| self.books.end(*lease));
            self.forgotten();
        }
        self.caps_are_exact();
    }

    /// The instance that cannot write decides as long as it need not.
    pub(super) fn ask_cut_off(&mut self, ask: &Ask) {
        let now = self.now;
        let Some(mut old) = self.cut_off.take() else {
            return;
        };
        let (told, _) = old.step(Fault::BeforeWrite, |machine| machine.handle(ask, now));
        self.cut_off = Some(old).filter(|old| old.memory.is_some());
        if let Some(decision) = told.filter(|told| told.outcome == Outcome::Admitted) {
            assert!(self.cut_off.is_some());
            assert!(
                ask.terms.reserves.is_empty() || ask.lease.is_none() || !self.books.has_cap(),
                "a reservation that no row holds"
            );
            self.books.admit(ask, decision.now, decision.grant);
        }
    }

    /// Many asks of one unit, so that marks go far ahead.
    pub(super) fn ask_at_once(&mut self, bytes: &mut Bytes<'_>) {
        for _ in 0..bytes.below(24) {
            if self.asked > ASKS {
                return;
            }
            self.asked += 1;
            let ask = self.asking(1, Some(id(self.asked)));
            self.ask_live(&ask, Fault::None);
        }
    }

    /// The same request once more.
    pub(super) fn ask_again(&mut self, bytes: &mut Bytes<'_>) {
        let lease = self.some_lease(bytes);
        if !self.books.holds(lease, self.clock()) {
            return;
        }
        let (ask, clock) = (self.asking(1, Some(lease)), self.clock());
        let (told, _) = self
            .object
            .step(Fault::None, |machine| machine.handle(&ask, clock));
        if let Some(told) = told.filter(|told| told.outcome == Outcome::Admitted) {
            self.books.renewed(lease, told.now, told.grant);
        }
    }
}
