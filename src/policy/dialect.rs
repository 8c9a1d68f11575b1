//! How decisions are told to clients: which headers, and which status and body for which reason.

use super::template::Template;
use super::tiers::{Tier, lanes};
use crate::bounds::{MAX_ENTRIES, MAX_NAME_BYTES};
use crate::document::Value;
use crate::document::{DocumentError, Field};
use crate::limit::Name;

/// The headers and denials of an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Headers on every answer that a decision was made for.
    pub headers: Vec<HeaderRule>,
    styles: Vec<(Reason, Style)>,
}

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

/// What a header says. Those of one limit are left out when the request was not tested against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue {
    /// The units per window of a limit, or its slots.
    Units(Name),
    /// Whole units that remain under a limit, or free slots.
    Remaining(Name),
    /// When a limit next has capacity, in seconds since the Unix epoch, rounded up.
    Reset(Name),
    /// How long until a limit next has capacity, in seconds, rounded up.
    ResetAfter(Name),
    /// All limits, as `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers-11.
    RateLimitPolicy,
    /// Where the client stands, as `RateLimit` of the same draft: on a denial the violated limits only.
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

/// Why the gate answers by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A limit refuses for now.
    Quota,
    /// A lane is full, and no other limit refuses.
    Concurrency,
    /// The cost is above the burst of a limit: no wait helps.
    Never,
    /// No credential, or one that nobody was given.
    Unauthenticated,
    /// The request cannot be read safely.
    Malformed,
    /// Whether the request may pass cannot be found out now.
    Unavailable,
    /// The origin cannot be reached or broke off.
    BadGateway,
    /// The origin did not answer in time.
    GatewayTimeout,
    /// The request came from this gate.
    Loop,
}

/// Status, content type and body of a denial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// 400 to 599.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: String,
    /// The body.
    pub body: Template,
}

impl Reason {
    /// Every reason with its name, in JSON and in logs, and the status it has unless the policy says otherwise.
    const ALL: [(&'static str, Self, u16); 9] = [
        ("quota", Self::Quota, 429),
        ("concurrency", Self::Concurrency, 429),
        ("never", Self::Never, 429),
        ("unauthenticated", Self::Unauthenticated, 401),
        ("malformed", Self::Malformed, 400),
        ("unavailable", Self::Unavailable, 503),
        ("bad_gateway", Self::BadGateway, 502),
        ("gateway_timeout", Self::GatewayTimeout, 504),
        ("loop", Self::Loop, 508),
    ];

    /// The reason's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    fn entry(self) -> (&'static str, u16) {
        let found = Self::ALL.iter().find(|(_, reason, _)| *reason == self);
        found.map_or(("unavailable", 503), |(name, _, status)| (*name, *status))
    }
}

impl Dialect {
    /// How a denial for `reason` looks; that of a full lane as one by any limit, unless the policy says otherwise.
    #[must_use]
    pub fn style(&self, reason: Reason) -> Style {
        let own = |reason| self.styles.iter().find(|(known, _)| *known == reason);
        let style = match reason {
            Reason::Concurrency => own(reason).or_else(|| own(Reason::Quota)),
            _ => own(reason),
        };
        style.map_or_else(|| plain_style(reason), |(_, style)| style.clone())
    }
}

/// What a denial looks like where the policy says nothing.
fn plain_style(reason: Reason) -> Style {
    let (code, status) = reason.entry();
    let text = |text: &str| Value::Text(text.to_owned());
    let entry = |key: &str, value: Value| (key.to_owned(), value);
    let error = vec![
        entry("code", text(code)),
        entry("message", text("{detail}")),
        entry("request_id", text("{request_id}")),
    ];
    let body = Value::Object(vec![entry("error", Value::Object(error))]);
    Style {
        status,
        content_type: "application/json".to_owned(),
        body: Template::new(&body),
    }
}

/// The dialect of a document that has none: no headers, plain denials.
pub(super) fn plain_dialect() -> Dialect {
    Dialect {
        headers: Vec::new(),
        styles: Vec::new(),
    }
}

