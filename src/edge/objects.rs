//! The runtime's objects, as the gate calls them.

use super::deployment::fault;
use super::failure::Fault;
use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use worker::Env;

#[wasm_bindgen]
extern "C" {
    /// The objects of one class.
    #[derive(Clone)]
    pub(crate) type Objects;
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
