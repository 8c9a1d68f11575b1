//! Denials that this isolate repeats by itself.

use super::clock;
use super::owner::Owner;
use crate::cache::{Asked, Denials};
use crate::object::Ask;
use crate::subject::Decision;
use crate::time::{Millis, UnixMillis};
use std::cell::RefCell;

thread_local! {
    static DENIALS: RefCell<Denials> = RefCell::default();
}

/// What the owner has refused lately and would still refuse.
pub(crate) fn known(owner: &Owner, ask: &mut Ask) -> Option<Decision> {
    DENIALS.with_borrow_mut(|denials| {
        if denials.is_empty() {
            return None;
        }
        denials.known(&Asked::of(&owner.name, ask), clock::now())
    })
}

/// Takes note of what the owner has decided on an ask that was sent at `sent`, for `most` at most.
pub(crate) fn learn(
    owner: &Owner,
    ask: &mut Ask,
    decision: &Decision,
    sent: UnixMillis,
    most: Millis,
) {
    if decision.stands_for().is_some() && !most.is_zero() {
        let asked = Asked::of(&owner.name, ask);
        DENIALS.with_borrow_mut(|denials| denials.learn(asked, decision, sent, most));
    }
}
