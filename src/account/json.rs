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

/// An array of values, which are JSON already.
pub(crate) fn list(values: impl Iterator<Item = String>) -> String {
    let mut text = String::from("[");
    for value in values {
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
