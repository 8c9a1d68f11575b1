//! The object that answers for a client, and how it is spoken to.

use super::deadline::Deadline;
use super::deployment::Deployment;
use super::failure::Fault;
use super::identify::Owned;
use crate::identity::shard_of;
use crate::object::{Answer, Message};
use crate::time::Millis;
use web_sys::RequestInit;

const LATE: &str = "the object is late";

/// Where an object is to be found.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    binding: &'static str,
    pub(crate) name: String,
}

impl Owner {
    pub(crate) fn of(deployment: &Deployment, owned: &Owned) -> Self {
        match owned {
            Owned::Account(account) => Self {
                binding: "ACCOUNTS",
                name: deployment.hash_key.account_name(account.as_str()),
            },
            Owned::Subject { id, .. } => Self {
                binding: "SHARDS",
                name: format!("shard-{}", shard_of(*id, deployment.shards)),
            },
        }
    }

    /// Says something to the object. After `limit` its answer is no answer, though it may have acted on what
    /// was said.
    pub(crate) async fn call(
        &self,
        deployment: &Deployment,
        message: &Message,
        limit: Millis,
    ) -> Result<Answer, Fault> {
        let said = |error: &dyn std::fmt::Display| Fault::said("object", error);
        let message = serde_json::to_string(message).map_err(|error| said(&error))?;
        let deadline = Deadline::after(limit, LATE).map_err(|error| Fault::new("object", error))?;
        let answer = self.send(deployment, &message, &deadline).await;
        if deadline.has_passed() {
            return Err(said(&LATE));
        }
        let answer = answer.map_err(|error| said(&error))?;
        serde_json::from_slice(answer.as_bytes()).map_err(|error| said(&error))
    }

    async fn send(
        &self,
        deployment: &Deployment,
        message: &str,
        deadline: &Deadline,
    ) -> worker::Result<String> {
        let objects = deployment.env.durable_object(self.binding)?;
        let stub = objects.get_by_name(&self.name)?;
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(&message.into());
        init.set_signal(Some(&deadline.signal()));
        let request = web_sys::Request::new_with_str_and_init("https://object/", &init)?;
        let mut response = stub.fetch_with_request(request.into()).await?;
        let text = response.text().await?;
        if response.status_code() == 200 {
            Ok(text)
        } else {
            Err(text.into())
        }
    }
}
