//! A collector as the runtime calls it.

use super::failure::Fault;
use super::rows::Rows;
use super::{clock, deadline, log};
use crate::collector::{Collector, Summary, Told};
use js_sys::Uint8Array;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use worker::{Env, Request, Response, Result, State, durable_object};

/// One of the fixed number of objects that isolates report to.
#[durable_object(fetch)]
pub struct CollectorObject(Rc<Desk>);

/// The only row.
const ROW: u8 = 0;

struct Desk {
    rows: Rows,
    /// `None` before the first call.
    machine: RefCell<Option<Collector>>,
    wake_is_set: Cell<bool>,
}

impl worker::DurableObject for CollectorObject {
    fn new(state: State, _: Env) -> Self {
        Self(Rc::new(Desk {
            rows: Rows::of(&state),
            machine: RefCell::default(),
            wake_is_set: Cell::default(),
        }))
    }

    async fn fetch(&self, _: Request) -> Result<Response> {
        super::object::no_request()
    }
}

#[wasm_bindgen]
impl CollectorObject {
    /// Answers what is [`Told`] with a [`Summary`], both as they travel; to a report the answer is empty.
    ///
    /// # Errors
    ///
    /// What cannot be read, be it the message or the row.
    pub fn answer(&self, message: &[u8]) -> std::result::Result<JsValue, JsValue> {
        let answer = self.0.answer(message).map_err(|fault| {
            log::fault(&fault);
            JsValue::from(js_sys::Error::new(&fault.problem))
        })?;
        let bytes = answer.map(|summary| summary.encode()).unwrap_or_default();
        Ok(Uint8Array::from(bytes.as_slice()).into())
    }
}

impl Desk {
    fn answer(self: &Rc<Self>, message: &[u8]) -> std::result::Result<Option<Summary>, Fault> {
        let told = Told::decode(message).map_err(said)?;
        let now = clock::now();
        let mut machine = self.machine.borrow_mut();
        let mut collector = machine.take().map_or_else(|| self.load(), Ok)?;
        let answer = match told {
            Told::Look => Some(collector.summary(now)),
            Told::Report(report) => {
                collector.hear(&report, now);
                None
            }
        };
        *machine = Some(collector);
        drop(machine);
        self.write();
        Ok(answer)
    }

    fn load(&self) -> std::result::Result<Collector, Fault> {
        let rows = self.rows.read()?;
        Collector::load(rows.first().map(|(_, row)| row.as_slice())).map_err(said)
    }

    /// Writes the row if it is due, and sees to it that it is when it will be. It comes before an object
    /// that is not called loses its memory.
    fn write(self: &Rc<Self>) {
        let mut machine = self.machine.borrow_mut();
        let Some(collector) = machine.as_mut() else {
            return;
        };
        let now = clock::now();
        if let Some(row) = collector.due_row(now) {
            match self.rows.put(ROW, row) {
                Ok(()) => collector.wrote(),
                Err(fault) => log::fault(&fault),
            }
        }
        let Some(wake) = collector.next_wake().filter(|_| !self.wake_is_set.get()) else {
            return;
        };
        let desk = Rc::clone(self);
        let is_set = deadline::after(wake.since(now), move || {
            desk.wake_is_set.set(false);
            desk.write();
        });
        self.wake_is_set.set(is_set);
    }
}

fn said(problem: impl std::fmt::Display) -> Fault {
    Fault::said("collector", problem)
}
