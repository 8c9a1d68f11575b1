//! The record that the key directory holds for a key.

use crate::bounds::MAX_ACCOUNT_BYTES;
use crate::limit::Name;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whose a key is: `{"account":"acme","tier":"standard","version":1790000000}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The account that the key belongs to.
    pub account: AccountId,
    /// The tier of that account.
    pub tier: Name,
    /// Which of two records of an account is the newer: when it was written, in seconds since the Unix epoch.
    #[serde(default)]
    pub version: u64,
    /// What people call the key: 1 to 128 bytes of text, if they call it anything. Nothing follows from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Box<str>>,
    /// Whether answers to the key name the shadow limits that would have denied it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shows_would_deny: bool,
}

/// An account's id, as its API calls it: [`Self::ALLOWED`], since it travels in a header and stands in paths, which lose
/// the two names of folders however they are escaped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(Box<str>);

/// Why a record cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordError(String);

impl Record {
    /// Reads a record as the directory holds it.
    ///
    /// # Errors
    ///
    /// Anything else than an object with a valid account and tier. Such a key is neither known nor unknown.
    pub fn parse(text: &str) -> Result<Self, RecordError> {
        serde_json::from_slice(text.as_bytes()).map_err(|error| RecordError(error.to_string()))
    }
}

impl AccountId {
    /// What it may be.
    pub const ALLOWED: &'static str = "1 to 128 visible ASCII characters, neither \".\" nor \"..\"";

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AccountId {
    type Error = RecordError;

    fn try_from(text: String) -> Result<Self, RecordError> {
        let plain = text.bytes().all(|b| b.is_ascii_graphic());
        let is_folder = matches!(text.as_str(), "." | "..");
        if plain && !is_folder && (1..=MAX_ACCOUNT_BYTES).contains(&text.len()) {
            Ok(Self(text.into()))
        } else {
            Err(RecordError(format!(
                "account: found something else, allowed: {}",
                Self::ALLOWED
            )))
        }
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> Self {
        id.0.into()
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RecordError {}
