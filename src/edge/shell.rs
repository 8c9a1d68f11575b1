//! What is round a machine in an object: its rows, its wake, and those who wait for a slot.

use super::failure::Fault;
use super::posting::{Posting, Tells, post_soon};
use super::rows::Rows;
use super::waiting::Waiting;
use super::{clock, deadline, log};
use crate::alert::{EventId, Taken};
use crate::lease::LeaseId;
use crate::object::{Answer, Ask, Effect, Message, Owner};
use crate::subject::Decision;
use crate::time::{Millis, UnixMillis};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use worker::{Env, State};

/// A machine and all it needs.
pub(super) struct Shell<O> {
    pub(super) rows: Rows,
    /// `None` before the first call and after anything went wrong: then the rows are read again.
    pub(super) machine: RefCell<Option<O>>,
    wake_is_set: Cell<bool>,
    waiting: Waiting,
    posting: Posting,
}

impl<O: Owner + 'static> Shell<O> {
    pub(super) fn new(state: &State, env: Env) -> Rc<Self> {
        let (machine, wake_is_set) = (RefCell::new(None), Cell::new(false));
        Rc::new(Self {
            rows: Rows::of(state),
            machine,
            wake_is_set,
            waiting: Waiting::default(),
            posting: Posting::new(env),
        })
    }

    /// Answers a message.
    pub(super) async fn answer(self: &Rc<Self>, message: Message) -> Result<Answer, Fault> {
        Ok(match message {
            Message::Ask(ask) => Answer::Decided(self.decide(ask).await?),
            Message::Renew(renew) => {
                Answer::Renewed(self.step(|machine, now| machine.renew(&renew, now))?)
            }
            Message::Release(release) => {
                self.release(&release.leases)?;
                Answer::Released
            }
            Message::Settle(it) => {
                self.step(|machine, now| ((), machine.settle(&it, now)))?;
                Answer::Settled
            }
            Message::GiveBack(unspent) => {
                self.step(|machine, now| {
                    machine.take_back(&unspent, now);
                    ((), Vec::new())
                })?;
                Answer::TakenBack
            }
            Message::Operate(it) => {
                Answer::Operated(self.step(|machine, now| machine.operate(&it, now))?)
            }
        })
    }

    /// Decides, after a while if only a lane is full: a slot may come free.
    async fn decide(self: &Rc<Self>, mut ask: Ask) -> Result<Decision, Fault> {
        // Apart, so that those who wait for these slots are called.
        self.release(&std::mem::take(&mut ask.released))?;
        if let Some(lease) = ask.lease {
            self.waiting.dismiss(lease);
        }
        let asked = clock::now();
        let mut ticket = None;
        loop {
            let decision = self.step(|machine, now| machine.handle(&ask, now))?;
            ask.terms.repeated.clear();
            let Some((patience, lane)) = decision.patience() else {
                return Ok(decision);
            };
            let left = Millis(patience.0.saturating_sub(clock::now().since(asked).0));
            ticket = ticket.or_else(|| self.waiting.ticket());
            let Some(ticket) = ticket.filter(|_| !left.is_zero()) else {
                if let Some(machine) = self.machine.borrow_mut().as_mut() {
                    machine.give_up(&decision, ask.cost);
                }
                return Ok(decision);
            };
            let turn = self.waiting.turn(lane, ask.lease, ticket, left).await;
            if !turn.unwrap_or(false) {
                return Ok(decision);
            }
        }
    }

    fn release(self: &Rc<Self>, leases: &[LeaseId]) -> Result<(), Fault> {
        if leases.is_empty() {
            return Ok(());
        }
        let lanes = self.step(|machine, now| machine.release(leases, now))?;
        for lane in lanes {
            self.waiting.call(&lane);
        }
        Ok(())
    }

    /// One step of the machine, now.
    pub(super) fn step<T>(
        self: &Rc<Self>,
        step: impl FnOnce(&mut O, UnixMillis) -> (T, Vec<Effect>),
    ) -> Result<T, Fault> {
        let now = clock::now();
        let value = self.run(|machine| step(machine, now))?;
        self.set_wake(now);
        post_soon(self);
        Ok(value)
    }

    /// Runs one step of the machine and applies its effects; nothing awaits in between. A fault drops the machine: what
    /// it holds in memory may then be ahead of its rows.
    fn run<T>(&self, step: impl FnOnce(&mut O) -> (T, Vec<Effect>)) -> Result<T, Fault> {
        let mut slot = self.machine.borrow_mut();
        let mut machine = slot.take().map_or_else(|| self.load(), Ok)?;
        let (value, effects) = step(&mut machine);
        self.rows.apply(&effects)?;
        *slot = Some(machine);
        Ok(value)
    }

    fn load(&self) -> Result<O, Fault> {
        let rows = self.rows.read()?.into_iter();
        let pages: Vec<Vec<u8>> = rows.map(|(_, bytes)| bytes).collect();
        O::load(&pages).map_err(|error| Fault::said("object", error))
    }

    /// Deletes what is over. A fault drops the machine here, too.
    pub(super) fn clean_up(&self, now: UnixMillis) -> Result<(), Fault> {
        let mut slot = self.machine.borrow_mut();
        let machine = slot.take();
        let rows = self.rows.read()?;
        let effects = O::clean_up(&rows, now).map_err(|error| Fault::said("object", error))?;
        self.rows.apply(&effects)?;
        *slot = machine.filter(|_| !effects.contains(&Effect::Forget));
        Ok(())
    }

    /// Sees to it that the machine is woken when it wants to be. One timer at a time: while calls keep coming
    /// it finds that it came too early, and is set anew.
    fn set_wake(self: &Rc<Self>, now: UnixMillis) {
        if self.wake_is_set.get() {
            return;
        }
        let wake = self.machine.borrow().as_ref().and_then(Owner::next_wake);
        let Some(wake) = wake else { return };
        let shell = Rc::clone(self);
        let is_set = deadline::after(wake.since(now), move || shell.wake());
        self.wake_is_set.set(is_set);
    }

    fn wake(self: &Rc<Self>) {
        self.wake_is_set.set(false);
        if self.machine.borrow().is_none() {
            return;
        }
        let now = clock::now();
        match self.run(|machine| ((), machine.wake(now))) {
            Ok(()) => self.set_wake(now),
            Err(fault) => log::fault(&fault),
        }
    }
}

impl<O: Owner + 'static> Tells for Shell<O> {
    fn posting(&self) -> &Posting {
        &self.posting
    }

    fn awaken(&self) -> Result<(), Fault> {
        self.run(|_| ((), Vec::new()))
    }

    fn letter(&self) -> Option<(EventId, String)> {
        self.machine.borrow().as_ref()?.letter(clock::now())
    }

    fn sent(self: &Rc<Self>, id: EventId, taken: Taken) -> Result<(), Fault> {
        self.step(|machine, now| ((), machine.sent(id, taken, now)))
    }
}
