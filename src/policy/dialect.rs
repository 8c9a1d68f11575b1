//! How decisions are told to clients: which headers, and which status and body for which reason.

use super::header::{HeaderRule, HeaderValue, List, When, read_header};
use super::reason::Reason;
use super::style::{ProblemJson, Style, plain_style, read_style};
use crate::bounds::MAX_ENTRIES;
use crate::document::{DocumentError, Field, Object};
use crate::limit::{Limit, Name};
use std::borrow::Cow;

/// The headers and denials of an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Headers on every answer that a decision was made for.
    pub headers: Vec<HeaderRule>,
    /// Limits that no header and no body names or counts. `Retry-After` holds for them, too.
    pub hidden: Vec<Name>,
    /// Which denials are problems of RFC 9457 instead of what the styles say.
    pub problem_json: ProblemJson,
    /// What denials look like, by reason.
    pub styles: Vec<(Reason, Style)>,
    /// What denials by one limit look like.
    pub styles_of: Vec<(Name, Style)>,
}

impl Dialect {
    /// The dialect of a policy that has none: the fields of draft-ietf-httpapi-ratelimit-headers-11, and problems of
    /// RFC 9457.
    #[must_use]
    pub fn neutral() -> Self {
        let header = |name: &str, list| HeaderRule {
            name: name.to_owned(),
            value: HeaderValue::List(list),
            when: When::Always,
        };
        Self {
            headers: vec![
                header("RateLimit-Policy", List::RateLimitPolicy),
                header("RateLimit", List::RateLimit),
            ],
            hidden: Vec::new(),
            problem_json: ProblemJson::Always,
            styles: Vec::new(),
            styles_of: Vec::new(),
        }
    }

    /// The policy's own style of a denial for `reason` by the limit `refused`, if one refused: that of the limit, else
    /// that of the reason. A full lane looks like any limit unless the policy says otherwise.
    #[must_use]
    pub fn own_style(&self, reason: Reason, refused: Option<&Name>) -> Option<&Style> {
        let of_limit = self
            .styles_of
            .iter()
            .find(|(name, _)| Some(name) == refused);
        let of = |reason| self.styles.iter().find(|(known, _)| *known == reason);
        let of_reason = || match reason {
            Reason::Concurrency => of(reason).or_else(|| of(Reason::Quota)),
            _ => of(reason),
        };
        let of_limit = of_limit.map(|(_, style)| style);
        of_limit.or_else(|| of_reason().map(|(_, style)| style))
    }

    /// The same, or a plain JSON error where the policy has none.
    #[must_use]
    pub fn style(&self, reason: Reason, refused: Option<&Name>) -> Cow<'_, Style> {
        let own = self.own_style(reason, refused);
        own.map_or_else(|| Cow::Owned(plain_style(reason)), Cow::Borrowed)
    }

    /// Whether a limit is not to be named or counted.
    #[must_use]
    pub fn hides(&self, limit: &Limit) -> bool {
        self.hidden.contains(&limit.name)
    }
}

pub(super) fn read_dialect(field: &Field<'_>, limits: &[&Limit]) -> Result<Dialect, DocumentError> {
    let object = field.object(&["headers", "denials", "denials_of", "problem_json"])?;
    let mut dialect = Dialect {
        headers: Vec::new(),
        ..Dialect::neutral()
    };
    if let Some(headers) = object.optional("headers") {
        for header in headers.list(MAX_ENTRIES)? {
            dialect.headers.push(read_header(&header, limits)?);
        }
    }
    read_denials(&object, limits, &mut dialect)?;
    let has_own = ["denials", "denials_of"].map(|key| object.optional(key).is_some());
    dialect.problem_json = match object.optional("problem_json") {
        Some(field) => field.choice(&ProblemJson::WORDS)?,
        None if has_own.contains(&true) => ProblemJson::Never,
        None => ProblemJson::Always,
    };
    Ok(dialect)
}

fn read_denials(
    object: &Object<'_>,
    limits: &[&Limit],
    dialect: &mut Dialect,
) -> Result<(), DocumentError> {
    if let Some(denials) = object.optional("denials") {
        let denials = denials.object(&Reason::ALL.map(Reason::name))?;
        for reason in Reason::ALL {
            if let Some(denial) = denials.optional(reason.name()) {
                let style = read_style(&denial, reason.status())?;
                dialect.styles.push((reason, style));
            }
        }
    }
    if let Some(denials) = object.optional("denials_of") {
        for (name, denial) in denials.entries(MAX_ENTRIES)? {
            let known = Name::try_from(name).ok();
            let known = known.filter(|name| !limits_named(limits, name).is_empty());
            let allowed = "as what it is of, the name of a limit";
            let name = known.ok_or_else(|| denial.fail(allowed))?;
            let style = read_style(&denial, Reason::Quota.status())?;
            dialect.styles_of.push((name, style));
        }
    }
    Ok(())
}

/// The limits of that name, of all tiers and routes.
pub(super) fn limits_named<'l>(limits: &[&'l Limit], name: &Name) -> Vec<&'l Limit> {
    let limits = limits.iter().copied();
    limits.filter(|limit| limit.name == *name).collect()
}
