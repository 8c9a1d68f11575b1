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
    /// Whether its owner alone is concerned.
    pub(crate) is_owners: bool,
}

impl Failure {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
            is_owners: false,
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
    /// Whether one owner alone is concerned.
    pub(crate) is_owners: bool,
}

impl Fault {
    pub(crate) fn new(part: &'static str, problem: impl fmt::Debug) -> Self {
        Self {
            part,
            problem: format!("{problem:?}"),
            trouble: Trouble::Lasting,
            is_owners: false,
        }
    }

    pub(crate) fn said(part: &'static str, problem: impl fmt::Display) -> Self {
        Self {
            part,
            problem: problem.to_string(),
            trouble: Trouble::Lasting,
            is_owners: false,
        }
    }

    /// The same of something that concerns one owner alone: its object has too much to do, its row no room, its record no
    /// meaning.
    pub(crate) fn owners(self) -> Self {
        Self {
            is_owners: true,
            ..self
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
            is_owners: overloaded,
            ..said.map_or_else(
                || Self::new("object", error),
                |said| Self::said("object", said),
            )
        }
    }
}
