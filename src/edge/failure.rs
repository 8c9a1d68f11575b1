//! What can fail at the edge, as it is logged and told.

use crate::object::Trouble;
use crate::policy::Reason;
use js_sys::Reflect;
use std::fmt;
use wasm_bindgen::JsValue;

/// Why a request gets an answer of the gate instead of the origin's.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) reason: Reason,
    /// A sentence for the client. Tells nothing of the inside.
    pub(crate) detail: String,
}

impl Failure {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }
}

/// Something the gate depends on did not do its part. For the log, not for clients.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// Which part: `object`, `local`, `policy`, `directory`, `tokens`, `origin`, `deployment`, `gate`, `admin`.
    pub(crate) part: &'static str,
    pub(crate) problem: String,
    /// Whether it would help to try again, as far as it is known.
    pub(crate) trouble: Trouble,
}

impl Fault {
    pub(crate) fn new(part: &'static str, problem: impl fmt::Debug) -> Self {
        Self {
            part,
            problem: format!("{problem:?}"),
            trouble: Trouble::Lasting,
        }
    }

    pub(crate) fn said(part: &'static str, problem: impl fmt::Display) -> Self {
        Self {
            part,
            problem: problem.to_string(),
            trouble: Trouble::Lasting,
        }
    }

    /// What a call to an object has thrown.
    pub(crate) fn thrown(error: &JsValue) -> Self {
        let says =
            |property: &str| Reflect::get(error, &property.into()).is_ok_and(|it| it.is_truthy());
        let [overloaded, retryable, reset] =
            ["overloaded", "retryable", "durableObjectReset"].map(says);
        let message = Reflect::get(error, &"message".into());
        let said = message.ok().and_then(|message| message.as_string());
        Self {
            trouble: Trouble::told(overloaded, retryable, reset),
            ..said.map_or_else(
                || Self::new("object", error),
                |said| Self::said("object", said),
            )
        }
    }
}
