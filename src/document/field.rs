//! Reading a document field by field, so that every error can say where it is.

use super::duration::parse_duration;
use super::error::DocumentError;
use super::size::parse_size;
use super::value::{Value, short};
use crate::bounds::MAX_NAME_BYTES;
use crate::limit::Name;
use crate::time::Millis;
use std::ops::RangeInclusive;

/// A value and the path to it.
#[derive(Clone, Debug)]
pub(crate) struct Field<'a> {
    path: String,
    value: &'a Value,
}

/// An object all of whose fields are known.
#[derive(Clone, Debug)]
pub(crate) struct Object<'a> {
    path: String,
    entries: &'a [(String, Value)],
}

impl<'a> Field<'a> {
    /// The whole document.
    pub(crate) fn root(value: &'a Value) -> Self {
        Self {
            path: String::new(),
            value,
        }
    }

    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    /// An error about this field.
    pub(crate) fn fail(&self, allowed: impl Into<String>) -> DocumentError {
        DocumentError::Field {
            path: shown(&self.path),
            found: self.value.to_string(),
            allowed: allowed.into(),
        }
    }

    /// An error about this field that does not show what it holds.
    pub(crate) fn fail_unseen(&self, allowed: &str) -> DocumentError {
        let (path, found) = (shown(&self.path), "something else".to_owned());
        DocumentError::Field {
            path,
            found,
            allowed: allowed.to_owned(),
        }
    }

