//! Denials that this isolate repeats by itself.

use super::clock;
use crate::cache::{Asked, Denials, Repeated};
use crate::limit::Name;
use crate::subject::Decision;
use crate::time::{Millis, UnixMillis};
use std::cell::RefCell;

thread_local! {
    static DENIALS: RefCell<Denials> = RefCell::default();
    static REPEATED: RefCell<Repeated> = RefCell::default();
}

/// What the owner has refused lately and would still refuse. What is asked is told if anything is remembered at all.
pub(crate) fn known(asked: impl FnOnce() -> Asked) -> Option<Decision> {
    DENIALS.with_borrow_mut(|denials| {
        if denials.is_empty() {
            return None;
        }
        denials.known(&asked(), clock::now())
    })
}

/// Takes note of what the owner has decided on an ask that was sent at `sent`, for `most` at most.
pub(crate) fn learn(
    asked: impl FnOnce() -> Asked,
    decision: &Decision,
    sent: UnixMillis,
    most: Millis,
) {
    DENIALS.with_borrow_mut(|denials| denials.learn(asked, decision, sent, most));
}

/// Counts a denial that was repeated to an account, to tell its object with the next ask.
pub(crate) fn repeated(object: &str, decision: &Decision) {
    if let Some(standing) = decision.refused_by() {
        REPEATED.with_borrow_mut(|it| it.note(object, &standing.limit.name, 1));
    }
}

/// What an object has not been told of what was repeated to its account; whoever takes it tells it.
pub(crate) fn untold(object: &str) -> Vec<(Name, u64)> {
    REPEATED.with_borrow_mut(|it| it.taken(object))
}

/// Takes back what an object may not have heard.
pub(crate) fn put_back(object: &str, untold: Vec<(Name, u64)>) {
    for (limit, times) in untold {
        REPEATED.with_borrow_mut(|it| it.note(object, &limit, times));
    }
}
