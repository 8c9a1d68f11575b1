//! What an operation is answered.

use super::{object, quoted};
use serde::{Deserialize, Serialize};

/// Status and body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// 200, or 400 to 599.
    pub status: u16,
    /// The part of the account that was looked at or changed, or what is wrong.
    pub body: String,
    /// What the body is.
    pub content: Content,
    /// With a 405 the methods that there are, else nothing.
    pub allow: String,
}

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// JSON.
    Json,
    /// CSV with a line of names (RFC 4180).
    Csv,
    /// Prometheus' text format 0.0.4.
    Metrics,
}

impl Content {
    /// The value of `Content-Type`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Metrics => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

impl Reply {
    /// How a part of the account stands.
    #[must_use]
    pub fn ok(body: String) -> Self {
        let (status, allow) = (200, String::new());
        Self {
            status,
            body,
            content: Content::Json,
            allow,
        }
    }

    /// What is wrong: where, what was found, what is allowed.
    #[must_use]
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let fields = [
            ("code", quoted(Some(code))),
            ("message", quoted(Some(message))),
        ];
        Self {
            status,
            ..Self::ok(object(&[("error", object(&fields))]))
        }
    }

    /// There is no such path.
    #[must_use]
    pub fn nothing() -> Self {
        Self::error(404, "not_found", "There is nothing here.")
    }

    /// Another method is needed, one of `allow`.
    #[must_use]
    pub fn no_method(allow: &str) -> Self {
        let message = format!("the method: allowed is one of {allow}");
        Self {
            allow: allow.to_owned(),
            ..Self::error(405, "method_not_allowed", &message)
        }
    }
}
