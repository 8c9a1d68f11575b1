//! The key directory in KV: whose a key is.

use super::deployment::Deployment;
use super::failure::Fault;
use super::{clock, kv, log};
use crate::account::KeyHash;
use crate::cache::{Cache, Freshness, freshness};
use crate::identity::{Credential, Record};
use crate::time::{Millis, UnixMillis};
use std::cell::RefCell;

/// How long a known key is believed without a look at KV.
const KNOWN_FOR: Millis = Millis(60_000);

/// How long an unknown key is: short, so that a new key works soon.
const UNKNOWN_FOR: Millis = Millis(10_000);

/// Entries per generation of each cache.
const CACHED: usize = 10_000;

/// What the directory says of a key.
#[derive(Clone, Default)]
pub(crate) struct Found {
    /// Whose it is; `None` if it is not known.
    pub(crate) record: Option<Record>,
    /// Whether that is what was last known, because KV does not answer.
    pub(crate) degraded: bool,
}

thread_local! {
    static KNOWN: RefCell<Cache<KeyHash, (UnixMillis, Found)>> = RefCell::new(Cache::new(CACHED));
    // Apart, so that made-up keys do not push out real ones.
    static UNKNOWN: RefCell<Cache<KeyHash, UnixMillis>> = RefCell::new(Cache::new(CACHED));
}

/// Looks a key up, of which `key` is the hash.
pub(crate) async fn find(
    deployment: &Deployment,
    credential: &Credential,
    key: KeyHash,
) -> Result<Found, Fault> {
    let known = KNOWN.with_borrow_mut(|cache| cache.get(&key));
    let fresh =
        |fetched, fresh_for| freshness(fetched, clock::now(), fresh_for) == Freshness::Fresh;
    if let Some((_, found)) = known
        .clone()
        .filter(|(fetched, _)| fresh(*fetched, KNOWN_FOR))
    {
        return Ok(found);
    }
    if UNKNOWN
        .with_borrow_mut(|cache| cache.get(&key))
        .is_some_and(|fetched| fresh(fetched, UNKNOWN_FOR))
    {
        return Ok(Found::default());
    }
    let name = deployment.hash_key.record_name(credential.as_str());
    match kv::read(deployment, &name, "directory").await {
        Ok(text) => learn(key, text.as_deref()),
        Err(fault) => remember(key, known, fault),
    }
}

/// Takes note of what KV says. A record that does not read is a fault: the key is neither known nor unknown.
fn learn(key: KeyHash, text: Option<&str>) -> Result<Found, Fault> {
    let now = clock::now();
    let record = text.map(Record::parse).transpose();
    let found = Found {
        record: record.map_err(|error| Fault::said("directory", error).owners())?,
        degraded: false,
    };
    if found.record.is_some() {
        KNOWN.with_borrow_mut(|cache| cache.put(key, (now, found.clone())));
    } else {
        KNOWN.with_borrow_mut(|cache| cache.remove(&key));
        UNKNOWN.with_borrow_mut(|cache| cache.put(key, now));
    }
    Ok(found)
}

/// What was last known holds while KV does not answer, and is believed for as long as if it had.
fn remember(
    key: KeyHash,
    known: Option<(UnixMillis, Found)>,
    fault: Fault,
) -> Result<Found, Fault> {
    let Some((_, mut found)) = known else {
        return Err(fault);
    };
    log::fault(&fault);
    found.degraded = true;
    KNOWN.with_borrow_mut(|cache| cache.put(key, (clock::now(), found.clone())));
    Ok(found)
}
