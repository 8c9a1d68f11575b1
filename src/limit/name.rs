//! Names of limits and tiers.

use crate::bounds::MAX_NAME_BYTES;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// A name of 1 to 64 bytes out of `a-z`, `0-9`, `-` and `_`, beginning with a letter, so that it can stand
/// in a header, a log line and a structured field without quoting. Most are so short that they take no allocation and no
/// loop to compare: each decision finds its limits by their names, and names them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// What it begins with; zero beyond its end, so that names are ordered as texts are.
    first: [u8; SHORT],
    /// All of it, where that is longer.
    long: Option<Arc<str>>,
}

/// Bytes of a short name.
const SHORT: usize = 16;

/// The text is not a [`Name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameError;

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        if let Some(long) = &self.long {
            return long;
        }
        let short = self.first.split(|b| *b == 0).next().unwrap_or_default();
        std::str::from_utf8(short).unwrap_or_default()
    }
}

impl TryFrom<&str> for Name {
    type Error = NameError;

    fn try_from(text: &str) -> Result<Self, NameError> {
        let letter_first = text.starts_with(|c: char| c.is_ascii_lowercase());
        let allowed =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if !letter_first || text.len() > MAX_NAME_BYTES || !text.bytes().all(allowed) {
            return Err(NameError);
        }
        let mut first = [0; SHORT];
        for (to, from) in first.iter_mut().zip(text.bytes()) {
            *to = from;
        }
        let long = (text.len() > SHORT).then(|| text.into());
        Ok(Self { first, long })
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

struct Text;

impl Visitor<'_> for Text {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&NameError, f)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Name, E> {
        Name::try_from(text).map_err(E::custom)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
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

    #[test]
    fn names_are_read_equalled_and_ordered_as_their_texts_are() {
        let lengths = [1, 2, SHORT - 1, SHORT, SHORT + 1, SHORT + 2, MAX_NAME_BYTES];
        let texts = lengths.map(|length| ["a".repeat(length), "a".repeat(length - 1) + "b"]);
        let texts = texts.as_flattened();
        for one in texts {
            let name = Name::try_from(one.as_str()).unwrap();
            assert_eq!(name.as_str(), one);
            for other in texts {
                let (order, other) = (one.cmp(other), Name::try_from(other.as_str()).unwrap());
                assert_eq!(name.cmp(&other), order);
                assert_eq!(name == other, order.is_eq());
            }
        }
    }
}