    /// An object with no field but `known` ones.
    pub(crate) fn object(&self, known: &[&str]) -> Result<Object<'a>, DocumentError> {
        let Value::Object(entries) = self.value else {
            return Err(self.fail("an object"));
        };
        if let Some((key, _)) = entries
            .iter()
            .find(|(key, _)| !known.contains(&key.as_str()))
        {
            let (path, found) = (shown(&self.path), format!("unknown field {:?}", short(key)));
            return Err(DocumentError::Field {
                path,
                found,
                allowed: known.join(", "),
            });
        }
        self.refuse_doubles(entries)?;
        Ok(Object {
            path: self.path.clone(),
            entries,
        })
    }

    /// An object with at most `most` fields, of which only some are known.
    pub(crate) fn open_object(&self, most: usize) -> Result<Object<'a>, DocumentError> {
        self.entries(most)?;
        Ok(Object {
            path: self.path.clone(),
            entries: match self.value {
                Value::Object(entries) => entries,
                _ => &[],
            },
        })
    }

    /// A field of an object whose other fields are not known yet.
    pub(crate) fn look(&self, key: &str) -> Option<Self> {
        let Value::Object(entries) = self.value else {
            return None;
        };
        let (_, value) = entries.iter().find(|(known, _)| known == key)?;
        Some(self.child(key, value))
    }

    /// An object whose fields are named by the author.
    pub(crate) fn entries(&self, most: usize) -> Result<Vec<(&'a str, Self)>, DocumentError> {
        let Value::Object(entries) = self.value else {
            return Err(self.fail("an object"));
        };
        if entries.len() > most {
            return Err(self.fail(format!("at most {most} entries")));
        }
        self.refuse_doubles(entries)?;
        Ok(entries
            .iter()
            .map(|(key, value)| (key.as_str(), self.child(key, value)))
            .collect())
    }

    pub(crate) fn list(&self, most: usize) -> Result<Vec<Self>, DocumentError> {
        let Value::List(items) = self.value else {
            return Err(self.fail("a list"));
        };
        if items.len() > most {
            return Err(self.fail(format!("at most {most} items")));
        }
        let item = |(at, value)| Self {
            path: format!("{}[{at}]", self.path),
            value,
        };
        Ok(items.iter().enumerate().map(item).collect())
    }

    pub(crate) fn text(&self) -> Result<&'a str, DocumentError> {
        match self.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.fail("a string")),
        }
    }

    pub(crate) fn boolean(&self) -> Result<bool, DocumentError> {
        match self.value {
            Value::Bool(value) => Ok(*value),
            _ => Err(self.fail("true or false")),
        }
    }

    pub(crate) fn integer(&self, range: RangeInclusive<u64>) -> Result<u64, DocumentError> {
        match self.value {
            Value::Integer(value) if range.contains(value) => Ok(*value),
            _ => Err(self.fail(format!(
                "a whole number from {} to {}",
                range.start(),
                range.end()
            ))),
        }
    }

    pub(crate) fn duration(&self, range: RangeInclusive<Millis>) -> Result<Millis, DocumentError> {
        let found = self
            .text()
            .ok()
            .and_then(parse_duration)
            .filter(|found| range.contains(found));
        found.ok_or_else(|| {
            self.fail(format!(
                "a whole number with one of the units ms, s, m, h, d, such as \"1m\", from {} ms to {} ms",
                range.start().0,
                range.end().0
            ))
        })
    }

    /// A size in bytes.
    pub(crate) fn size(&self, range: RangeInclusive<u64>) -> Result<u64, DocumentError> {
        let found = self
            .text()
            .ok()
            .and_then(parse_size)
            .filter(|found| range.contains(found));
        found.ok_or_else(|| {
            self.fail(format!(
                "a whole number with one of the units B, KB, MB, such as \"16KB\", from {} B to {} B",
                range.start(),
                range.end()
            ))
        })
    }

    pub(crate) fn name(&self) -> Result<Name, DocumentError> {
        Name::try_from(self.text()?).map_err(|allowed| self.fail(allowed.to_string()))
    }

    /// One of several words.
    pub(crate) fn choice<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, DocumentError> {
        let found = self
            .text()
            .ok()
            .and_then(|text| words.iter().find(|(word, _)| *word == text));
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.none_of(&words)
        })
    }

    // One for all types of choices.
    #[cold]
    #[inline(never)]
    fn none_of(&self, words: &[&str]) -> DocumentError {
        self.fail(words.join(", "))
    }

    /// The name of an HTTP header.
    pub(crate) fn header_name(&self) -> Result<String, DocumentError> {
        let text = self.text()?;
        let token = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if (1..=MAX_NAME_BYTES).contains(&text.len()) && text.bytes().all(token) {
            Ok(text.to_owned())
        } else {
            Err(self.fail(format!(
                "a header name of 1 to {MAX_NAME_BYTES} letters, digits and \"-\""
            )))
        }
    }

    fn child(&self, key: &str, value: &'a Value) -> Self {
        Self {
            path: joined(&self.path, key),
            value,
        }
    }

    fn refuse_doubles(&self, entries: &[(String, Value)]) -> Result<(), DocumentError> {
        for (at, (key, _)) in entries.iter().enumerate() {
            if entries.iter().take(at).any(|(earlier, _)| earlier == key) {
                let (path, found) = (joined(&self.path, key), "the field twice".to_owned());
                return Err(DocumentError::Field {
                    path,
                    found,
                    allowed: "each field once".to_owned(),
                });
            }
        }
        Ok(())
    }
}

impl<'a> Object<'a> {
    pub(crate) fn optional(&self, key: &str) -> Option<Field<'a>> {
        let (_, value) = self.entries.iter().find(|(known, _)| known == key)?;
        Some(Field {
            path: joined(&self.path, key),
            value,
        })
    }

    pub(crate) fn required(&self, key: &str) -> Result<Field<'a>, DocumentError> {
        self.optional(key).ok_or_else(|| DocumentError::Field {
            path: joined(&self.path, key),
            found: "nothing".to_owned(),
            allowed: "this field is required".to_owned(),
        })
    }
}

fn joined(path: &str, key: &str) -> String {
    let key = short(key);
    if path.is_empty() {
        key.into_owned()
    } else {
        [path, &key].join(".")
    }
}

fn shown(path: &str) -> String {
    if path.is_empty() {
        "the document".to_owned()
    } else {
        path.to_owned()
    }
}
