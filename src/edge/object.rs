//! The Durable Objects: a thin shell round the pure machines.

use super::failure::Fault;
use super::rows::Rows;
use super::waiting::Waiting;
use super::{clock, deadline, log};
use crate::bounds::{FORGET_AFTER, MAX_MESSAGE_BYTES};
use crate::lease::LeaseId;
use crate::object::{Account, Answer, Ask, Effect, Message, Owner, Shard, Trouble};
use crate::subject::Decision;
use crate::time::{Millis, UnixMillis};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use worker::{Env, Request, Response, Result, State, durable_object, wasm_bindgen};

/// The object of one account.
#[durable_object(alarm)]
pub struct AccountObject(Rc<Shell<Account>>);

/// One of the fixed number of objects that hold all other subjects.
#[durable_object(alarm)]
pub struct ShardObject(Rc<Shell<Shard>>);

impl worker::DurableObject for AccountObject {
    fn new(state: State, _: Env) -> Self {
        Self(Shell::new(&state))
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        respond(&self.0, request).await
    }

    async fn alarm(&self) -> Result<Response> {
        ring(&self.0)
    }
}

impl worker::DurableObject for ShardObject {
    fn new(state: State, _: Env) -> Self {
        Self(Shell::new(&state))
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        respond(&self.0, request).await
    }

    async fn alarm(&self) -> Result<Response> {
        ring(&self.0)
    }
}

/// The status of an object's answer that something failed which may not fail again.
pub(crate) const PASSING: u16 = 503;

async fn respond<O: Owner + 'static>(
    shell: &Rc<Shell<O>>,
    mut request: Request,
) -> Result<Response> {
    let message = request.bytes().await?;
    match shell.answer(&message).await {
        Ok(answer) => Response::ok(answer),
        Err(fault) => {
            log::fault(&fault);
            let status = match fault.trouble {
                Trouble::Passing => PASSING,
                Trouble::Overloaded | Trouble::Lasting => 500,
            };
            Response::error(fault.problem, status)
        }
    }
}

/// The alarm. What cannot be looked at today is looked at tomorrow; where not even that can be said, the platform tries
/// again.
fn ring<O: Owner + 'static>(shell: &Shell<O>) -> Result<Response> {
    let now = clock::now();
    if let Err(fault) = shell.clean_up(now) {
        log::fault(&fault);
        let again = shell.rows.set_alarm(now.after(FORGET_AFTER));
        again.map_err(|fault| fault.problem)?;
    }
    Response::empty()
}

struct Shell<O> {
    rows: Rows,
    /// `None` before the first call and after anything went wrong: then the rows are read again.
    machine: RefCell<Option<O>>,
    wake_is_set: Cell<bool>,
    waiting: Waiting,
}

impl<O: Owner + 'static> Shell<O> {
    fn new(state: &State) -> Rc<Self> {
        let (machine, wake_is_set) = (RefCell::new(None), Cell::new(false));
        Rc::new(Self {
            rows: Rows::of(state),
            machine,
            wake_is_set,
            waiting: Waiting::default(),
        })
    }

    async fn answer(self: &Rc<Self>, message: &[u8]) -> std::result::Result<String, Fault> {
        if message.len() > MAX_MESSAGE_BYTES {
            return Err(Fault::said(
                "object",
                format!("a message of {} bytes", message.len()),
            ));
        }
        let message =
            serde_json::from_slice(message).map_err(|error| Fault::said("object", error))?;
        let answer = match message {
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
            Message::Operate(it) => {
                Answer::Operated(self.step(|machine, now| machine.operate(&it, now))?)
            }
        };
        serde_json::to_string(&answer).map_err(|error| Fault::said("object", error))
    }

    /// Decides, after a while if only a lane is full: a slot may come free.
    async fn decide(self: &Rc<Self>, mut ask: Ask) -> std::result::Result<Decision, Fault> {
        // Apart, so that those who wait for these slots are called.
        self.release(&std::mem::take(&mut ask.released))?;
        if let Some(lease) = ask.lease {
            self.waiting.dismiss(lease);
        }
        let asked = clock::now();
        let mut ticket = None;
        loop {
            let decision = self.step(|machine, now| machine.handle(&ask, now))?;
            let Some((patience, lane)) = decision.patience() else {
                return Ok(decision);
            };
            let left = Millis(patience.0.saturating_sub(clock::now().since(asked).0));
            ticket = ticket.or_else(|| self.waiting.ticket());
            let Some(ticket) = ticket.filter(|_| !left.is_zero()) else {
                return Ok(decision);
            };
            let turn = self.waiting.turn(lane, ask.lease, ticket, left).await;
            if !turn.unwrap_or(false) {
                return Ok(decision);
            }
        }
    }

    fn release(self: &Rc<Self>, leases: &[LeaseId]) -> std::result::Result<(), Fault> {
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
    fn step<T>(
        self: &Rc<Self>,
        step: impl FnOnce(&mut O, UnixMillis) -> (T, Vec<Effect>),
    ) -> std::result::Result<T, Fault> {
        let now = clock::now();
        let value = self.run(|machine| step(machine, now))?;
        self.set_wake(now);
        Ok(value)
    }

    /// Runs one step of the machine and applies its effects; nothing awaits in between. A fault drops the machine: what
    /// it holds in memory may then be ahead of its rows.
    fn run<T>(
        &self,
        step: impl FnOnce(&mut O) -> (T, Vec<Effect>),
    ) -> std::result::Result<T, Fault> {
        let mut slot = self.machine.borrow_mut();
        let mut machine = slot.take().map_or_else(|| self.load(), Ok)?;
        let (value, effects) = step(&mut machine);
        self.rows.apply(&effects)?;
        *slot = Some(machine);
        Ok(value)
    }

    fn load(&self) -> std::result::Result<O, Fault> {
        let rows = self.rows.read()?.into_iter();
        let pages: Vec<Vec<u8>> = rows.map(|(_, bytes)| bytes).collect();
        O::load(&pages).map_err(|error| Fault::said("object", error))
    }

    /// Deletes what is over. A fault drops the machine here, too.
    fn clean_up(&self, now: UnixMillis) -> std::result::Result<(), Fault> {
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
