//! The object that answers for a client, and how it is spoken to.

use super::deadline::Deadline;
use super::deployment::Deployment;
use super::failure::Fault;
use super::identify::Owned;
use super::object::PASSING;
use super::{clock, log};
use crate::identity::shard_of;
use crate::object::{Answer, Local, Message, Trouble};
use crate::time::Millis;
use std::cell::RefCell;
use std::fmt::Display;
use web_sys::RequestInit;

const LATE: &str = "the object is late";

thread_local! {
    static LOCAL: RefCell<Local> = RefCell::default();
}

/// Where an object is to be found.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    /// `None` for what answers in this isolate.
    binding: Option<&'static str>,
    pub(crate) name: String,
}

impl Owner {
    pub(crate) fn of(deployment: &Deployment, owned: &Owned) -> Self {
        match owned {
            Owned::Account(account) => Self {
                binding: Some("ACCOUNTS"),
                name: deployment.hash_key.account_name(account.as_str()),
            },
            Owned::Subject { id, .. } => Self {
                binding: Some("SHARDS"),
                name: format!("shard-{}", shard_of(*id, deployment.shards)),
            },
        }
    }

    /// What answers in this isolate in its place. It has a name of its own: who is owed news of what has ended is told
    /// by names.
    pub(crate) fn local(&self) -> Self {
        Self {
            binding: None,
            name: format!("local {}", self.name),
        }
    }

    pub(crate) fn is_local(&self) -> bool {
        self.binding.is_none()
    }

    /// Says something to the object, and once more if that failed in a way that may not fail again. After `limit` its
    /// answer is no answer, though it may have acted on what was said.
    pub(crate) async fn call(
        &self,
        deployment: &Deployment,
        message: &Message,
        limit: Millis,
    ) -> Result<Answer, Fault> {
        let Some(binding) = self.binding else {
            return self.answer_here(message);
        };
        let text = serde_json::to_string(message).map_err(said)?;
        let deadline = Deadline::after(limit, LATE).map_err(|error| Fault::new("object", error))?;
        let mut is_repeated = false;
        let answer = loop {
            let answer = self.send(deployment, binding, &text, &deadline).await;
            match &answer {
                Err(fault)
                    if !is_repeated && fault.trouble.repeats(message) && !deadline.has_passed() =>
                {
                    log::fault(fault);
                }
                _ => break answer,
            }
            is_repeated = true;
        };
        if deadline.has_passed() {
            return Err(said(LATE));
        }
        serde_json::from_slice(answer?.as_bytes()).map_err(said)
    }

    fn answer_here(&self, message: &Message) -> Result<Answer, Fault> {
        let now = clock::now();
        let answer = LOCAL.with_borrow_mut(|local| local.answer(&self.name, message, now));
        answer.ok_or_else(|| Fault::said("local", "no room"))
    }

    /// One try. Its stub is its own: one whose call has failed may be broken.
    async fn send(
        &self,
        deployment: &Deployment,
        binding: &str,
        message: &str,
        deadline: &Deadline,
    ) -> Result<String, Fault> {
        let (text, status) = self
            .fetch(deployment, binding, message, deadline)
            .await
            .map_err(|error| Fault::thrown(&error))?;
        match status {
            200 => Ok(text),
            PASSING => Err(Fault {
                trouble: Trouble::Passing,
                ..said(text)
            }),
            _ => Err(said(text)),
        }
    }

    async fn fetch(
        &self,
        deployment: &Deployment,
        binding: &str,
        message: &str,
        deadline: &Deadline,
    ) -> worker::Result<(String, u16)> {
        let objects = deployment.env.durable_object(binding)?;
        let stub = objects.get_by_name(&self.name)?;
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(&message.into());
        init.set_signal(Some(&deadline.signal()));
        let request = web_sys::Request::new_with_str_and_init("https://object/", &init)?;
        let mut response = stub.fetch_with_request(request.into()).await?;
        let text = response.text().await?;
        Ok((text, response.status_code()))
    }
}

fn said(problem: impl Display) -> Fault {
    Fault::said("object", problem)
}
