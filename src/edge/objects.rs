//! The runtime's objects, as the gate calls them.

use super::deployment::fault;
use super::failure::Fault;
use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use worker::Env;

#[wasm_bindgen]
extern "C" {
    /// The objects of one class.
    #[derive(Clone)]
    pub(crate) type Objects;
    /// The object of a name, wherever it is.
    #[wasm_bindgen(method, catch, js_name = getByName)]
    pub(crate) fn get_by_name(this: &Objects, name: &str) -> Result<Stub, JsValue>;

    /// One of them.
    pub(crate) type Stub;
    /// Says a message to it; the answer is to come.
    #[wasm_bindgen(method, catch)]
    pub(crate) fn answer(this: &Stub, message: &Uint8Array) -> Result<Promise, JsValue>;
}

impl Objects {
    /// Those that are bound under a name.
    pub(crate) fn bound(env: &Env, binding: &str) -> Result<Self, Fault> {
        let objects = Reflect::get(env, &binding.into()).unwrap_or_default();
        if objects.is_undefined() {
            return Err(fault(&format!("{binding}: the objects are not bound")));
        }
        Ok(objects.unchecked_into())
    }
}
