//! Names of limits and tiers.

use crate::bounds::MAX_NAME_BYTES;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A name of 1 to 64 bytes out of `a-z`, `0-9`, `-` and `_`, beginning with a letter, so that it can stand
/// in a header, a log line and a structured field without quoting. Cheap to clone: each decision names its limits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(Arc<str>);

/// The text is not a [`Name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameError;

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for Name {
    type Error = NameError;

    fn try_from(text: &str) -> Result<Self, NameError> {
        let letter_first = text.starts_with(|c: char| c.is_ascii_lowercase());
        let allowed =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if letter_first && text.len() <= MAX_NAME_BYTES && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(NameError)
        }
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::try_from(text.as_str())
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.as_str().into()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a name is 1 to {MAX_NAME_BYTES} of a-z, 0-9, \"-\" and \"_\", beginning with a letter"
        )
    }
}

impl std::error::Error for NameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_lower_case_words() {
        assert!(Name::try_from("minute").is_ok());
        assert!(Name::try_from("per-day_2").is_ok());
        let long = "a".repeat(MAX_NAME_BYTES + 1);
        for bad in ["", "Minute", "2nd", "a b", "é", "a\r\nb", long.as_str()] {
            assert_eq!(Name::try_from(bad), Err(NameError), "{bad:?}");
        }
    }
}
