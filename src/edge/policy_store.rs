//! The policy out of KV: cached in the isolate, the last good one kept.

use super::deployment::Deployment;
use super::failure::Fault;
use super::task::Context;
use super::{clock, kv, log};
use crate::admin::POLICY;
use crate::cache::{Freshness, freshness};
use crate::policy::Policy;
use crate::time::UnixMillis;
use std::cell::RefCell;
use std::rc::Rc;

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

/// What an isolate knows of an API's policy.
pub(crate) type Known = RefCell<Option<Current>>;

/// The policy in force. It is used for its maximal age without a look at KV, and for as long again while KV is
/// looked at.
pub(crate) async fn current(
    deployment: &Rc<Deployment>,
    context: &Context,
) -> Result<Current, Fault> {
    let now = clock::now();
    let known = deployment.learned.policy.borrow().clone();
    let fresh_for = deployment.policy_max_age;
    match known.map(|known| (freshness(known.fetched, now, fresh_for), known)) {
        Some((Freshness::Fresh, known)) => Ok(known),
        Some((Freshness::Stale, known)) => {
            // One look for all: the next request finds it fresh.
            if let Some(current) = deployment.learned.policy.borrow_mut().as_mut() {
                current.fetched = now;
            }
            let deployment = Rc::clone(deployment);
            context.wait_until(async move {
                let _ = fetch(&deployment).await;
            });
            Ok(known)
        }
        Some((Freshness::Expired, _)) | None => fetch(deployment).await,
    }
}

/// Asks KV. What does not read is no policy: the last good one holds, and without one nobody is served, since
/// nobody knows who may pass.
async fn fetch(deployment: &Deployment) -> Result<Current, Fault> {
    let text = kv::read(deployment, POLICY, "policy").await;
    let parsed = text.and_then(|text| {
        let policy = text.map(|text| Policy::parse(&text)).transpose();
        policy.map_err(|error| Fault::said("policy", error))
    });
    let parsed = parsed.map_err(|fault| of_api(deployment, fault));
    let known = deployment.learned.policy.borrow().clone();
    let known = known.map(|known| known.policy);
    let degraded = parsed.is_err();
    let policy = match (parsed, known) {
        (Ok(Some(policy)), _) => Rc::new(policy),
        (Ok(None), Some(known)) => known,
        (Ok(None), None) => default_policy()?,
        (Err(fault), Some(known)) => {
            log::fault(&fault);
            known
        }
        (Err(fault), None) => return Err(fault),
    };
    let fetched = clock::now();
    let current = Current {
        policy,
        degraded,
        fetched,
    };
    deployment.learned.policy.replace(Some(current.clone()));
    Ok(current)
}

/// Says whose policy it is, in a deployment of several.
fn of_api(deployment: &Deployment, fault: Fault) -> Fault {
    let problem = match deployment.api() {
        Some(api) => [api, ": ", &fault.problem].concat(),
        None => fault.problem,
    };
    Fault { problem, ..fault }
}

/// Older than every policy that is put: an object that has met one does not step back to it.
pub(crate) fn default_policy() -> Result<Rc<Policy>, Fault> {
    let mut policy = Policy::parse(DEFAULT).map_err(|error| Fault::said("policy", error))?;
    policy.version = 0;
    Ok(Rc::new(policy))
}
