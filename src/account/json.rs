//! JSON as text. Small objects that are written in few places need no serialiser.

use serde_json::Value;

/// An object of fields and their values, which are JSON already.
pub(crate) fn object(fields: &[(&str, String)]) -> String {
    let mut text = String::from("{");
    for (name, value) in fields {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&quoted(Some(name)));
        text.push(':');
        text.push_str(value);
    }
    text.push('}');
    text
}

/// An object of numbers.
pub(crate) fn counts(counts: &[(&str, u64)]) -> String {
    let counts = counts
        .iter()
        .map(|(name, count)| (*name, count.to_string()));
    object(&counts.collect::<Vec<_>>())
}

/// An array of values, which are JSON already.
pub(crate) fn list(mut values: impl Iterator<Item = String>) -> String {
    list_of(&mut || values.next())
}

/// Not once more for each kind of iterator.
fn list_of(next: &mut dyn FnMut() -> Option<String>) -> String {
    let mut text = String::from("[");
    while let Some(value) = next() {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&value);
    }
    text.push(']');
    text
}

/// A string, or null.
pub(crate) fn quoted(text: Option<&str>) -> String {
    Value::from(text).to_string()
}
