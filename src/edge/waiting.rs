//! Requests that wait in an object for a slot of a full lane. Whoever ends an exchange may ask again before its release
//! has been heard; nobody is refused for that.

use super::deadline::call_after;
use super::promise::resolvable;
use crate::bounds::MAX_WAITING;
use crate::time::Millis;
use js_sys::Function;
use js_sys::futures::JsFuture;
use std::cell::RefCell;
use wasm_bindgen::JsValue;

/// Those who wait, the first who came first. They are promises of the runtime's, not wakers, because who resolves
/// them is another request.
#[derive(Default)]
pub(crate) struct Waiting(RefCell<Vec<Function>>);

impl Waiting {
    /// Whether one more may wait.
    pub(crate) fn has_room(&self) -> bool {
        self.0.borrow().len() < MAX_WAITING
    }

    /// Waits until a slot may be free, or for `limit`.
    pub(crate) async fn turn(&self, limit: Millis) {
        let (come, turn) = resolvable();
        call_after(limit, &turn);
        self.0.borrow_mut().push(turn.clone());
        // Nothing rejects it.
        let _ = JsFuture::from(come).await;
        self.0.borrow_mut().retain(|waiting| *waiting != turn);
    }

    /// A slot is free: all try, in their order, and who finds none waits on.
    pub(crate) fn call(&self) {
        for turn in self.0.take() {
            // Resolving a promise does not throw.
            let _ = turn.call0(&JsValue::UNDEFINED);
        }
    }
}
