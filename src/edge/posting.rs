//! How an object tells of events while it is awake, and when its alarm comes.

use super::deployment::receiver;
use super::failure::Fault;
use super::{log, task, webhook};
use crate::alert::{EventId, Taken};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use worker::Env;

/// What an object sends by.
pub(super) struct Posting {
    /// Whether it is at it.
    is_posting: Cell<bool>,
    env: Env,
}

/// An object that tells of events.
pub(super) trait Tells: 'static {
    /// What it sends by.
    fn posting(&self) -> &Posting;

    /// Has a machine in memory.
    fn awaken(&self) -> Result<(), Fault>;

    /// What is to be sent by now, if there is a machine: its id and its body.
    fn letter(&self) -> Option<(EventId, String)>;

    /// Takes note of how sending it ended.
    fn sent(self: &Rc<Self>, id: EventId, taken: Taken) -> Result<(), Fault>;
}

impl Posting {
    pub(super) fn new(env: Env) -> Self {
        Self {
            is_posting: Cell::new(false),
            env,
        }
    }
}

/// Sends what is due, beside whatever else the object does.
pub(super) fn post_soon<T: Tells>(object: &Rc<T>) {
    if object.posting().is_posting.get() || object.letter().is_none() {
        return;
    }
    let object = Rc::clone(object);
    task::answer(async move {
        post(object).await;
        JsValue::UNDEFINED
    });
}

/// Sends what is due, one after the other.
pub(super) async fn post<T: Tells>(object: Rc<T>) {
    if object.posting().is_posting.replace(true) {
        return;
    }
    if let Err(fault) = post_all(&object).await {
        log::fault(&fault);
    }
    object.posting().is_posting.set(false);
}

async fn post_all<T: Tells>(object: &Rc<T>) -> Result<(), Fault> {
    // Whoever was woken for this alone has no machine yet.
    object.awaken()?;
    let Some(mut letter) = object.letter() else {
        return Ok(());
    };
    // To one that is not right nothing is sent, and there is a pause.
    let receiver = receiver(&object.posting().env).and_then(|receiver| {
        let right = receiver.inspect_err(log::fault);
        right.ok()
    });
    loop {
        let (id, body) = letter;
        let taken = webhook::send(receiver.as_ref(), id, &body).await;
        object.sent(id, taken)?;
        match object.letter() {
            Some(next) => letter = next,
            None => return Ok(()),
        }
    }
}
