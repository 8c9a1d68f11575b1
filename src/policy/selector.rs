//! Which value of a request a limit is counted by, or an owner is known by.

use crate::bounds::MAX_NAME_BYTES;
use crate::document::{DocumentError, Field};

/// A value that requests bear, such as the member `email` of their bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Where it stands.
    pub place: Place,
    /// What it is called there: 1 to 64 letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// Which spellings of it are one value.
    pub spelling: Spelling,
}

/// A part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The JSON object that is the body: one of its members.
    Body,
    /// The path: a segment that the route's pattern names.
    Path,
    /// The headers.
    Header,
    /// The query: one of its parameters.
    Query,
}

/// How values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// Byte by byte.
    Exact,
    /// Without regard to case and to blanks and control characters round it, as mail is delivered.
    Email,
    /// The same, and without `+` and what follows it before the `@`.
    Mailbox,
}

const PLACES: [(&str, Place); 4] = [
    ("body", Place::Body),
    ("path", Place::Path),
    ("header", Place::Header),
    ("query", Place::Query),
];

pub(super) fn read_selector(
    field: &Field<'_>,
    spelling: Option<Field<'_>>,
) -> Result<Selector, DocumentError> {
    let words = [
        ("exact", Spelling::Exact),
        ("email", Spelling::Email),
        ("mailbox", Spelling::Mailbox),
    ];
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let fits = |name: &str| (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(plain);
    let read = |text: &str| {
        let (place, name) = text.split_once(':')?;
        let (_, place) = PLACES.iter().find(|(word, _)| *word == place)?;
        fits(name).then(|| (*place, name.to_owned()))
    };
    let (place, name) = field.text().ok().and_then(read).ok_or_else(|| {
        field.fail(
            "body:, path:, header: or query: and a name of 1 to 64 letters, digits, \"-\", \"_\" and \".\"",
        )
    })?;
    Ok(Selector {
        place,
        name,
        spelling: spelling.map_or(Ok(Spelling::Exact), |f| f.choice(&words))?,
    })
}

impl Spelling {
    /// What is compared of a value; nothing of what is no single address.
    pub(super) fn spelled(self, value: &str, lower: fn(&str) -> String) -> String {
        if self == Self::Exact {
            return value.to_owned();
        }
        let value = value.trim_matches(is_blank);
        if value.contains(is_syntax) {
            return String::new();
        }
        let lower = lower(value);
        match untagged(&lower) {
            Some(mailbox) if self == Self::Mailbox => mailbox,
            _ => lower,
        }
    }
}

/// Whether some language takes a character off the ends of a text: control characters, or the mark of an order of bytes.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '\u{feff}'
}

/// Whether programs that send mail take a text with that character for a list of addresses, or for one with a name or a
/// comment.
fn is_syntax(c: char) -> bool {
    ",;<>()".contains(c) || is_blank(c)
}

fn untagged(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let (mailbox, _) = local.split_once('+')?;
    Some([mailbox, domain].join("@"))
}
