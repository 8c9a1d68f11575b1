//! A time limit on a call, which aborts it.

use js_sys::Function;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

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

#[expect(clippy::cast_precision_loss, reason = "waits are at most an hour")]
fn millis(wait: Millis) -> f64 {
    wait.0 as f64
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
