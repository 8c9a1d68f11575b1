//! Bodies of `application/problem+json` (RFC 9457).

use crate::document::Value;
use crate::policy::{Facts, Reason, Template};

/// The media type of such a body.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// The body of a denial. The types of limits and of what is out of order are those of
/// draft-ietf-httpapi-ratelimit-headers-11 §5; the others say no more than their status.
pub(super) fn problem(reason: Reason, facts: &Facts) -> String {
    let (kind, title) = match reason {
        Reason::Quota | Reason::Concurrency | Reason::Never => (
            "https://iana.org/assignments/http-problem-types#quota-exceeded",
            Some("Request cannot be satisfied as assigned quota has been exceeded"),
        ),
        Reason::Unavailable => (
            "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
            Some("Request cannot be satisfied due to temporary server capacity constraints"),
        ),
        // Another status than the usual one has another phrase (RFC 9457 §4.2.1).
        _ => {
            let usual = facts.status == reason.status();
            ("about:blank", usual.then(|| reason.phrase()))
        }
    };
    let names = !facts.violated.is_empty();
    let members = [
        ("type", Some(kind)),
        ("title", title),
        ("status", Some("{status}")),
        ("detail", Some("{detail}")),
        ("violated-policies", names.then_some("{violated}")),
        ("request_id", Some("{request_id}")),
    ];
    let member =
        |(name, text): (&str, Option<&str>)| Some((name.to_owned(), Value::Text(text?.to_owned())));
    let body = Value::Object(members.into_iter().filter_map(member).collect());
    Template::new(&body).render(facts)
}
