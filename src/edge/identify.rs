//! Whose a request is.

use super::deployment::Deployment;
use super::failure::{Failure, Fault};
use super::headers::Head;
use super::{directory, log, tokens};
use crate::account::KeyHash;
use crate::identity::{Credential, Presented, Record};
use crate::policy::{Policy, Reason};
use crate::request::Client;

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
    let (hash_key, key) = (&deployment.hash_key, credential.as_str());
    if let Some(client) = Client::of_prefix(policy, hash_key, key, address(head)) {
        return Ok(client);
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
    match Client::recorded(policy, record) {
        Ok(client) => Ok(Client {
            degraded,
            key: Some(key),
            ..client
        }),
        Err(Record { account, tier, .. }) => {
            let account = deployment.hash_key.account_name(account.as_str());
            let problem = format!("tier {tier} of account {account} is not in the policy");
            Err(unknowable(&Fault::said("directory", problem).owners()))
        }
    }
}

/// Whose a credential is cannot be said, for a reason that goes to the log.
pub(super) fn unknowable(fault: &Fault) -> Failure {
    log::fault(fault);
    let detail = "Whose the API key or token is cannot be found out now.";
    Failure {
        is_owners: fault.is_owners,
        ..Failure::new(Reason::Unavailable, detail)
    }
}

/// Someone without a known key is counted by the network that the request comes from, if the policy lets
/// strangers in at all.
fn stranger<'a>(
    policy: &'a Policy,
    deployment: &Deployment,
    head: &Head,
    detail: &str,
) -> Result<Client<'a>, Failure> {
    let client = Client::stranger(policy, &deployment.hash_key, address(head));
    client.ok_or_else(|| Failure::new(Reason::Unauthenticated, detail))
}

/// The client's address as the platform tells it. Nothing that a client can say itself is looked at.
pub(crate) fn address(head: &Head) -> Option<&str> {
    head.header("CF-Connecting-IP")
}
