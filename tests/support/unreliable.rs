//! An account's object on a platform at its worst: memory is lost, writes fail, answers do not arrive, clocks are
//! behind, and an instance that is cut off from storage goes on beside its successor.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "shared by test files"
)]

use crate::support::Random;
use crate::support::object::{Fault, Object};
use headgate::lease::{Grant, LeaseId};
use headgate::object::{Account, Ask, Owner};
use headgate::subject::{Decision, Renewal};
use headgate::time::UnixMillis;

/// What may go wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Chaos {
    /// Nothing.
    None,
    /// Memory is lost once in so many steps.
    Losses(u64),
    /// A second instance starts once in so many steps; the first goes on without storage.
    Instances(u64),
}

pub struct Unreliable {
    pub chaos: Chaos,
    pub random: Random,
    pub lost: u64,
    object: Object<Account>,
    cut_off: Option<Object<Account>>,
}

impl Unreliable {
    pub fn new(chaos: Chaos, random: Random) -> Self {
        Self {
            chaos,
            random,
            lost: 0,
            object: Object::new(),
            cut_off: None,
        }
    }

    /// Lets time pass, mostly with the wakes that fall due.
    pub fn rest(&mut self, now: UnixMillis) {
        if !self.random.one_in(8) {
            self.object.rest(now);
        }
        match self.chaos {
            Chaos::Losses(one_in) if self.random.one_in(one_in) => self.object.lose_memory(),
            Chaos::Instances(one_in) if self.random.one_in(one_in) => {
                self.cut_off = Some(self.object.clone()).filter(|old| old.memory.is_some());
                self.object.lose_memory();
            }
            _ => return,
        }
        self.lost += 1;
    }

    /// The decision, if the object answers and the answer arrives.
    pub fn ask(&mut self, ask: &Ask, now: UnixMillis) -> Option<Decision> {
        let now = self.clock(now);
        let decision = if self.reaches_cut_off() {
            let mut old = self.cut_off.take()?;
            let decision = old.ask_with_fault(ask, now, Fault::BeforeWrite);
            self.cut_off = Some(old).filter(|old| old.memory.is_some());
            decision
        } else if self.fails(25) {
            let faults = [Fault::BeforeWrite, Fault::AfterWrite];
            let fault = faults[usize::from(self.random.one_in(2))];
            self.object.ask_with_fault(ask, now, fault)
        } else {
            Some(self.object.ask(ask, now))
        };
        decision.filter(|_| !self.fails(20))
    }

    /// What the object says to a renewal, if it answers and the answer arrives.
    #[expect(clippy::option_option, reason = "no answer, and one that says no")]
    pub fn renew(&mut self, renewal: &Renewal, now: UnixMillis) -> Option<Option<Grant>> {
        let now = self.clock(now);
        if self.reaches_cut_off() {
            let (grant, effects) = self.cut_off.as_mut()?.machine().renew(renewal, now);
            self.cut_off.take_if(|_| !effects.is_empty());
            return effects.is_empty().then_some(grant);
        }
        let rows = self.object.rows.clone();
        let grant = self.object.renew(renewal, now);
        if rows != self.object.rows && self.fails(40) {
            if self.random.one_in(2) {
                self.object.rows = rows;
            }
            self.object.lose_memory();
            return None;
        }
        Some(grant).filter(|_| !self.fails(10))
    }

    pub fn release(&mut self, leases: &[LeaseId], now: UnixMillis) {
        let now = self.clock(now);
        if !self.reaches_cut_off() {
            self.object.release(leases, now);
        } else if let Some(old) = &mut self.cut_off {
            old.release(leases, now);
        }
    }

    /// What the machine says the time is: with the drift of the holders' clocks inside the margin of a lease.
    fn clock(&mut self, now: UnixMillis) -> UnixMillis {
        let behind = if self.fails(40) {
            self.random.below(100)
        } else {
            0
        };
        UnixMillis(now.0 - behind)
    }

    fn reaches_cut_off(&mut self) -> bool {
        self.cut_off.is_some() && self.random.one_in(2)
    }

    /// Whether something that happens once in so many times does.
    fn fails(&mut self, one_in: u64) -> bool {
        self.chaos != Chaos::None && self.random.one_in(one_in)
    }
}
