//! A keys file: API keys with their accounts and tiers, as people write them down.

use super::{AccountId, Credential, Record};
use crate::bounds::{MAX_KEYS_BYTES, MAX_LABEL_BYTES, MAX_OPERATION_BYTES};
use crate::document::{self, DocumentError, Field, Object};
use crate::limit::Name;
use crate::policy::{Policy, Source};
use std::collections::{BTreeMap, BTreeSet};

/// Most keys in one file.
const MAX_KEYS: usize = 100_000;

/// One entry of a keys file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key itself.
    pub credential: Credential,
    /// What the key directory is to hold for it.
    pub record: Record,
}

/// Reads a keys file: `[{"key":"…","account":"…","tier":"…"}]`, with labels where they have one, and with
/// `shows_would_deny` where their answers name shadow limits. Its records are of one version.
///
/// # Errors
///
/// The first fault: not that form, a key that no request could present, a key twice, a tier that the policy
/// does not have, or an account with keys of two tiers, since a tier belongs to the account.
pub fn read_keys(text: &str, policy: &Policy, version: u64) -> Result<Vec<Key>, DocumentError> {
    let document = document::read(text, MAX_KEYS_BYTES)?;
    let (mut keys, mut seen) = (Vec::new(), BTreeSet::new());
    let mut tiers: BTreeMap<AccountId, Name> = BTreeMap::new();
    let root = Field::root(&document);
    let items = root.list(MAX_KEYS);
    for item in items.map_err(|_| root.fail_unseen(LIST))? {
        let object = entry(&item)?;
        let key = read_key(&object, policy, version)?;
        if !seen.insert(key.credential.as_str().to_owned()) {
            return Err(object.required("key")?.fail_unseen("each key once"));
        }
        let tier = tiers
            .entry(key.record.account.clone())
            .or_insert_with(|| key.record.tier.clone());
        if *tier != key.record.tier {
            let allowed = format!("{:?}, the tier of this account's other keys", tier.as_str());
            return Err(object.required("tier")?.fail(allowed));
        }
        keys.push(key);
    }
    Ok(keys)
}

impl Key {
    /// Reads one entry of a keys file: `{"key":"…","account":"…","tier":"…","label":"…","shows_would_deny":true}`, the
    /// last two if need be.
    ///
    /// # Errors
    ///
    /// The first fault, as [`read_keys`] says it.
    pub fn read(text: &str, policy: &Policy, version: u64) -> Result<Self, DocumentError> {
        let document = document::read(text, MAX_OPERATION_BYTES)?;
        read_key(&entry(&Field::root(&document))?, policy, version)
    }
}

fn entry<'a>(item: &Field<'a>) -> Result<Object<'a>, DocumentError> {
    let object = item.object(&["key", "account", "tier", "label", "shows_would_deny"]);
    object.map_err(|_| item.fail_unseen(ENTRY))
}

fn read_key(object: &Object<'_>, policy: &Policy, version: u64) -> Result<Key, DocumentError> {
    let (key, account, tier) = (
        object.required("key")?,
        object.required("account")?,
        object.required("tier")?,
    );
    let text = key.text().map_err(|_| key.fail_unseen(KEY))?;
    let credential =
        Credential::new(text, Source::ApiKeyHeader).map_err(|_| key.fail_unseen(KEY))?;
    let account = AccountId::try_from(account.text()?.to_owned())
        .map_err(|_| account.fail(AccountId::ALLOWED))?;
    let name = tier.name()?;
    if policy.tier(&name).is_none() {
        return Err(tier.fail("a tier of the policy"));
    }
    Ok(Key {
        credential,
        record: Record {
            account,
            tier: name,
            version,
            label: object
                .optional("label")
                .map(|label| read_label(&label))
                .transpose()?,
            shows_would_deny: object
                .optional("shows_would_deny")
                .map_or(Ok(false), |field| read_shows(&field))?,
        },
    })
}

// Unseen, since a key may stand there by mistake.
fn read_label(field: &Field<'_>) -> Result<Box<str>, DocumentError> {
    let text = field.text().unwrap_or_default();
    if (1..=MAX_LABEL_BYTES).contains(&text.len()) && !text.chars().any(char::is_control) {
        return Ok(text.into());
    }
    Err(field.fail_unseen("a text of 1 to 128 bytes without control characters"))
}

// Unseen as well.
fn read_shows(field: &Field<'_>) -> Result<bool, DocumentError> {
    let shows = field.boolean();
    shows.map_err(|_| field.fail_unseen("true or false"))
}

// A key is a secret: no error shows what stands where a key should, or may stand by mistake.
const LIST: &str = "a list of at most 100000 keys";
const ENTRY: &str =
    "an object of key, account and tier, and label and shows_would_deny if need be, each once";
const KEY: &str = "a key of 1 to 512 visible ASCII characters without a comma";
