//! What an operation is answered.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Status and JSON body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// 200, or 400 to 599.
    pub status: u16,
    /// The part of the account that was looked at or changed, or what is wrong.
    pub body: String,
    /// With a 405 the methods that there are.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub allow: String,
}

impl Reply {
    /// How a part of the account stands.
    #[must_use]
    pub fn ok(body: &Value) -> Self {
        Self {
            status: 200,
            body: body.to_string(),
            allow: String::new(),
        }
    }

    /// What is wrong: where, what was found, what is allowed.
    #[must_use]
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = json!({"error": {"code": code, "message": message}});
        Self {
            status,
            body: body.to_string(),
            allow: String::new(),
        }
    }
}
