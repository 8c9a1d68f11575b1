//! What KV tells of its entries.

use crate::document::{self, Field, Value};

/// An entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Its name.
    pub name: String,
    /// What it holds; `None` if it is not there or was not asked for.
    pub text: Option<String>,
    /// When it was put, in milliseconds since the Unix epoch; `None` if whoever put it did not say.
    pub put_at: Option<u64>,
    /// Length of a text that was not asked for, in bytes, as whoever put it says.
    pub bytes: Option<u64>,
}

/// Entries in the order of their names, and how to ask for the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Stored>,
    /// What KV is to be told to go on; `None` at the end.
    pub next: Option<String>,
}

impl Stored {
    /// Reads one of the entries of a [`Page`] by itself.
    #[must_use]
    pub fn read(text: &str, under: &str) -> Option<Self> {
        let document = document::read(text, usize::MAX).ok()?;
        stored(&Field::root(&document), under)
    }
}

impl Page {
    /// Reads what the glue makes of KV's answer:
    /// `{"entries":[{"name":"…","value":"…","metadata":{"put_at":…,"bytes":…}}],"next":"…"}`, all but names may be null. What all names begin
    /// with, `under`, is left out of them.
    #[must_use]
    pub fn read(text: &str, under: &str) -> Option<Self> {
        let document = document::read(text, usize::MAX).ok()?;
        let root = Field::root(&document);
        let Value::List(entries) = root.look("entries")?.value() else {
            return None;
        };
        let entries = entries
            .iter()
            .map(|entry| stored(&Field::root(entry), under));
        Some(Self {
            entries: entries.collect::<Option<_>>()?,
            next: text_of(&root, "next"),
        })
    }
}

fn stored(entry: &Field<'_>, under: &str) -> Option<Stored> {
    let metadata = entry.look("metadata");
    let number = |key| match metadata.as_ref()?.look(key)?.value() {
        Value::Integer(number) => Some(*number),
        _ => None,
    };
    Some(Stored {
        name: text_of(entry, "name")?.strip_prefix(under)?.to_owned(),
        text: text_of(entry, "value"),
        put_at: number("put_at"),
        bytes: number("bytes"),
    })
}

fn text_of(field: &Field<'_>, key: &str) -> Option<String> {
    let text = field.look(key)?.text().ok()?;
    Some(text.to_owned())
}
