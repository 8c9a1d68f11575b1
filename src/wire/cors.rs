//! What a browser needs to let a page read the gate's headers.

use super::headers::WOULD_DENY;
use crate::policy::Policy;

/// Headers to add to an answer of the gate itself that has headers `of_answer`, for a page of `origin`.
#[must_use]
pub fn cors_headers(
    policy: &Policy,
    origin: &str,
    of_answer: &[(String, String)],
) -> Vec<(String, String)> {
    let Some(cors) = &policy.cors else {
        return Vec::new();
    };
    let mut headers = vec![("Vary".to_owned(), "Origin".to_owned())];
    let Some(allowed) = cors.allowed(origin) else {
        return headers;
    };
    headers.push(("Access-Control-Allow-Origin".to_owned(), allowed.to_owned()));
    if cors.credentials {
        headers.push((
            "Access-Control-Allow-Credentials".to_owned(),
            "true".to_owned(),
        ));
    }
    headers.push((
        "Access-Control-Expose-Headers".to_owned(),
        exposed_headers(policy, of_answer),
    ));
    headers
}

/// The gate's headers that a page may read of an answer to which the gate gives headers `of_answer`, for
/// `Access-Control-Expose-Headers`. Of shadow limits only those hear who are told of them.
#[must_use]
pub fn exposed_headers(policy: &Policy, of_answer: &[(String, String)]) -> String {
    let own = ["Retry-After", "X-Headgate-Request-Id", "X-Headgate-Reason"];
    let limits = policy.dialect.headers.iter().map(|rule| rule.name.as_str());
    let of_answer = of_answer.iter().map(|(name, _)| name.as_str());
    let would_deny = of_answer.filter(|name| *name == WOULD_DENY);
    own.into_iter()
        .chain(limits)
        .chain(would_deny)
        .collect::<Vec<_>>()
        .join(", ")
}
