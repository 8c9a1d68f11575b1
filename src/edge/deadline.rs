//! A time limit on a call, which aborts it.

use js_sys::Function;
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};
use worker::Delay;

use crate::time::Millis;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, ms: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Calls `callback` once, after `wait`, outside of any future: no waker crosses from one request to another.
pub(crate) fn after(wait: Millis, callback: impl FnOnce() + 'static) -> JsValue {
    set_timeout(
        Closure::once_into_js(callback).unchecked_ref(),
        millis(wait),
    )
}

#[expect(clippy::cast_precision_loss, reason = "waits are far below 2^53 ms")]
fn millis(wait: Millis) -> f64 {
    wait.0 as f64
}

/// What `work` comes to, or `None` if that takes longer than `limit`. The work itself goes on unheard.
pub(crate) async fn within<T>(limit: Millis, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut timeout) = (
        pin!(work),
        pin!(Delay::from(Duration::from_millis(limit.0))),
    );
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => timeout.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// Aborts its signal after a while, unless it is dropped before.
pub(crate) struct Deadline {
    controller: AbortController,
    timer: JsValue,
    passed: Rc<Cell<bool>>,
    _callback: Closure<dyn FnMut()>,
}

impl Deadline {
    pub(crate) fn after(wait: Millis) -> Result<Self, JsValue> {
        let controller = AbortController::new()?;
        let passed = Rc::new(Cell::new(false));
        let callback = Closure::new({
            let (controller, passed) = (controller.clone(), Rc::clone(&passed));
            move || {
                passed.set(true);
                controller.abort();
            }
        });
        let timer = set_timeout(callback.as_ref().unchecked_ref(), millis(wait));
        Ok(Self {
            controller,
            timer,
            passed,
            _callback: callback,
        })
    }

    pub(crate) fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }

    pub(crate) fn has_passed(&self) -> bool {
        self.passed.get()
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use js_sys::Promise;
    use js_sys::futures::JsFuture;
    use wasm_bindgen_test::wasm_bindgen_test;

    async fn pause(ms: u64) {
        let over = Promise::new(&mut |resolve, _| {
            after(Millis(ms), move || drop(resolve.call0(&JsValue::NULL)));
        });
        JsFuture::from(over).await.unwrap();
    }

    #[wasm_bindgen_test]
    async fn a_deadline_passes_once_and_aborts_its_signal() {
        let deadline = Deadline::after(Millis(20)).unwrap();
        let signal = deadline.signal();
        assert!(!deadline.has_passed() && !signal.aborted());
        pause(60).await;
        assert!(deadline.has_passed() && signal.aborted());
    }

    #[wasm_bindgen_test]
    async fn a_deadline_that_is_dropped_does_nothing() {
        let deadline = Deadline::after(Millis(20)).unwrap();
        let signal = deadline.signal();
        drop(deadline);
        pause(60).await;
        assert!(!signal.aborted());
    }

    #[wasm_bindgen_test]
    async fn a_callback_is_called_once() {
        let calls = Rc::new(Cell::new(0_u32));
        let seen = Rc::clone(&calls);
        after(Millis(1), move || seen.set(seen.get().saturating_add(1)));
        pause(30).await;
        assert_eq!(calls.get(), 1);
    }
}
