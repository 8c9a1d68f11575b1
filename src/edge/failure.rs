//! What can fail at the edge, as it is logged and told.

use crate::policy::Reason;
use std::fmt;

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
    /// Which part: `object`, `policy`, `directory`, `tokens`, `origin`, `deployment`, `gate`.
    pub(crate) part: &'static str,
    pub(crate) problem: String,
}

impl Fault {
    pub(crate) fn new(part: &'static str, problem: impl fmt::Debug) -> Self {
        Self {
            part,
            problem: format!("{problem:?}"),
        }
    }

    pub(crate) fn said(part: &'static str, problem: impl fmt::Display) -> Self {
        Self {
            part,
            problem: problem.to_string(),
        }
    }
}
