//! The end of leases. While a lane is less than half full its releases wait a moment in the isolate, to ride on
//! the next request that asks the same object; else they are said at once.

use super::deployment::Deployment;
use super::owner::Owner;
use super::{deadline, log};
use crate::lease::LeaseId;
use crate::object::{Message, Release};
use crate::time::Millis;
use std::cell::RefCell;
use std::collections::HashMap;

/// How long a release waits for a ride, in lanes whose patience is longer: so it never costs anybody a slot.
pub(crate) const RIDE: Millis = Millis(100);

/// How often a release is said at most. If no object has heard it by then, its lease ends by itself.
const ATTEMPTS: u32 = 3;
/// How long one attempt may take.
pub(crate) const ATTEMPT: Millis = Millis(2_000);

/// Most leases that are said at once: a message stays far below what an object reads.
const MOST: usize = 500;

thread_local! {
    /// By the object's name, what has ended and is not said yet.
    static ENDED: RefCell<HashMap<String, Vec<LeaseId>>> = RefCell::default();
}

/// What has ended and is not said yet, or some of it; who takes it says it.
pub(crate) fn ended(owner: &Owner) -> Vec<LeaseId> {
    ENDED.with_borrow_mut(|ended| {
        let Some(leases) = ended.get_mut(&owner.name) else {
            return Vec::new();
        };
        let rest = leases.len().saturating_sub(MOST);
        let taken = leases.split_off(rest);
        if rest == 0 {
            ended.remove(&owner.name);
        }
        taken
    })
}

/// Whether any of these is still to be said. Others that are waiting have time of their own.
fn is_waiting(owner: &Owner, leases: &[LeaseId]) -> bool {
    ENDED.with_borrow(|ended| {
        let ended = ended.get(&owner.name);
        ended.is_some_and(|ended| ended.iter().any(|lease| leases.contains(lease)))
    })
}

/// Ends leases: says so at once, or after a moment if nobody has by then.
pub(crate) async fn release(
    deployment: &Deployment,
    owner: &Owner,
    leases: &[LeaseId],
    rides: bool,
) {
    ENDED.with_borrow_mut(|ended| {
        let ended = ended.entry(owner.name.clone()).or_default();
        ended.extend(leases);
    });
    if rides {
        deadline::pause(RIDE).await;
    }
    while is_waiting(owner, leases) {
        say(deployment, owner, ended(owner)).await;
    }
}

async fn say(deployment: &Deployment, owner: &Owner, leases: Vec<LeaseId>) {
    let message = Message::Release(Release { leases });
    insist(deployment, owner, &message).await;
}

/// Says something until the object has heard it, a few times; whether it has.
pub(crate) async fn insist(deployment: &Deployment, owner: &Owner, message: &Message) -> bool {
    for _ in 0..ATTEMPTS {
        match owner.call(deployment, message, ATTEMPT).await {
            Ok(_) => return true,
            Err(fault) => {
                log::fault(&fault);
                deadline::pause(fault.trouble.pause()).await;
            }
        }
    }
    false
}
