//! The headers that a dialect tells limits by.

use super::dialect::limits_named;
use crate::document::{DocumentError, Field, Object};
use crate::limit::{Kind, Limit, Name};

/// One header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRule {
    /// Its name.
    pub name: String,
    /// What it says.
    pub value: HeaderValue,
    /// When it is sent.
    pub when: When,
}

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue {
    /// A figure of one limit. Left out when the request was not tested against it.
    Of(Which, Figure),
    /// All limits.
    List(List),
}

/// The limit that a header speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// That of a name.
    Named(Name),
    /// The one closest to exhaustion, which may be another from answer to answer; no lane. In a document `"*"`,
    /// which is no name.
    Closest,
}

/// What can be told of one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// The units per window of a limit, or its slots.
    Units,
    /// Whole units that remain under a limit, or free slots.
    Remaining,
    /// When a limit next has capacity, in seconds since the Unix epoch, rounded up.
    Reset,
    /// How long until a limit next has capacity, in seconds, rounded up.
    ResetAfter,
    /// When all of a limit's units are back, in seconds since the Unix epoch, rounded up.
    Full,
}

/// The fields of draft-ietf-httpapi-ratelimit-headers-11.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// `RateLimit-Policy`: all limits.
    RateLimitPolicy,
    /// `RateLimit`: where the client stands; on a denial the violated limits only.
    RateLimit,
}

/// When a header is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// On every answer.
    Always,
    /// Only while its limit has not one whole unit left.
    Exhausted,
}

#[derive(Clone, Copy)]
enum Word {
    Figure(Figure),
    List(List),
}

const WORDS: [(&str, Word); 7] = [
    ("units", Word::Figure(Figure::Units)),
    ("remaining", Word::Figure(Figure::Remaining)),
    ("reset", Word::Figure(Figure::Reset)),
    ("reset-after", Word::Figure(Figure::ResetAfter)),
    ("full", Word::Figure(Figure::Full)),
    ("ratelimit-policy", Word::List(List::RateLimitPolicy)),
    ("ratelimit", Word::List(List::RateLimit)),
];

pub(super) fn read_header(
    field: &Field<'_>,
    limits: &[&Limit],
) -> Result<HeaderRule, DocumentError> {
    let object = field.object(&["name", "value", "limit", "when"])?;
    let name = object.required("name")?.header_name()?;
    let word = object.required("value")?.choice(&WORDS)?;
    let words = [("always", When::Always), ("exhausted", When::Exhausted)];
    let when = object
        .optional("when")
        .map_or(Ok(When::Always), |f| f.choice(&words))?;
    let value = match word {
        Word::Figure(figure) => HeaderValue::Of(read_which(&object, figure, limits)?, figure),
        Word::List(list) => {
            if let Some(limit) = object.optional("limit") {
                return Err(limit.fail("no limit here: this header speaks of all limits"));
            }
            if when == When::Exhausted {
                return Err(field.fail("\"exhausted\" only for a header of one limit"));
            }
            HeaderValue::List(list)
        }
    };
    Ok(HeaderRule { name, value, when })
}

fn read_which(
    object: &Object<'_>,
    figure: Figure,
    limits: &[&Limit],
) -> Result<Which, DocumentError> {
    let field = object.required("limit")?;
    if field.text()? == "*" {
        return Ok(Which::Closest);
    }
    let name = field.name()?;
    let named = limits_named(limits, &name);
    if named.is_empty() {
        return Err(field.fail("the name of a limit, or \"*\""));
    }
    // When a lane or a cap has room is not known.
    let is_timed = !matches!(figure, Figure::Units | Figure::Remaining);
    if is_timed
        && named
            .iter()
            .any(|limit| limit.algorithm.kind() != Kind::Rate)
    {
        return Err(field.fail("the name of a limit that is no concurrency limit and no cap"));
    }
    Ok(Which::Named(name))
}
