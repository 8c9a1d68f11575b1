//! What stands in a line, by the place of it.

use serde_json::Value;
use std::borrow::Cow;

/// A line that was read.
pub(crate) enum Row<'l> {
    /// Cells, one after the other.
    Cells(Vec<Cow<'l, str>>),
    /// An object.
    Json(Value),
}

/// Where something stands.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// In the cell of that number, from 0.
    Cell(usize),
    /// In the field of that name, or of its parts with dots between.
    Field(String),
}

impl Row<'_> {
    /// What stands in a place; `None` where nothing does, or a dash that says so.
    pub(crate) fn at(&self, place: &Place) -> Option<Cow<'_, str>> {
        let found = self.raw(place)?;
        (!found.is_empty() && found != "-").then_some(found)
    }

    /// The same, with what is nothing.
    pub(crate) fn raw(&self, place: &Place) -> Option<Cow<'_, str>> {
        match (self, place) {
            (Self::Cells(cells), Place::Cell(at)) => {
                cells.get(*at).map(|cell| Cow::Borrowed(cell.as_ref()))
            }
            (Self::Json(value), Place::Field(name)) => plain(value.get(name).or_else(|| {
                let mut parts = name.split('.');
                parts.try_fold(value, |value, part| value.get(part))
            })?),
            _ => None,
        }
    }
}

fn plain(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}
