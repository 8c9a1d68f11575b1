//! The key directory, as it is told and changed. No answer and no error shows a key.

use super::policy::{malformed, number};
use super::stored::{Page, Stored};
use crate::account::{Reply, list, object, quoted};
use crate::bounds::MAX_OPERATION_BYTES;
use crate::document::{self, Field};
use crate::identity::{AccountId, HashKey, Key, RECORDS, Record};
use crate::policy::Policy;
use crate::time::UnixMillis;

/// Reads a key that is to be put: `{"key":"…","account":"…","tier":"…","label":"…","shows_would_deny":true}`, the
/// last two if need be. Its record is as new as `now`.
///
/// # Errors
///
/// 400: another body, a key that no request could present, or a tier that the policy lacks.
pub fn put_key(body: &str, policy: &Policy, now: UnixMillis) -> Result<Key, Reply> {
    Key::read(body, policy, now.0 / 1_000).map_err(|error| malformed(&error))
}

const REVOKED: &str = "{\"key\": \"…\"}, or {\"hash\": \"…\"} of 64 hexadecimal digits";

/// The hash of the key that a body names: `{"key": "…"}`, or `{"hash": "…"}` as the directory lists it.
///
/// # Errors
///
/// 400 for another body.
pub fn revoked_hash(body: &str, hash_key: &HashKey) -> Result<String, Reply> {
    let read = || {
        let document = document::read(body, MAX_OPERATION_BYTES)?;
        let root = Field::root(&document);
        let wrong = || root.fail_unseen(REVOKED);
        let object = root.object(&["key", "hash"]).map_err(|_| wrong())?;
        let text = |name| object.optional(name).map(|field| field.text());
        match (text("key"), text("hash")) {
            (Some(Ok(key)), None) if !key.is_empty() => {
                Ok(hash_in(&hash_key.record_name(key)).to_owned())
            }
            (None, Some(Ok(hash))) if is_hash(hash) => Ok(hash.to_ascii_lowercase()),
            _ => Err(wrong()),
        }
    };
    read().map_err(|error| malformed(&error))
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn hash_in(name: &str) -> &str {
    name.strip_prefix(RECORDS).unwrap_or(name)
}

/// A record as JSON. One that does not read has no account: its key gets a 503.
#[must_use]
pub fn record(name: &str, record: Option<&Record>) -> String {
    let account = record.map(|record| record.account.as_str());
    let tier = record.map(|record| record.tier.as_str());
    let label = record.and_then(|record| record.label.as_deref());
    let shows = record.map(|record| record.shows_would_deny.to_string());
    object(&[
        ("hash", quoted(Some(hash_in(name)))),
        ("account", quoted(account)),
        ("tier", quoted(tier)),
        ("label", quoted(label)),
        ("shows_would_deny", shows.unwrap_or_else(|| quoted(None))),
        ("version", number(record.map(|record| record.version))),
    ])
}

/// What is told of a key that was revoked, as JSON: its record as it was, and whether its account's object refuses it at once.
#[must_use]
pub fn revoked(name: &str, record: Option<&Record>, at_once: bool) -> Reply {
    let account = record.map(|record| record.account.as_str());
    Reply::ok(object(&[
        ("hash", quoted(Some(hash_in(name)))),
        ("account", quoted(account)),
        ("at_once", at_once.to_string()),
    ]))
}

/// The records of a page as JSON, those of an account alone if one is named.
#[must_use]
pub fn keys(page: &Page, account: Option<&AccountId>) -> Vec<String> {
    let one = |stored: &Stored| {
        let found = Record::parse(stored.text.as_ref()?).ok();
        let is_asked = account.is_none_or(|account| {
            let its = found.as_ref().map(|found| &found.account);
            its == Some(account)
        });
        is_asked.then(|| record(&stored.name, found.as_ref()))
    };
    page.entries.iter().filter_map(one).collect()
}

/// A list under its name, and where it goes on, as JSON.
#[must_use]
pub fn listed(name: &str, entries: Vec<String>, next: Option<&str>) -> Reply {
    Reply::ok(object(&[
        (name, list(entries.into_iter())),
        ("next", quoted(next)),
    ]))
}
