//! Routes: what a request costs, by method and path. The first that matches holds.

use crate::bounds::{MAX_ENTRIES, MAX_UNITS};
use crate::document::{DocumentError, Field};
use crate::path::{Ambiguous, PathRules, decoded_for_matching, normalised};

/// One entry of the route table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    methods: Vec<String>,
    segments: Vec<Segment>,
    any_tail: bool,
    /// Passes without credential and without charge.
    pub open: bool,
    /// Units that a request is charged; 0 only looks.
    pub cost: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Exactly(String),
    Any,
}

impl Route {
    /// Whether a request of `method` for `path` (normalised, beginning with a slash) is meant. A slash at the
    /// end of the path makes no difference.
    #[must_use]
    pub fn matches(&self, method: &str, path: &str, ignore_case: bool) -> bool {
        // Origins run a HEAD as the GET that it asks about.
        let fits = |known: &String| known == method || known == "GET" && method == "HEAD";
        (self.methods.is_empty() || self.methods.iter().any(fits)) && self.fits(path, ignore_case)
    }

    fn fits(&self, path: &str, ignore_case: bool) -> bool {
        let path = path.strip_prefix('/').unwrap_or(path);
        let mut found = path
            .strip_suffix('/')
            .unwrap_or(path)
            .split('/')
            .filter(|_| !path.is_empty());
        for segment in &self.segments {
            let fits = match (segment, found.next().map(decoded_for_matching)) {
                (_, None) => false,
                (Segment::Any, Some(_)) => true,
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
}

pub(super) fn read_routes(field: &Field<'_>) -> Result<Vec<Route>, DocumentError> {
    field.list(MAX_ENTRIES)?.iter().map(read_route).collect()
}

fn read_route(field: &Field<'_>) -> Result<Route, DocumentError> {
    let object = field.object(&["methods", "path", "open", "cost"])?;
    let (segments, any_tail) = read_pattern(&object.required("path")?)?;
    let methods = object
        .optional("methods")
        .map_or(Ok(Vec::new()), |f| read_methods(&f))?;
    let open = object.optional("open").map_or(Ok(false), |f| f.boolean())?;
    let cost = object
        .optional("cost")
        .map(|f| f.integer(0..=MAX_UNITS))
        .transpose()?;
    if open && cost.is_some() {
        return Err(field.fail("either open or a cost: an open route is never charged"));
    }
    Ok(Route {
        methods,
        segments,
        any_tail,
        open,
        cost: cost.unwrap_or(1),
    })
}

fn read_methods(field: &Field<'_>) -> Result<Vec<String>, DocumentError> {
    let methods = field.list(16)?;
    if methods.is_empty() {
        return Err(field.fail("at least one method"));
    }
    let read = |method: &Field<'_>| {
        let text = method.text()?;
        let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase());
        if fits {
            Ok(text.to_owned())
        } else {
            Err(method.fail("a method in capitals, such as \"GET\""))
        }
    };
    methods.iter().map(read).collect()
}

fn read_pattern(field: &Field<'_>) -> Result<(Vec<Segment>, bool), DocumentError> {
    const ALLOWED: &str = "a path such as \"/v1/events/*/book\": segments of letters, digits and -._~!$&'()+,;=:@%, \
        \"*\" for any one segment, \"**\" at the end for any that follow; escapes with capital digits, and none \
        where the character itself will do";
    let text = field.text()?;
    let Some(rest) = text.strip_prefix('/').filter(|_| !text.starts_with("//")) else {
        return Err(field.fail(ALLOWED));
    };
    let (rest, any_tail) = match rest.strip_suffix("**") {
        Some(rest) if rest.is_empty() || rest.ends_with('/') => (rest, true),
        Some(_) => return Err(field.fail(ALLOWED)),
        None => (rest, false),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let mut segments = Vec::new();
    for segment in rest.split('/').filter(|_| !rest.is_empty()) {
        segments.push(match segment {
            "*" => Segment::Any,
            "" | "." | ".." => return Err(field.fail(ALLOWED)),
            text if is_normalised(text) => Segment::Exactly(text.to_owned()),
            _ => return Err(field.fail(ALLOWED)),
        });
    }
    Ok((segments, any_tail))
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