pub(super) fn read_dialect(field: &Field<'_>, tiers: &[Tier]) -> Result<Dialect, DocumentError> {
    let object = field.object(&["headers", "denials"])?;
    let mut dialect = plain_dialect();
    if let Some(headers) = object.optional("headers") {
        for header in headers.list(MAX_ENTRIES)? {
            dialect.headers.push(read_header(&header, tiers)?);
        }
    }
    if let Some(denials) = object.optional("denials") {
        let denials = denials.object(&Reason::ALL.map(|(name, _, _)| name))?;
        for (name, reason, status) in Reason::ALL {
            if let Some(denial) = denials.optional(name) {
                dialect.styles.push((reason, read_style(&denial, status)?));
            }
        }
    }
    Ok(dialect)
}

fn read_header(field: &Field<'_>, tiers: &[Tier]) -> Result<HeaderRule, DocumentError> {
    let object = field.object(&["name", "value", "limit", "when"])?;
    let name = object.required("name")?.header_name()?;
    let value = object.required("value")?;
    let of_one = |make: fn(Name) -> HeaderValue| {
        let limit = object.required("limit")?;
        let name = limit.name()?;
        let limits = || tiers.iter().flat_map(|tier| &tier.limits);
        if limits().any(|limit| limit.name == name) {
            Ok(make(name))
        } else {
            Err(limit.fail("the name of a limit of some tier"))
        }
    };
    // When a slot of a lane comes free is not known.
    let of_rate = |make: fn(Name) -> HeaderValue| {
        let limit = object.required("limit")?;
        let name = limit.name()?;
        if tiers.iter().flat_map(lanes).any(|lane| lane.name == name) {
            return Err(limit.fail("the name of a limit that is no concurrency limit"));
        }
        of_one(make)
    };
    let value = match value.text()? {
        "units" => of_one(HeaderValue::Units)?,
        "remaining" => of_one(HeaderValue::Remaining)?,
        "reset" => of_rate(HeaderValue::Reset)?,
        "reset-after" => of_rate(HeaderValue::ResetAfter)?,
        "ratelimit-policy" => HeaderValue::RateLimitPolicy,
        "ratelimit" => HeaderValue::RateLimit,
        _ => {
            return Err(
                value.fail("units, remaining, reset, reset-after, ratelimit-policy, ratelimit")
            );
        }
    };
    let of_all = matches!(value, HeaderValue::RateLimitPolicy | HeaderValue::RateLimit);
    if let Some(limit) = object.optional("limit").filter(|_| of_all) {
        return Err(limit.fail("no limit here: this header speaks of all limits"));
    }
    let words = [("always", When::Always), ("exhausted", When::Exhausted)];
    let when = object
        .optional("when")
        .map_or(Ok(When::Always), |f| f.choice(&words))?;
    if of_all && when == When::Exhausted {
        return Err(field.fail("\"exhausted\" only for a header of one limit"));
    }
    Ok(HeaderRule { name, value, when })
}

fn read_style(field: &Field<'_>, usual: u16) -> Result<Style, DocumentError> {
    let object = field.object(&["status", "content_type", "body"])?;
    let status = object
        .optional("status")
        .map_or(Ok(u64::from(usual)), |f| f.integer(400..=599))?;
    let content_type = object.optional("content_type");
    let content_type =
        content_type.map_or(Ok("application/json".to_owned()), |f| read_content_type(&f))?;
    let body = Template::new(object.required("body")?.value());
    Ok(Style {
        status: u16::try_from(status).unwrap_or(usual),
        content_type,
        body,
    })
}

fn read_content_type(field: &Field<'_>) -> Result<String, DocumentError> {
    let text = field.text()?;
    let plain = text.bytes().all(|b| (b' '..=b'~').contains(&b));
    if plain && text.contains('/') && text.len() <= MAX_NAME_BYTES {
        Ok(text.to_owned())
    } else {
        Err(field.fail("a content type such as \"application/json\""))
    }
}
