//! Whose a request is.

use super::deployment::Deployment;
use super::failure::Failure;
use super::headers::header;
use super::{directory, log};
use crate::identity::{AccountId, Credential, Presented, network};
use crate::object::SubjectId;
use crate::policy::{Policy, Reason, Strangers, Tier};
use web_sys::Headers;

/// Who answers for a request, and under which tier.
pub(crate) struct Client<'a> {
    pub(crate) owner: Owned,
    pub(crate) tier: &'a Tier,
    /// Version of the record that the tier comes from; 0 where there is none.
    pub(crate) record: u64,
    /// Whether the record is what was last known, because KV does not answer.
    pub(crate) degraded: bool,
}

/// An account, or a subject of a shard.
pub(crate) enum Owned {
    Account(AccountId),
    Subject {
        id: SubjectId,
        brought_by: Option<SubjectId>,
    },
}

/// Finds the client of a request.
pub(crate) async fn identify<'a>(
    policy: &'a Policy,
    deployment: &Deployment,
    headers: &Headers,
    key_in_path: Option<String>,
) -> Result<Client<'a>, Failure> {
    let presented = Presented {
        api_key: header(headers, "X-Api-Key"),
        authorization: header(headers, "Authorization"),
        path: key_in_path,
    };
    let credential = Credential::find(&policy.credential, &presented)
        .map_err(|error| Failure::new(Reason::Malformed, error.to_string()))?;
    let Some(credential) = credential else {
        return stranger(policy, deployment, headers, "An API key is required.");
    };
    if policy.directory
        && let Some(client) = known(policy, deployment, &credential).await?
    {
        return Ok(client);
    }
    if let Some(tier) = policy.tier_of_prefix(credential.as_str()) {
        let id = deployment.hash_key.subject("key", credential.as_str());
        let brought_by = Some(wider_network(deployment, headers));
        return Ok(unrecorded(id, brought_by, tier));
    }
    stranger(policy, deployment, headers, "The API key is not known.")
}

async fn known<'a>(
    policy: &'a Policy,
    deployment: &Deployment,
    credential: &Credential,
) -> Result<Option<Client<'a>>, Failure> {
    let unavailable = || {
        Failure::new(
            Reason::Unavailable,
            "Whose the API key is cannot be found out now.",
        )
    };
    let found = directory::find(deployment, credential)
        .await
        .map_err(|fault| {
            log::fault(&fault);
            unavailable()
        })?;
    let Some(record) = found.record else {
        return Ok(None);
    };
    let Some(tier) = policy.tier(&record.tier) else {
        let account = deployment.hash_key.account_name(record.account.as_str());
        let problem = format!(
            "tier {} of account {account} is not in the policy",
            record.tier
        );
        log::fault(&super::failure::Fault::said("directory", problem));
        return Err(unavailable());
    };
    let (owner, record, degraded) = (
        Owned::Account(record.account),
        record.version,
        found.degraded,
    );
    Ok(Some(Client {
        owner,
        tier,
        record,
        degraded,
    }))
}

/// Someone without a known key is counted by the network that the request comes from, if the policy lets
/// strangers in at all.
fn stranger<'a>(
    policy: &'a Policy,
    deployment: &Deployment,
    headers: &Headers,
    detail: &str,
) -> Result<Client<'a>, Failure> {
    let tier = match &policy.strangers {
        Strangers::Deny => None,
        Strangers::Tier(name) => policy.tier(name),
    };
    let tier = tier.ok_or_else(|| Failure::new(Reason::Unauthenticated, detail))?;
    let network = network(address(headers).as_deref());
    let id = deployment.hash_key.subject("network", &network.own);
    let brought_by = network
        .wider
        .map(|wider| deployment.hash_key.subject("network", &wider));
    Ok(unrecorded(id, brought_by, tier))
}

fn unrecorded(id: SubjectId, brought_by: Option<SubjectId>, tier: &Tier) -> Client<'_> {
    let owner = Owned::Subject { id, brought_by };
    Client {
        owner,
        tier,
        record: 0,
        degraded: false,
    }
}

fn wider_network(deployment: &Deployment, headers: &Headers) -> SubjectId {
    let network = network(address(headers).as_deref());
    deployment
        .hash_key
        .subject("network", network.wider.as_deref().unwrap_or(&network.own))
}

/// The client's address as the platform tells it. Nothing that a client can say itself is looked at.
pub(crate) fn address(headers: &Headers) -> Option<String> {
    header(headers, "CF-Connecting-IP")
}
