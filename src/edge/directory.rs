//! The key directory in KV: whose a key is.

use super::deployment::Deployment;
use super::failure::Fault;
use super::{clock, log};
use crate::cache::Cache;
use crate::identity::{Credential, Record};
use crate::policy::{Freshness, freshness};
use crate::time::{Millis, UnixMillis};
use std::cell::RefCell;

/// How long a known key is believed without a look at KV.
const KNOWN_FOR: Millis = Millis(60_000);

/// How long an unknown key is: short, so that a new key works soon.
const UNKNOWN_FOR: Millis = Millis(10_000);

/// Entries per generation of the cache.
const CACHED: usize = 10_000;

/// How long KV itself may answer from its cache, in seconds: the least it takes.
const KV_CACHE_SECONDS: u64 = 60;

type Entry = (UnixMillis, Option<Record>);

thread_local! {
    static CACHE: RefCell<Cache<String, Entry>> = RefCell::new(Cache::new(CACHED));
}

/// The record of a key; `None` if the directory does not know it. While KV does not answer, what was last
/// known holds.
pub(crate) async fn find(
    deployment: &Deployment,
    credential: &Credential,
) -> Result<Option<Record>, Fault> {
    let name = deployment.hash_key.record_name(credential.as_str());
    let known = CACHE.with_borrow_mut(|cache| cache.get(&name));
    if let Some((fetched, record)) = &known {
        let fresh_for = if record.is_some() {
            KNOWN_FOR
        } else {
            UNKNOWN_FOR
        };
        if freshness(*fetched, clock::now(), fresh_for) == Freshness::Fresh {
            return Ok(record.clone());
        }
    }
    match (read(deployment, &name).await, known) {
        (Ok(record), _) => {
            let entry = (clock::now(), record.clone());
            CACHE.with_borrow_mut(|cache| cache.put(name, entry));
            Ok(record)
        }
        (Err(fault), Some((_, Some(record)))) => {
            log::fault(&fault);
            Ok(Some(record))
        }
        (Err(fault), _) => Err(fault),
    }
}

async fn read(deployment: &Deployment, name: &str) -> Result<Option<Record>, Fault> {
    let text = deployment
        .kv
        .get(name)
        .cache_ttl(KV_CACHE_SECONDS)
        .text()
        .await;
    let text = text.map_err(|error| Fault::new("directory", error))?;
    text.map(|text| Record::parse(&text))
        .transpose()
        .map_err(|error| Fault::said("directory", error))
}
