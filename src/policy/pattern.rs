//! Patterns of paths, as routes have them.

use crate::bounds::{MAX_NAME_BYTES, MAX_PATTERN_BYTES};
use crate::document::{DocumentError, Field};
use crate::path::{Ambiguous, PathRules, decoded_for_matching, normalised};
use std::fmt;
use std::iter;

/// A pattern such as `/v1/events/*/book`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    segments: Vec<Segment>,
    any_tail: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Exactly(String),
    Any,
    /// Any one, which is an API key.
    Key,
    /// Any one, which has a name.
    Named(String),
}

const ALLOWED: &str = "a path such as \"/v1/events/*/book\": segments of letters, digits and -._~!$&'()+,;=:@%, \
    \"*\" for any one segment, \"{key}\" once for one that is an API key, \"{event}\" for one that is called so, each name once, \"**\" at the end for any that follow; \
    escapes with capital digits, and none where the character itself will do";

impl Pattern {
    pub(super) fn read(field: &Field<'_>) -> Result<Self, DocumentError> {
        let text = field.text()?;
        if text.len() > MAX_PATTERN_BYTES {
            return Err(field.fail(format!("at most {MAX_PATTERN_BYTES} bytes")));
        }
        let Some(rest) = text.strip_prefix('/').filter(|_| !text.starts_with("//")) else {
            return Err(field.fail(ALLOWED));
        };
        let (rest, any_tail) = match rest.strip_suffix("**") {
            Some(rest) if rest.is_empty() || rest.ends_with('/') => (rest, true),
            Some(_) => return Err(field.fail(ALLOWED)),
            None => (rest, false),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let texts = rest.split('/').filter(|_| !rest.is_empty());
        let segments: Option<Vec<Segment>> = texts.map(Segment::read).collect();
        let segments = segments.ok_or_else(|| field.fail(ALLOWED))?;
        let has_name = |s: &Segment| matches!(s, Segment::Key | Segment::Named(_));
        for (at, segment) in segments.iter().enumerate() {
            if has_name(segment) && segments.iter().take(at).any(|earlier| earlier == segment) {
                return Err(field.fail(ALLOWED));
            }
        }
        Ok(Self { segments, any_tail })
    }

    /// Whether a path (normalised, beginning with a slash) fits. A slash at its end makes no difference.
    pub(super) fn fits(&self, path: &str, ignore_case: bool) -> bool {
        let mut found = segments(path);
        for segment in &self.segments {
            let fits = match (segment, found.next().map(decoded_for_matching)) {
                (_, None) => false,
                (Segment::Any | Segment::Key | Segment::Named(_), Some(_)) => true,
                (Segment::Exactly(text), Some(found)) if ignore_case => {
                    text.eq_ignore_ascii_case(&found)
                }
                (Segment::Exactly(text), Some(found)) => *text == found,
            };
            if !fits {
                return false;
            }
        }
        self.any_tail || found.next().is_none()
    }

    /// The text of each segment; none where any one is meant.
    pub(super) fn texts(&self) -> impl Iterator<Item = Option<&str>> {
        self.segments.iter().map(|segment| match segment {
            Segment::Exactly(text) => Some(text.as_str()),
            Segment::Any | Segment::Key | Segment::Named(_) => None,
        })
    }

    /// Whether any segments may follow.
    pub(super) fn is_open(&self) -> bool {
        self.any_tail
    }

    /// Whether an API key is part of it.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.segments.contains(&Segment::Key)
    }

    /// The API key in a path that fits, if one is part of the pattern.
    pub(super) fn key(&self, path: &str) -> Option<String> {
        self.find(path, |s| *s == Segment::Key)
            .map(|found| decoded_for_matching(found).into_owned())
    }

    /// Whether a segment is called so.
    pub(super) fn has(&self, name: &str) -> bool {
        self.segments.iter().any(|s| s.is_called(name))
    }

    /// The segment that is called so, of a path that fits.
    pub(super) fn segment<'p>(&self, path: &'p str, name: &str) -> Option<&'p str> {
        self.find(path, |s| s.is_called(name))
    }

    fn find<'p>(&self, path: &'p str, is_meant: impl Fn(&Segment) -> bool) -> Option<&'p str> {
        let at = self.segments.iter().position(is_meant)?;
        segments(path).nth(at)
    }
}

impl fmt::Display for Pattern {
    /// As policies write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Exactly(text) => write!(f, "/{text}")?,
                Segment::Any => f.write_str("/*")?,
                Segment::Key => f.write_str("/{key}")?,
                Segment::Named(name) => write!(f, "/{{{name}}}")?,
            }
        }
        match (self.any_tail, self.segments.is_empty()) {
            (true, _) => f.write_str("/**"),
            (false, true) => f.write_str("/"),
            (false, false) => Ok(()),
        }
    }
}

impl Segment {
    fn read(text: &str) -> Option<Self> {
        match text {
            "*" => Some(Self::Any),
            "{key}" => Some(Self::Key),
            "" | "." | ".." => None,
            text if text.starts_with('{') => named(text),
            text => is_normalised(text).then(|| Self::Exactly(text.to_owned())),
        }
    }

    fn is_called(&self, name: &str) -> bool {
        matches!(self, Self::Named(own) if own == name)
    }
}

fn named(text: &str) -> Option<Segment> {
    let name = text.strip_prefix('{')?.strip_suffix('}')?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let fits = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= MAX_NAME_BYTES
        && name.bytes().all(plain);
    fits.then(|| Segment::Named(name.to_owned()))
}

/// The segments of a path (normalised, beginning with a slash). A slash at its end makes no difference.
pub(super) fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let inner = path.strip_suffix('/').unwrap_or(path);
    let mut rest = Some(inner).filter(|_| !path.is_empty());
    // Byte by byte: segments are too short for a search that is prepared.
    iter::from_fn(move || {
        let text = rest?;
        let end = text.bytes().position(|b| b == b'/');
        let (segment, tail) = text.split_at_checked(end.unwrap_or(text.len()))?;
        rest = tail.get(1..);
        Some(segment)
    })
}

/// Whether a segment stands as it does in a path that is being matched.
fn is_normalised(segment: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()+,;=:@%".contains(&b);
    let keep = PathRules {
        encoded_slash: Ambiguous::Keep,
        ..PathRules::default()
    };
    let path = format!("/{segment}");
    segment.bytes().all(plain)
        && decoded_for_matching(segment) == segment
        && normalised(&path, keep).is_ok_and(|normalised| normalised == path)
}
