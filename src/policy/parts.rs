//! The values of a request that selectors name. What an origin could read in two ways is refused: counting one value
//! while the origin acts on the other would leave that one without a limit.

use super::Route;
use super::selector::{Place, Selector};
use crate::document::{self, Value};
use crate::path::unescaped;
use std::fmt;

/// What selectors look at.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    /// The path, normalised.
    pub path: &'a str,
    /// Whether its case makes no difference.
    pub ignore_case: bool,
    /// The query, with or without its question mark.
    pub query: &'a str,
    /// Headers. Several of one name may stand apart or be joined by commas.
    pub headers: &'a [(String, String)],
    /// The body, if it was read.
    pub body: Body,
    /// Lower-cases a text: the runtime's own, since a table of letters would be a hundredth of the Wasm.
    pub lower: fn(&str) -> String,
}

/// A body; one that is not JSON in UTF-8 says nothing.
#[derive(Clone, Debug, Default)]
pub struct Body(Option<Value>);

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectorError {
    /// An owner that the request does not name.
    Missing(Place, String),
    /// A name that stands there more than once, be it in another spelling that some origins take for the same.
    Twice(Place, String),
}

impl Body {
    /// Whether a body may be read as JSON in UTF-8, by its `Content-Type` and `Content-Encoding`. Forms may not, though
    /// some could be read as JSON and mean something else; nor may what is compressed, or in another charset, in which
    /// an origin that goes by it would read other values.
    #[must_use]
    pub fn may_be_read(content_type: &str, content_encoding: Option<&str>) -> bool {
        let kind = content_type.to_ascii_lowercase();
        let is_utf8 = |parameter: &str| {
            let (value, _) = parameter.split_once([';', ',']).unwrap_or((parameter, ""));
            matches!(value.trim_matches([' ', '\t', '=', '"']), "utf-8" | "utf8")
        };
        content_encoding.is_none_or(|encoding| encoding.eq_ignore_ascii_case("identity"))
            && !kind.contains("form")
            && kind.split("charset").skip(1).all(is_utf8)
    }

    /// Reads a body.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let text = str::from_utf8(bytes).ok();
        Self(text.and_then(|text| document::read(text, usize::MAX).ok()))
    }
}

impl Parts<'_> {
    /// What stands under a name, or under one that some origin could take for it.
    fn named(&self, place: Place, name: &str) -> Found {
        let mut found = Found::default();
        match place {
            Place::Path => {}
            Place::Body => {
                if let Body(Some(Value::Object(members))) = &self.body {
                    for (key, value) in members.iter().filter(|(key, _)| alike(key, name)) {
                        found.add(key == name, plain(value));
                    }
                }
            }
            Place::Header => {
                for (key, values) in self.headers {
                    // Some origins read underscores as dashes.
                    if alike(&key.replace('_', "-"), &name.replace('_', "-")) {
                        for value in values.split(',') {
                            let exact = key.eq_ignore_ascii_case(name);
                            found.add(exact, Some(value.trim().to_owned()));
                        }
                    }
                }
            }
            Place::Query => {
                let query = self.query.strip_prefix('?').unwrap_or(self.query);
                // Some origins part them at semicolons, too.
                for pair in query.split(['&', ';']) {
                    let pair = pair.replace('+', " ");
                    let (key, value) = pair.split_once('=').unwrap_or((&pair, ""));
                    let key = unescaped(key);
                    if alike(&variable(&key), &variable(name)) {
                        found.add(key == name, Some(unescaped(value)));
                    }
                }
            }
        }
        found
    }
}

/// What stands under a name.
#[derive(Default)]
struct Found {
    times: usize,
    value: Option<String>,
}

impl Found {
    /// Counts a value; that of another spelling of the name is none.
    fn add(&mut self, exact: bool, value: Option<String>) {
        self.times = self.times.saturating_add(1);
        self.value = value.filter(|_| exact);
    }
}

impl Route {
    /// The value of a selector in a request that this route matches, as it is compared; `None` if there is none.
    ///
    /// # Errors
    ///
    /// The name stands there more than once.
    pub fn value(
        &self,
        selector: &Selector,
        parts: &Parts<'_>,
    ) -> Result<Option<String>, SelectorError> {
        let Selector { place, name, .. } = selector;
        let value = if *place == Place::Path {
            let segment = self.segment(parts.path, name).map(unescaped);
            segment.map(|text| {
                if parts.ignore_case {
                    text.to_ascii_lowercase()
                } else {
                    text
                }
            })
        } else {
            let found = parts.named(*place, name);
            if found.times > 1 {
                return Err(SelectorError::Twice(*place, name.clone()));
            }
            found.value
        };
        let value = value.map(|value| selector.spelling.spelled(&value, parts.lower));
        Ok(value.filter(|value| !value.is_empty()))
    }

    /// The value of a selector in a request that must have it.
    ///
    /// # Errors
    ///
    /// The request has none, or more than one.
    pub fn required(
        &self,
        selector: &Selector,
        parts: &Parts<'_>,
    ) -> Result<String, SelectorError> {
        let missing = || SelectorError::Missing(selector.place, selector.name.clone());
        self.value(selector, parts)?.ok_or_else(missing)
    }
}

/// A value that counts can be kept by: text, or a whole number, which is the same value as its digits.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(_) | Value::Negative(_) => Some(value.to_string()),
        _ => None,
    }
}

/// What PHP calls a parameter: without blanks before it, up to a bracket or NUL, dots and blanks as underscores. Others
/// take brackets for the mark of a list, too.
fn variable(name: &str) -> String {
    let name = name.trim_start().split(['[', '\0']).next();
    name.unwrap_or_default().replace(['.', ' '], "_")
}

/// Whether an origin that does not regard case takes two names for one. The two letters besides ASCII fold to it, too.
fn alike(one: &str, other: &str) -> bool {
    let fold = |c: char| match c {
        'ſ' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    one.chars().map(fold).eq(other.chars().map(fold))
}

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (problem, place, name) = match self {
            Self::Missing(place, name) => ("must have one", place, name),
            Self::Twice(place, name) => ("has more than one", place, name),
        };
        let place = match place {
            Place::Body => "body, a JSON object",
            Place::Path => "path",
            Place::Header => "headers",
            Place::Query => "query",
        };
        write!(f, "The request {problem} {name:?} in its {place}.")
    }
}

impl std::error::Error for SelectorError {}
