//! The object that answers for a client, and how it is spoken to.

use super::deadline::millis;
use super::deployment::Deployment;
use super::failure::Fault;
use super::objects::Objects;
use super::promise::Settled;
use super::{clock, log, pressure};
use crate::identity::shard_of;
use crate::object::{Answer, Message};
use crate::request::Owned;
use crate::time::Millis;
use js_sys::{Function, Uint8Array};
use std::fmt::Display;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    fn ask(objects: &Objects, name: &str, message: &Uint8Array, ms: f64, wake: &Function, id: u32);
}

const LATE: &str = "the object is late";

/// Where an object is to be found.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    place: Place,
    pub(crate) name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Accounts,
    Shards,
    Isolate,
}

impl Owner {
    pub(crate) fn of(deployment: &Deployment, owned: &Owned) -> Self {
        match owned {
            Owned::Account(account) => Self {
                place: Place::Accounts,
                name: deployment.hash_key.account_name(account.as_str()),
            },
            Owned::Subject { id, .. } => Self {
                place: Place::Shards,
                name: format!(
                    "{}shard-{}",
                    deployment.under,
                    shard_of(*id, deployment.shard_count)
                ),
            },
        }
    }

    /// What answers in this isolate in its place. It has a name of its own: who is owed news of what has ended is told
    /// by names.
    pub(crate) fn local(&self) -> Self {
        Self {
            place: Place::Isolate,
            name: format!("local {}", self.name),
        }
    }

    pub(crate) fn is_local(&self) -> bool {
        self.place == Place::Isolate
    }

    /// Says something to the object, and once more if that failed in a way that may not fail again. After `limit` its
    /// answer is no answer, though it may have acted on what was said.
    pub(crate) async fn call(
        &self,
        deployment: &Deployment,
        message: &Message,
        limit: Millis,
    ) -> Result<Answer, Fault> {
        let objects = match self.place {
            Place::Accounts => &deployment.accounts,
            Place::Shards => &deployment.shards,
            Place::Isolate => return self.answer_here(deployment, message),
        };
        let bytes = Uint8Array::from(message.encode().as_slice());
        let until = clock::now().after(limit);
        let ticket = pressure::asked(&self.name, message, limit);
        let mut answer = self.send(objects, &bytes, limit).await;
        if let Err(fault) = &answer
            && fault.trouble.repeats(message)
        {
            log::fault(fault);
            answer = self.send(objects, &bytes, until.since(clock::now())).await;
        }
        if let Some(ticket) = ticket {
            pressure::heard(&self.name, &ticket, &answer, clock::now() >= until);
        }
        answer
    }

    fn answer_here(&self, deployment: &Deployment, message: &Message) -> Result<Answer, Fault> {
        let mut local = deployment.learned.local.borrow_mut();
        let answer = local.answer(&self.name, message, clock::now());
        answer.ok_or_else(|| Fault::said("local", "no room"))
    }

    /// One try. Its stub is its own: one whose call has failed may be broken.
    async fn send(
        &self,
        objects: &Objects,
        message: &Uint8Array,
        limit: Millis,
    ) -> Result<Answer, Fault> {
        let bytes = heard(say(objects, &self.name, message, limit).await)?;
        match Answer::decode(&bytes).map_err(said)? {
            Answer::Failed(trouble, problem) => Err(Fault {
                trouble,
                ..said(problem)
            }),
            answer => Ok(answer),
        }
    }
}

/// Says something to an object: what it answers, or nothing if that takes longer than `limit`.
pub(super) fn say(objects: &Objects, name: &str, message: &Uint8Array, limit: Millis) -> Settled {
    Settled::of(|wake, id| ask(objects, name, message, millis(limit), wake, id))
}

/// The bytes that an object has answered.
pub(super) fn heard(answer: Result<JsValue, JsValue>) -> Result<Vec<u8>, Fault> {
    let answer = answer.map_err(|error| Fault::thrown(&error))?;
    if answer.is_undefined() {
        return Err(said(LATE));
    }
    let bytes = answer.dyn_into::<Uint8Array>();
    Ok(bytes.map_err(|_| said("no answer"))?.to_vec())
}

fn said(problem: impl Display) -> Fault {
    Fault::said("object", problem)
}
