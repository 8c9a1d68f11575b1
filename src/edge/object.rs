//! The Durable Objects as the runtime calls them.

use super::failure::Fault;
use super::posting::post;
use super::shell::Shell;
use super::{clock, log, task};
use crate::bounds::FORGET_AFTER;
use crate::object::{Account, Answer, Message, MessageError, Owner, Shard};
use js_sys::Uint8Array;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use worker::{Env, Request, Response, Result, State, durable_object};

/// The object of one account.
#[durable_object(alarm)]
pub struct AccountObject(Rc<Shell<Account>>);

/// One of the fixed number of objects that hold all other subjects.
#[durable_object(alarm)]
pub struct ShardObject(Rc<Shell<Shard>>);

impl worker::DurableObject for AccountObject {
    fn new(state: State, env: Env) -> Self {
        Self(Shell::new(&state, env))
    }

    async fn fetch(&self, _: Request) -> Result<Response> {
        no_request()
    }

    async fn alarm(&self) -> Result<Response> {
        post(Rc::clone(&self.0)).await;
        ring(&self.0)
    }
}

impl worker::DurableObject for ShardObject {
    fn new(state: State, env: Env) -> Self {
        Self(Shell::new(&state, env))
    }

    async fn fetch(&self, _: Request) -> Result<Response> {
        no_request()
    }

    async fn alarm(&self) -> Result<Response> {
        ring(&self.0)
    }
}

#[wasm_bindgen]
impl AccountObject {
    /// Answers a [`Message`] with an [`Answer`], both as they travel, or with a promise of it.
    #[must_use]
    pub fn answer(&self, message: &[u8]) -> JsValue {
        respond(&self.0, message)
    }
}

#[wasm_bindgen]
impl ShardObject {
    /// Answers a [`Message`] with an [`Answer`], both as they travel, or with a promise of it.
    #[must_use]
    pub fn answer(&self, message: &[u8]) -> JsValue {
        respond(&self.0, message)
    }
}

/// What extends the macro's trait has to take requests; nobody sends any.
pub(super) fn no_request() -> Result<Response> {
    Response::error("An object answers messages.", 405)
}

/// The answer at once, or a promise of it if somebody has to wait for a slot: most do not, and a promise costs turns of
/// the event loop.
fn respond<O: Owner + 'static>(shell: &Rc<Shell<O>>, message: &[u8]) -> JsValue {
    task::answer(answered(Rc::clone(shell), Message::decode(message)))
}

async fn answered<O: Owner + 'static>(
    shell: Rc<Shell<O>>,
    message: std::result::Result<Message, MessageError>,
) -> JsValue {
    let answer = match message {
        Ok(message) => shell.answer(message).await,
        Err(error) => Err(Fault::said("object", error)),
    };
    let answer = answer.unwrap_or_else(|fault| {
        log::fault(&fault);
        Answer::Failed(fault.trouble, fault.problem)
    });
    Uint8Array::from(answer.encode().as_slice()).into()
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
