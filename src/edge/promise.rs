//! Promises that are resolved from elsewhere, by the runtime's own functions alone.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type Thenable;
    #[wasm_bindgen(method)]
    fn then(this: &Thenable, fulfilled: &Function, rejected: &Function) -> Promise;
}

/// A promise, and what resolves it.
pub(crate) fn resolvable() -> (Promise, Function) {
    // The promise says what resolves it before it is there itself.
    let mut resolve: Function = JsValue::UNDEFINED.unchecked_into();
    let promise = Promise::new(&mut |how, _| resolve = how);
    (promise, resolve)
}

/// Calls a function once a promise is settled, in either way.
pub(crate) fn when_settled(promise: &Promise, function: &Function) {
    let promise: &Thenable = promise.unchecked_ref();
    drop(promise.then(function, function));
}
