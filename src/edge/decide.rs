//! The one call to the owner's object.

use super::clock;
use super::deadline::Deadline;
use super::deployment::Deployment;
use super::failure::Fault;
use super::identify::{Client, Owned};
use crate::identity::shard_of;
use crate::object::{Answer, Ask, Message};
use crate::policy::Policy;
use crate::subject::Decision;
use web_sys::RequestInit;

/// Asks the owner whether a request of `cost` may pass. An answer that comes later than the policy allows is
/// no answer: the object may have charged for it, the origin will not see it.
pub(crate) async fn decide(
    policy: &Policy,
    deployment: &Deployment,
    client: &Client<'_>,
    cost: u64,
) -> Result<Decision, Fault> {
    let (binding, name, subject, brought_by) = match &client.owner {
        Owned::Account(account) => (
            "ACCOUNTS",
            deployment.hash_key.account_name(account.as_str()),
            None,
            None,
        ),
        Owned::Subject { id, brought_by } => (
            "SHARDS",
            format!("shard-{}", shard_of(*id, deployment.shards)),
            Some(*id),
            *brought_by,
        ),
    };
    let tier = client.tier.name.clone();
    let limits = client.tier.limits.clone();
    let (version, record) = (policy.version, client.record);
    let ask = Ask {
        version,
        record,
        cost,
        lease: None,
        released: Vec::new(),
        tier,
        limits,
        subject,
        brought_by,
    };
    let message =
        serde_json::to_string(&Message::Ask(ask)).map_err(|error| Fault::said("object", error))?;
    let asked = clock::now();
    let deadline =
        Deadline::after(policy.decision_timeout).map_err(|error| Fault::new("object", error))?;
    let answer = call(deployment, binding, &name, &message, &deadline).await;
    // The timer alone would not do: after a pause of this isolate the answer may be seen before it.
    if deadline.has_passed() || clock::now().since(asked) >= policy.decision_timeout {
        return Err(Fault::said("object", "no decision in time"));
    }
    let answer = answer.map_err(|error| Fault::said("object", error))?;
    match serde_json::from_str(&answer).map_err(|error| Fault::said("object", error))? {
        Answer::Decided(decision) => Ok(decision),
        other => Err(Fault::new("object", other)),
    }
}

async fn call(
    deployment: &Deployment,
    binding: &str,
    name: &str,
    message: &str,
    deadline: &Deadline,
) -> worker::Result<String> {
    let stub = deployment.env.durable_object(binding)?.get_by_name(name)?;
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
