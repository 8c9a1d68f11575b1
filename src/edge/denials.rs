//! Denials that this isolate repeats by itself.

use super::clock;
use crate::cache::{Asked, Denials};
use crate::subject::Decision;
use crate::time::{Millis, UnixMillis};
use std::cell::RefCell;

thread_local! {
    static DENIALS: RefCell<Denials> = RefCell::default();
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
