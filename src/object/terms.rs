//! What an ask says that concerns an account alone.

use crate::account::KeyHash;
use crate::limit::Name;
use serde::{Deserialize, Serialize};

/// The terms of a request of an account. The default says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// The key that it was made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyHash>,
    /// How much it reserves of which caps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reserves: Vec<(Name, u64)>,
    /// Whether its units may be given back when its outcome is known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub refundable: bool,
    /// The access statuses under which it is refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<String>,
    /// Whether the decision is to tell the account's plan and what is settled of the caps that were asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tells: bool,
}

impl Terms {
    /// Whether they say nothing.
    #[must_use]
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }
}
