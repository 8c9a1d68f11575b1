//! A collector as the runtime calls it.

use super::failure::Fault;
use super::posting::{Posting, Tells, post, post_soon};
use super::rows::Rows;
use super::{clock, deadline, log};
use crate::alert::{EventId, Taken};
use crate::bounds::FORGET_AFTER;
#[cfg(doc)]
use crate::collector::Summary;
use crate::collector::{Collector, DueRow, Told};
use crate::time::UnixMillis;
use js_sys::Uint8Array;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use worker::{Env, Request, Response, Result, State, durable_object};

/// One of the fixed number of objects that isolates report to.
#[durable_object(alarm)]
pub struct CollectorObject(Rc<Desk>);

/// The only row.
const ROW: u8 = 0;

struct Desk {
    rows: Rows,
    /// `None` before the first call.
    machine: RefCell<Option<Collector>>,
    wake_is_set: Cell<bool>,
    posting: Posting,
}

impl worker::DurableObject for CollectorObject {
    fn new(state: State, env: Env) -> Self {
        Self(Rc::new(Desk {
            rows: Rows::of(&state),
            machine: RefCell::default(),
            wake_is_set: Cell::default(),
            posting: Posting::new(env),
        }))
    }

    async fn fetch(&self, _: Request) -> Result<Response> {
        super::object::no_request()
    }

    async fn alarm(&self) -> Result<Response> {
        // What could not be written before is not sent before it is.
        self.0.save();
        post(Rc::clone(&self.0)).await;
        self.0.set_alarm_again().map_err(|fault| fault.problem)?;
        Response::empty()
    }
}

#[wasm_bindgen]
impl CollectorObject {
    /// Answers what is [`Told`] with a [`Summary`], both as they travel, or with JSON; to a report the answer is empty.
    ///
    /// # Errors
    ///
    /// What cannot be read, be it the message or the row.
    pub fn answer(&self, message: &[u8]) -> std::result::Result<JsValue, JsValue> {
        let answer = self.0.answer(message).map_err(|fault| {
            log::fault(&fault);
            JsValue::from(js_sys::Error::new(&fault.problem))
        })?;
        Ok(Uint8Array::from(answer.as_slice()).into())
    }
}

impl Desk {
    fn answer(self: &Rc<Self>, message: &[u8]) -> std::result::Result<Vec<u8>, Fault> {
        let told = Told::decode(message).map_err(said)?;
        let now = clock::now();
        let answer = self.with(|collector| match told {
            Told::Look => collector.summary(now).encode(),
            Told::Events => collector.events(now).into_bytes(),
            Told::SendAgain => {
                collector.send_again(now);
                collector.events(now).into_bytes()
            }
            Told::Report { report, named } => {
                collector.hear(&report, named.as_ref(), now);
                Vec::new()
            }
        })?;
        self.write();
        Ok(answer)
    }

    /// Does something with the machine, which is loaded if it is not in memory.
    fn with<T>(&self, act: impl FnOnce(&mut Collector) -> T) -> std::result::Result<T, Fault> {
        let mut machine = self.machine.borrow_mut();
        let mut collector = machine.take().map_or_else(|| self.load(), Ok)?;
        let value = act(&mut collector);
        *machine = Some(collector);
        Ok(value)
    }

    /// Has the alarm come again if something waits. What cannot be looked at today is looked at tomorrow.
    fn set_alarm_again(&self) -> std::result::Result<(), Fault> {
        let now = clock::now();
        let next = self.with(|collector| collector.next_alarm(now));
        let at = next.unwrap_or_else(|fault| {
            log::fault(&fault);
            Some(now.after(FORGET_AFTER))
        });
        at.map_or(Ok(()), |at| self.rows.set_alarm(at))
    }

    fn load(&self) -> std::result::Result<Collector, Fault> {
        let rows = self.rows.read()?;
        Collector::load(rows.first().map(|(_, row)| row.as_slice())).map_err(said)
    }

    /// Writes the row if it is due; when it will be.
    fn save(&self) -> Option<UnixMillis> {
        let mut machine = self.machine.borrow_mut();
        let collector = machine.as_mut()?;
        if let Some(row) = collector.due_row(clock::now()) {
            match self.put(row) {
                Ok(()) => collector.wrote(),
                Err(fault) => log::fault(&fault),
            }
        }
        collector.next_wake()
    }

    /// Writes the row if it is due, and sees to it that it is when it will be. It comes before an object
    /// that is not called loses its memory.
    fn write(self: &Rc<Self>) {
        let wake = self.save();
        post_soon(self);
        let Some(wake) = wake.filter(|_| !self.wake_is_set.get()) else {
            return;
        };
        let desk = Rc::clone(self);
        let is_set = deadline::after(wake.since(clock::now()), move || {
            desk.wake_is_set.set(false);
            desk.write();
        });
        self.wake_is_set.set(is_set);
    }

    fn put(&self, row: DueRow) -> std::result::Result<(), Fault> {
        if let Some(at) = row.alarm {
            self.rows.set_alarm(at)?;
        }
        self.rows.put(ROW, row.bytes)
    }
}

impl Tells for Desk {
    fn posting(&self) -> &Posting {
        &self.posting
    }

    fn awaken(&self) -> std::result::Result<(), Fault> {
        self.with(|_| ())
    }

    fn letter(&self) -> Option<(EventId, String)> {
        self.machine.borrow().as_ref()?.letter(clock::now())
    }

    fn sent(self: &Rc<Self>, id: EventId, taken: Taken) -> std::result::Result<(), Fault> {
        let now = clock::now();
        self.with(|collector| collector.sent(id, taken, now))?;
        self.write();
        Ok(())
    }
}

fn said(problem: impl std::fmt::Display) -> Fault {
    Fault::said("collector", problem)
}
