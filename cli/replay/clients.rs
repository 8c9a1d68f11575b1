//! Whose the requests of a log are.

use super::request::Request;
use super::skipped::Skip;
use headgate::identity::{
    AccountId, Credential, CredentialError, HashKey, Key, Presented, Record, network,
};
use headgate::limit::Name;
use headgate::object::SubjectId;
use headgate::policy::{Policy, Reason, Source};
use headgate::request::{Client, Owned};
use std::collections::HashMap;

/// What is known of keys and accounts under one policy.
#[derive(Debug)]
pub(crate) struct Clients {
    keys: HashMap<String, Record>,
    tiers: HashMap<AccountId, Name>,
    tier: Option<Name>,
}

/// Why a request is nobody's who may be asked for.
pub(crate) enum Stop {
    /// The gate refuses it, and what the report calls who sent it.
    Refused(Reason, String),
    /// The log does not tell whose it is.
    Untold(Skip),
}

impl From<Skip> for Stop {
    fn from(skip: Skip) -> Self {
        Self::Untold(skip)
    }
}

impl Clients {
    /// What a keys file says, and the tier of accounts that it does not know.
    pub(crate) fn new(keys: Vec<Key>, tier: Option<Name>) -> Self {
        let (mut by_key, mut tiers) = (HashMap::new(), HashMap::new());
        for Key { credential, record } in keys {
            tiers.insert(record.account.clone(), record.tier.clone());
            by_key.insert(credential.as_str().to_owned(), record);
        }
        Self {
            keys: by_key,
            tiers,
            tier,
        }
    }

    /// Whose a request is, and what the report calls them: the account that the log names, or whoever has the key in it or
    /// in the path, or else a stranger.
    ///
    /// # Errors
    ///
    /// The gate refuses it, or the log does not tell.
    pub(crate) fn find<'p>(
        &self,
        policy: &'p Policy,
        hash_key: &HashKey,
        request: &Request<'_>,
        key_in_path: Option<String>,
    ) -> Result<(Client<'p>, String), Stop> {
        if let Some(account) = request.account.as_deref() {
            return recorded(policy, self.named(account, request.tier.as_deref())?);
        }
        let address = request.address.as_deref();
        let credential = credential(policy, request.key.as_deref(), key_in_path);
        let credential = credential.map_err(|_| Stop::Refused(Reason::Malformed, from(address)))?;
        let Some(credential) = credential else {
            return stranger(policy, hash_key, address);
        };
        if credential.is_token() {
            let allowed =
                "an account (--field account=NAME): what a token says cannot be verified here";
            return Err(Skip::new("key", "a token", allowed).into());
        }
        let key = credential.as_str();
        if let Some(record) = self.keys.get(key).filter(|_| policy.directory) {
            return recorded(policy, record.clone());
        }
        let Some(client) = Client::of_prefix(policy, hash_key, key, address) else {
            return stranger(policy, hash_key, address);
        };
        let who = match &client.owner {
            Owned::Subject { id, .. } => format!("{} key {}", client.tier.name, digits(*id)),
            Owned::Account(id) => id.as_str().to_owned(),
        };
        Ok((client, who))
    }

    fn named(&self, account: &str, tier: Option<&str>) -> Result<Record, Skip> {
        let account = AccountId::try_from(account.to_owned())
            .map_err(|_| Skip::shown("account", Some(account), AccountId::ALLOWED))?;
        let tier = if let Some(tier) = tier {
            let name = Name::try_from(tier);
            name.map_err(|error| Skip::shown("tier", Some(tier), &error.to_string()))?
        } else {
            let known = self.tiers.get(&account).or(self.tier.as_ref());
            let untold = || Skip::shown("account", Some(account.as_str()), TIERLESS);
            known.cloned().ok_or_else(untold)?
        };
        Ok(Record {
            account,
            tier,
            version: 0,
            label: None,
            shows_would_deny: false,
        })
    }
}

const TIERLESS: &str =
    "an account of the keys file, or one whose tier the log (--field tier=NAME) or --tier says";

fn recorded(policy: &Policy, record: Record) -> Result<(Client<'_>, String), Stop> {
    let who = record.account.as_str().to_owned();
    match Client::recorded(policy, record) {
        Ok(client) => Ok((client, who)),
        Err(record) => {
            let tiers = policy.tiers.iter().map(|tier| tier.name.as_str());
            let tiers = tiers.collect::<Vec<_>>().join(", ");
            let version = policy.version;
            let allowed = format!("one of the tiers {tiers} of the policy of version {version}");
            let tier = record.tier.as_str();
            Err(Skip::shown("tier", Some(tier), &allowed).into())
        }
    }
}

fn credential(
    policy: &Policy,
    key: Option<&str>,
    path: Option<String>,
) -> Result<Option<Credential>, CredentialError> {
    let mut presented = Presented {
        path,
        ..Presented::default()
    };
    // What looks like a token is one where the policy has rules for tokens.
    let source = if policy.tokens.is_some() {
        presented.authorization = key.map(|key| format!("Bearer {key}"));
        Source::BearerToken
    } else {
        presented.api_key = key.map(str::to_owned);
        Source::ApiKeyHeader
    };
    Credential::find(&[source], &presented)
}

fn stranger<'p>(
    policy: &'p Policy,
    hash_key: &HashKey,
    address: Option<&str>,
) -> Result<(Client<'p>, String), Stop> {
    let client = Client::stranger(policy, hash_key, address);
    let client = client.map(|client| (client, from(address)));
    client.ok_or_else(|| Stop::Refused(Reason::Unauthenticated, from(address)))
}

/// What the report calls strangers.
pub(crate) fn from(address: Option<&str>) -> String {
    format!("network {}", network(address).own)
}

/// What the report calls what is not to be shown.
pub(crate) fn digits(SubjectId([a, b, c, d, ..]): SubjectId) -> String {
    format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
}
