//! Promises: some are resolved from elsewhere, by the runtime's own functions alone, others waited for.

use super::task;
use js_sys::{Function, Promise};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    #[wasm_bindgen(js_name = whenSettled)]
    fn tell_when_settled(promise: &Promise, wake: &Function, id: u32);
}

/// A promise, and what resolves it.
pub(crate) fn resolvable() -> (Promise, Function) {
    // The promise says what resolves it before it is there itself.
    let mut resolve: Function = JsValue::UNDEFINED.unchecked_into();
    let promise = Promise::new(&mut |how, _| resolve = how);
    (promise, resolve)
}

/// What a promise comes to.
pub(crate) fn settled(promise: &Promise) -> Settled {
    Settled::of(|wake, id| tell_when_settled(promise, wake, id))
}

/// Something that is still to come: its value, or what was thrown.
pub(crate) struct Settled(u32);

enum Coming {
    Awaited(Option<Waker>),
    Here(Result<JsValue, JsValue>),
}

thread_local! {
    static COMING: RefCell<BTreeMap<u32, Coming>> = const { RefCell::new(BTreeMap::new()) };
    static LAST: Cell<u32> = const { Cell::new(0) };
}

impl Settled {
    /// What `call` begins. It gets a function that is to be called once, later, with the number, whether it went well,
    /// and the value.
    pub(crate) fn of(call: impl FnOnce(&Function, u32)) -> Self {
        let id = LAST.get().wrapping_add(1);
        LAST.set(id);
        COMING.with_borrow_mut(|coming| coming.insert(id, Coming::Awaited(None)));
        call(&task::wake(), id);
        Self(id)
    }
}

/// Takes note of what has come. Of what nobody waits for any more nothing is kept.
pub(super) fn come(id: u32, value: Result<JsValue, JsValue>) {
    let before = COMING.with_borrow_mut(|coming| {
        // What came first counts.
        let it = coming.get_mut(&id);
        let it = it.filter(|it| matches!(it, Coming::Awaited(_)))?;
        Some(std::mem::replace(it, Coming::Here(value)))
    });
    if let Some(Coming::Awaited(Some(waker))) = before {
        waker.wake();
    }
}

impl Future for Settled {
    type Output = Result<JsValue, JsValue>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        COMING.with_borrow_mut(|coming| {
            if let Some(Coming::Here(value)) = coming.remove(&self.0) {
                return Poll::Ready(value);
            }
            let waker = Some(context.waker().clone());
            coming.insert(self.0, Coming::Awaited(waker));
            Poll::Pending
        })
    }
}

impl Drop for Settled {
    fn drop(&mut self) {
        COMING.with_borrow_mut(|coming| coming.remove(&self.0));
    }
}
