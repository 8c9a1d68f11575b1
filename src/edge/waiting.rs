//! Requests that wait in an object for a slot of a full lane. Whoever ends an exchange may ask again before its release
//! has been heard; nobody is refused for that.

use super::deadline::Timer;
use super::promise::{resolvable, settled};
use crate::bounds::MAX_WAITING;
use crate::lease::LeaseId;
use crate::limit::Name;
use crate::time::Millis;
use js_sys::Function;
use std::cell::{Cell, RefCell};
use wasm_bindgen::JsValue;

/// Those who wait, by lane and in the order in which they came. They are promises of the runtime's, not wakers,
/// because who resolves them is another request.
#[derive(Default)]
pub(crate) struct Waiting {
    turns: RefCell<Vec<Turn>>,
    last: Cell<Ticket>,
}

struct Turn {
    lane: Name,
    lease: Option<LeaseId>,
    ticket: Ticket,
    call: Function,
}

/// What somebody who waits is told that is not to ask any more.
const DISMISSED: bool = false;

/// A place in the order.
type Ticket = u64;

impl Waiting {
    /// A place behind all others; `None` if no more may wait.
    pub(crate) fn ticket(&self) -> Option<Ticket> {
        self.last.set(self.last.get().saturating_add(1));
        (self.turns.borrow().len() < MAX_WAITING).then(|| self.last.get())
    }

    /// Waits until a slot of the lane may be free, or for `limit`; whether it is still to be asked for.
    pub(crate) async fn turn(
        &self,
        lane: &Name,
        lease: Option<LeaseId>,
        ticket: Ticket,
        limit: Millis,
    ) -> Result<bool, JsValue> {
        let (come, call) = resolvable();
        let _timer = Timer::new(limit, &call)?;
        let lane = lane.clone();
        self.turns.borrow_mut().push(Turn {
            lane,
            lease,
            ticket,
            call,
        });
        let waited = settled(&come).await;
        self.turns.borrow_mut().retain(|turn| turn.ticket != ticket);
        waited.map(|said| said != DISMISSED)
    }

    /// The same request asks again: whoever waited for it waits no more. Once the request is over nobody would release
    /// a slot that came to the earlier one.
    pub(crate) fn dismiss(&self, lease: LeaseId) {
        let is_same = |turn: &mut Turn| turn.lease == Some(lease);
        for turn in self.turns.borrow_mut().extract_if(.., is_same) {
            // Resolving a promise does not throw.
            let _ = turn.call.call1(&JsValue::UNDEFINED, &DISMISSED.into());
        }
    }

    /// A slot of a lane is free: whoever came first tries to get it.
    pub(crate) fn call(&self, lane: &Name) {
        let mut turns = self.turns.borrow_mut();
        let waiting = turns
            .iter()
            .enumerate()
            .filter(|(_, turn)| turn.lane == *lane);
        let first = waiting.min_by_key(|(_, turn)| turn.ticket);
        let first = first.map(|(at, _)| at);
        if let Some(turn) = first.map(|at| turns.swap_remove(at)) {
            // Resolving a promise does not throw.
            let _ = turn.call.call0(&JsValue::UNDEFINED);
        }
    }
}
