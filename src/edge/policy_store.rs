//! The policy out of KV: cached in the isolate, the last good one kept.

use super::deployment::Deployment;
use super::failure::Fault;
use super::{clock, log};
use crate::policy::{Freshness, Policy, freshness};
use crate::time::{Millis, UnixMillis};
use std::cell::RefCell;
use std::rc::Rc;
use worker::Context;

/// How long a policy is used without a look at KV; for as long again it is used while KV is looked at.
const FRESH_FOR: Millis = Millis(30_000);

/// How long KV itself may answer from its cache, in seconds: the least it takes.
const KV_CACHE_SECONDS: u64 = 60;

/// The policy of a deployment whose KV holds none.
const DEFAULT: &str = include_str!("../../policies/default.json");

/// A policy and what is known of it.
#[derive(Clone)]
pub(crate) struct Current {
    pub(crate) policy: Rc<Policy>,
    /// Whether KV could not be read, or what it held was no policy.
    pub(crate) degraded: bool,
    fetched: UnixMillis,
}

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// The policy in force.
pub(crate) async fn current(
    deployment: &Rc<Deployment>,
    context: &Context,
) -> Result<Current, Fault> {
    let now = clock::now();
    let known = CURRENT.with_borrow(Clone::clone);
    match known.map(|known| (freshness(known.fetched, now, FRESH_FOR), known)) {
        Some((Freshness::Fresh, known)) => Ok(known),
        Some((Freshness::Stale, known)) => {
            // One look for all: the next request finds it fresh.
            CURRENT.with_borrow_mut(|current| {
                if let Some(current) = current {
                    current.fetched = now;
                }
            });
            let deployment = Rc::clone(deployment);
            context.wait_until(async move {
                let _ = fetch(&deployment).await;
            });
            Ok(known)
        }
        Some((Freshness::Expired, _)) | None => fetch(deployment).await,
    }
}

async fn fetch(deployment: &Deployment) -> Result<Current, Fault> {
    let read = deployment
        .kv
        .get("policy")
        .cache_ttl(KV_CACHE_SECONDS)
        .text()
        .await;
    let parsed = match read {
        Ok(Some(text)) => Policy::parse(&text)
            .map(Some)
            .map_err(|error| Fault::said("policy", error)),
        Ok(None) => Ok(None),
        Err(error) => Err(Fault::new("policy", error)),
    };
    let known = CURRENT.with_borrow(Clone::clone);
    let degraded = parsed.is_err();
    let policy = match (parsed, known) {
        (Ok(Some(policy)), _) => Rc::new(policy),
        (Ok(None), Some(known)) => known.policy,
        (Err(fault), Some(known)) => {
            log::fault(&fault);
            known.policy
        }
        (Ok(None), None) => default_policy()?,
        (Err(fault), None) => {
            log::fault(&fault);
            default_policy()?
        }
    };
    let current = Current {
        policy,
        degraded,
        fetched: clock::now(),
    };
    CURRENT.set(Some(current.clone()));
    Ok(current)
}

fn default_policy() -> Result<Rc<Policy>, Fault> {
    Policy::parse(DEFAULT)
        .map(Rc::new)
        .map_err(|error| Fault::said("policy", error))
}
