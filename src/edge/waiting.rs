//! Requests that wait in an object for a slot of a full lane. Whoever ends an exchange may ask again before its release
//! has been heard; nobody is refused for that.

use super::deadline::Timer;
use super::promise::resolvable;
use crate::bounds::MAX_WAITING;
use crate::limit::Name;
use crate::time::Millis;
use js_sys::Function;
use js_sys::futures::JsFuture;
use std::cell::{Cell, RefCell};
use wasm_bindgen::JsValue;

/// Those who wait, by lane and in the order in which they came. They are promises of the runtime's, not wakers,
/// because who resolves them is another request.
#[derive(Default)]
pub(crate) struct Waiting {
    turns: RefCell<Vec<(Name, Ticket, Function)>>,
    last: Cell<Ticket>,
}

/// A place in the order.
type Ticket = u64;

impl Waiting {
    /// A place behind all others; `None` if no more may wait.
    pub(crate) fn ticket(&self) -> Option<Ticket> {
        self.last.set(self.last.get().saturating_add(1));
        (self.turns.borrow().len() < MAX_WAITING).then(|| self.last.get())
    }

    /// Waits until a slot of the lane may be free, or for `limit`.
    pub(crate) async fn turn(
        &self,
        lane: &Name,
        ticket: Ticket,
        limit: Millis,
    ) -> Result<(), JsValue> {
        let (come, turn) = resolvable();
        let _timer = Timer::new(limit, &turn)?;
        self.turns.borrow_mut().push((lane.clone(), ticket, turn));
        let waited = JsFuture::from(come).await;
        self.turns
            .borrow_mut()
            .retain(|(_, place, _)| *place != ticket);
        waited.map(drop)
    }

    /// A slot of a lane is free: whoever came first tries to get it.
    pub(crate) fn call(&self, lane: &Name) {
        let mut turns = self.turns.borrow_mut();
        let waiting = turns
            .iter()
            .enumerate()
            .filter(|(_, (waiting, ..))| waiting == lane);
        let first = waiting
            .min_by_key(|(_, (_, ticket, _))| *ticket)
            .map(|(at, _)| at);
        if let Some((_, _, turn)) = first.map(|at| turns.swap_remove(at)) {
            // Resolving a promise does not throw.
            let _ = turn.call0(&JsValue::UNDEFINED);
        }
    }
}
