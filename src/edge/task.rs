//! Futures as the gate runs them: at once, and on as soon as what they wait for has come, not a turn of the event loop
//! later. What is there at once costs no promise.

use super::promise::{come, resolvable};
use js_sys::{Function, Promise};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context as Polled, Wake, Waker};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What the runtime hands over with a request.
    #[derive(Clone)]
    pub type Context;
    /// Keeps the runtime at work on the request until a promise is settled, even if the client goes.
    #[wasm_bindgen(method, js_name = waitUntil)]
    pub(crate) fn wait_for(this: &Context, promise: &Promise);
}

impl Context {
    /// Runs a future to its end, even if the client goes.
    pub(crate) fn wait_until(&self, future: impl Future<Output = ()> + 'static) {
        let promise = answer(async move {
            future.await;
            JsValue::UNDEFINED
        });
        if !promise.is_undefined() {
            self.wait_for(promise.unchecked_ref());
        }
    }
}

#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    /// What wakes a task. When nothing can call it any more, the task is forgotten.
    fn waker(come: &Function, forget: &Function, task: u32) -> Function;
}

type Work = Pin<Box<dyn Future<Output = ()>>>;

struct Task {
    /// `None` while it runs.
    work: Option<Work>,
    /// Whether it was woken while it ran.
    is_woken: bool,
    /// What wakes it, once it has waited.
    wake: Option<Function>,
}

thread_local! {
    static TASKS: RefCell<BTreeMap<u32, Task>> = const { RefCell::new(BTreeMap::new()) };
    static LAST: Cell<u32> = const { Cell::new(0) };
    static CURRENT: Cell<u32> = const { Cell::new(0) };
    // One of each for all: a closure costs more than what waits for it.
    static COME: Function = {
        let told: Box<dyn Fn(u32, bool, JsValue)> = Box::new(|id, is_kept, value| {
            come(id, if is_kept { Ok(value) } else { Err(value) });
        });
        Closure::wrap(told).into_js_value().unchecked_into()
    };
    static FORGET: Function = {
        let forget: Box<dyn Fn(u32)> = Box::new(|task| {
            // Dropped when the list is free again: what it drops may start others.
            drop(TASKS.with_borrow_mut(|tasks| tasks.remove(&task)));
        });
        Closure::wrap(forget).into_js_value().unchecked_into()
    };
}

/// What is called when something has come that the running task waits for. What the runtime gives up, as it does with all
/// of a request whose client has gone, calls it never, and lets go of it: then the task is dropped, too.
pub(super) fn wake() -> Function {
    let id = CURRENT.get();
    let new = || COME.with(|come| FORGET.with(|forget| waker(come, forget, id)));
    TASKS.with_borrow_mut(|tasks| match tasks.get_mut(&id) {
        Some(task) => task.wake.get_or_insert_with(new).clone(),
        None => new(),
    })
}

struct Waking(u32);

impl Wake for Waking {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        run(self);
    }
}

/// What a future comes to if that is known at once, else a promise of it.
pub(crate) fn answer(future: impl Future<Output = JsValue> + 'static) -> JsValue {
    let outcome = Rc::new(RefCell::new(Outcome::Open));
    let told = Rc::clone(&outcome);
    start(Box::pin(async move {
        let value = future.await;
        let before = told.replace(Outcome::Known(value.clone()));
        if let Outcome::Promised(resolve) = before {
            // Resolving a promise does not throw.
            let _ = resolve.call1(&JsValue::UNDEFINED, &value);
        }
    }));
    if let Outcome::Known(value) = &*outcome.borrow() {
        return value.clone();
    }
    let (promise, resolve) = resolvable();
    outcome.replace(Outcome::Promised(resolve));
    promise.into()
}

enum Outcome {
    Open,
    Promised(Function),
    Known(JsValue),
}

fn start(work: Work) {
    let id = LAST.get().wrapping_add(1);
    LAST.set(id);
    let task = Task {
        work: Some(work),
        is_woken: false,
        wake: None,
    };
    TASKS.with_borrow_mut(|tasks| tasks.insert(id, task));
    run(&Arc::new(Waking(id)));
}

/// Runs a task until it waits for something, or has ended.
fn run(task: &Arc<Waking>) {
    let id = task.0;
    loop {
        let work = TASKS.with_borrow_mut(|tasks| {
            let task = tasks.get_mut(&id)?;
            task.is_woken = task.work.is_none();
            task.work.take()
        });
        let Some(mut work) = work else { return };
        let waker = Waker::from(Arc::clone(task));
        let before = CURRENT.replace(id);
        let polled = work.as_mut().poll(&mut Polled::from_waker(&waker));
        CURRENT.set(before);
        if polled.is_ready() {
            TASKS.with_borrow_mut(|tasks| tasks.remove(&id));
            return;
        }
        let is_woken = TASKS.with_borrow_mut(|tasks| {
            tasks.get_mut(&id).is_some_and(|task| {
                task.work = Some(work);
                task.is_woken
            })
        });
        if !is_woken {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::deadline::pause;
    use crate::edge::promise::settled;
    use crate::time::Millis;
    use js_sys::futures::JsFuture;
    use wasm_bindgen_test::wasm_bindgen_test;

    async fn promised(answer: JsValue) -> JsValue {
        JsFuture::from(answer.dyn_into::<Promise>().unwrap())
            .await
            .unwrap()
    }

    #[wasm_bindgen_test]
    fn what_is_there_at_once_is_no_promise() {
        assert_eq!(answer(async { 7.into() }), 7);
    }

    #[wasm_bindgen_test]
    async fn what_comes_later_is_promised_and_may_be_waited_for_again_and_again() {
        let later = answer(async {
            let first = settled(&Promise::resolve(&JsValue::from(3))).await.unwrap();
            pause(Millis(1)).await;
            let thrown = settled(&Promise::reject(&JsValue::from(4)))
                .await
                .unwrap_err();
            (first.as_f64().unwrap() + thrown.as_f64().unwrap()).into()
        });
        assert_eq!(promised(later).await, 7);
    }

    #[wasm_bindgen_test]
    async fn a_task_may_start_and_wake_another() {
        let (come, call) = resolvable();
        let outer = answer(async move {
            let inner = answer(async move { settled(&come).await.unwrap() });
            call.call1(&JsValue::UNDEFINED, &5.into()).unwrap();
            settled(inner.unchecked_ref()).await.unwrap()
        });
        assert_eq!(promised(outer).await, 5);
    }
}
