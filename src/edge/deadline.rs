//! Timers, and time limits on calls.
//!
//! What aborts a call is made of the runtime's own functions, so that it holds even when this Wasm instance is lost in
//! a panic; [`within`] only stops listening.

use js_sys::{Function, Reflect};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

use super::promise::Settled;
use crate::time::Millis;

#[wasm_bindgen]
extern "C" {
    // It throws when there are too many timers.
    #[wasm_bindgen(catch, js_name = setTimeout)]
    fn set_timeout(callback: &Function, ms: f64) -> Result<JsValue, JsValue>;
    // It throws when the runtime has given up the request that it is of.
    #[wasm_bindgen(catch, js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue) -> Result<(), JsValue>;
}

#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = after)]
    fn call_after(ms: f64, wake: &Function, id: u32) -> Result<JsValue, JsValue>;
}

/// Calls `callback` once, after `wait`, outside of any future: no waker crosses from one request to another. Whether
/// it will: not where no timer is to be had.
pub(crate) fn after(wait: Millis, callback: impl FnOnce() + 'static) -> bool {
    let callback = Closure::once_into_js(callback);
    set_timeout(callback.unchecked_ref(), millis(wait)).is_ok()
}

/// Calls a function of the runtime's after a while, unless it is dropped before.
pub(crate) struct Timer(JsValue);

impl Timer {
    pub(crate) fn new(wait: Millis, function: &Function) -> Result<Self, JsValue> {
        set_timeout(function, millis(wait)).map(Self)
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let _ = clear_timeout(&self.0);
    }
}

/// Waits, or not where no timer is to be had.
pub(crate) async fn pause(wait: Millis) {
    let mut timer = None;
    let over = Settled::of(|wake, id| {
        timer = call_after(millis(wait), wake, id).ok().map(Timer);
    });
    if timer.is_some() {
        // Nothing rejects it.
        let _ = over.await;
    }
}

#[expect(clippy::cast_precision_loss, reason = "waits are far below 2^53 ms")]
pub(crate) fn millis(wait: Millis) -> f64 {
    wait.0 as f64
}

/// What aborts a controller for that reason.
fn aborter(controller: &AbortController, reason: &str) -> Result<Function, JsValue> {
    let abort: Function = Reflect::get(controller, &"abort".into())?.dyn_into()?;
    Ok(abort.bind1(controller, &reason.into()).unchecked_into())
}

/// What `work` comes to, or `None` if that takes longer than `limit`. The work itself goes on unheard.
pub(crate) async fn within<T>(limit: Millis, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut late = None;
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        // No timer for what is there at once.
        Poll::Pending => late
            .get_or_insert_with(|| Box::pin(pause(limit)))
            .as_mut()
            .poll(context)
            .map(|()| None),
    })
    .await
}

/// Aborts a call after a while, unless it is dropped before.
pub(crate) struct Deadline {
    controller: AbortController,
    _timer: Timer,
}

impl Deadline {
    pub(crate) fn after(wait: Millis, reason: &str) -> Result<Self, JsValue> {
        Self::on(&AbortController::new()?, wait, reason)
    }

    /// A deadline for what may be aborted for other reasons, too.
    pub(crate) fn on(
        controller: &AbortController,
        wait: Millis,
        reason: &str,
    ) -> Result<Self, JsValue> {
        Ok(Self {
            _timer: Timer::new(wait, &aborter(controller, reason)?)?,
            controller: controller.clone(),
        })
    }

    pub(crate) fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::rc::Rc;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    async fn a_deadline_passes_once_and_aborts_its_signal() {
        let deadline = Deadline::after(Millis(20), "late").unwrap();
        let signal = deadline.signal();
        assert!(!signal.aborted());
        pause(Millis(60)).await;
        assert!(signal.aborted());
    }

    #[wasm_bindgen_test]
    async fn a_deadline_that_is_dropped_does_nothing() {
        let deadline = Deadline::after(Millis(20), "late").unwrap();
        let signal = deadline.signal();
        drop(deadline);
        pause(Millis(60)).await;
        assert!(!signal.aborted());
    }

    #[wasm_bindgen_test]
    async fn of_two_deadlines_the_first_says_why() {
        let controller = AbortController::new().unwrap();
        let _first = Deadline::on(&controller, Millis(20), "first").unwrap();
        let _second = Deadline::on(&controller, Millis(40), "second").unwrap();
        pause(Millis(80)).await;
        assert_eq!(controller.signal().reason(), "first");
    }

    #[wasm_bindgen_test]
    async fn a_callback_is_called_once() {
        let calls = Rc::new(Cell::new(0_u32));
        let seen = Rc::clone(&calls);
        after(Millis(1), move || seen.set(seen.get().saturating_add(1)));
        pause(Millis(30)).await;
        assert_eq!(calls.get(), 1);
    }
}
