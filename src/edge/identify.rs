//! Whose a request is.

use super::deployment::Deployment;
use super::failure::{Failure, Fault};
use super::headers::Head;
use super::{directory, log, tokens};
use crate::account::KeyHash;
use crate::identity::{AccountId, Credential, Presented, Record, network};
use crate::limit::Name;
use crate::object::SubjectId;
use crate::policy::{NamedOwner, Policy, Reason, Sharing, Strangers, Tier};

/// Who answers for a request, and under which tier.
pub(crate) struct Client<'a> {
    pub(crate) owner: Owned,
    pub(crate) tier: &'a Tier,
    /// Version of the record that the tier comes from; 0 where there is none.
    pub(crate) record: u64,
    /// What does not answer, so that the owner is who was last known.
    pub(crate) degraded: Option<&'static str>,
    /// What stands for the key of an account.
    pub(crate) key: Option<KeyHash>,
}

/// An account, or a subject of a shard.
pub(crate) enum Owned {
    Account(AccountId),
    Subject {
        id: SubjectId,
        brought_by: Option<SubjectId>,
        /// The kind of owner, if a route names it.
        kind: Option<Name>,
    },
}

/// Finds the client of a request.
pub(crate) async fn identify<'a>(
    policy: &'a Policy,
    deployment: &Deployment,
    head: &Head,
    key_in_path: Option<String>,
) -> Result<Client<'a>, Failure> {
    let presented = Presented {
        api_key: head.header("X-Api-Key").map(str::to_owned),
        authorization: head.header("Authorization").map(str::to_owned),
        path: key_in_path,
    };
    let credential = Credential::find(&policy.credential, &presented)
        .map_err(|error| Failure::new(Reason::Malformed, error.to_string()))?;
    let Some(credential) = credential else {
        return stranger(policy, deployment, head, "An API key is required.");
    };
    if let Some(rules) = policy.tokens.as_ref().filter(|_| credential.is_token()) {
        let found = tokens::find(deployment, policy.version, rules, credential.as_str()).await?;
        let degraded = found.degraded.then_some("tokens");
        let key = deployment.hash_key.key(credential.as_str());
        return recorded(policy, deployment, key, found.record, degraded);
    }
    if policy.directory
        && let Some(client) = known(policy, deployment, &credential).await?
    {
        return Ok(client);
    }
    if let Some((tier, sharing)) = policy.tier_of_prefix(credential.as_str()) {
        let id = match sharing {
            Sharing::Key(key) => deployment.hash_key.subject("key", key),
            Sharing::Capture(part) => deployment.hash_key.subject("capture", part),
        };
        let brought_by = Some(wider_network(deployment, head));
        return Ok(unrecorded(id, brought_by, tier));
    }
    stranger(policy, deployment, head, "The API key is not known.")
}

async fn known<'a>(
    policy: &'a Policy,
    deployment: &Deployment,
    credential: &Credential,
) -> Result<Option<Client<'a>>, Failure> {
    let key = deployment.hash_key.key(credential.as_str());
    let found = directory::find(deployment, credential, key)
        .await
        .map_err(|fault| unknowable(&fault))?;
    let degraded = found.degraded.then_some("directory");
    let client = |record| recorded(policy, deployment, key, record, degraded);
    found.record.map(client).transpose()
}

/// The client whom a record names. A tier that the policy does not have is no reason to let somebody in or not.
fn recorded<'a>(
    policy: &'a Policy,
    deployment: &Deployment,
    key: KeyHash,
    record: Record,
    degraded: Option<&'static str>,
) -> Result<Client<'a>, Failure> {
    let Some(tier) = policy.tier(&record.tier) else {
        let account = deployment.hash_key.account_name(record.account.as_str());
        let problem = format!(
            "tier {} of account {account} is not in the policy",
            record.tier
        );
        return Err(unknowable(&Fault::said("directory", problem)));
    };
    Ok(Client {
        owner: Owned::Account(record.account),
        tier,
        record: record.version,
        degraded,
        key: Some(key),
    })
}

/// Whose a credential is cannot be said, for a reason that goes to the log.
pub(super) fn unknowable(fault: &Fault) -> Failure {
    log::fault(fault);
    let detail = "Whose the API key or token is cannot be found out now.";
    Failure::new(Reason::Unavailable, detail)
}

/// Someone without a known key is counted by the network that the request comes from, if the policy lets
/// strangers in at all.
fn stranger<'a>(
    policy: &'a Policy,
    deployment: &Deployment,
    head: &Head,
    detail: &str,
) -> Result<Client<'a>, Failure> {
    let tier = match &policy.strangers {
        Strangers::Deny => None,
        Strangers::Tier(name) => policy.tier(name),
    };
    let tier = tier.ok_or_else(|| Failure::new(Reason::Unauthenticated, detail))?;
    let network = network(address(head));
    let id = deployment.hash_key.subject("network", &network.own);
    let brought_by = network
        .wider
        .map(|wider| deployment.hash_key.subject("network", &wider));
    Ok(unrecorded(id, brought_by, tier))
}

/// The owner that a route names in the account's place, by the value that the request has of it. A credential is not
/// looked at.
pub(crate) fn named<'a>(
    policy: &'a Policy,
    deployment: &Deployment,
    head: &Head,
    owner: &NamedOwner,
    value: &str,
) -> Option<Client<'a>> {
    let named = Owned::Subject {
        id: deployment.hash_key.owner(&owner.kind, value),
        brought_by: Some(wider_network(deployment, head)),
        kind: Some(owner.kind.clone()),
    };
    Some(Client {
        owner: named,
        tier: policy.tier(&owner.tier)?,
        record: 0,
        degraded: None,
        key: None,
    })
}

fn unrecorded(id: SubjectId, brought_by: Option<SubjectId>, tier: &Tier) -> Client<'_> {
    let kind = None;
    let owner = Owned::Subject {
        id,
        brought_by,
        kind,
    };
    Client {
        owner,
        tier,
        record: 0,
        degraded: None,
        key: None,
    }
}

fn wider_network(deployment: &Deployment, head: &Head) -> SubjectId {
    let network = network(address(head));
    deployment
        .hash_key
        .subject("network", network.wider.as_deref().unwrap_or(&network.own))
}

/// The client's address as the platform tells it. Nothing that a client can say itself is looked at.
pub(crate) fn address(head: &Head) -> Option<&str> {
    head.header("CF-Connecting-IP")
}
