//! What a browser needs to let a page read the gate's headers.

use crate::policy::Policy;

/// Headers to add to an answer of the gate itself, for a page of `origin`.
#[must_use]
pub fn cors_headers(policy: &Policy, origin: &str) -> Vec<(String, String)> {
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
        exposed_headers(policy),
    ));
    headers
}

/// The gate's headers that a page may read, for `Access-Control-Expose-Headers`.
#[must_use]
pub fn exposed_headers(policy: &Policy) -> String {
    let own = ["Retry-After", "X-Headgate-Request-Id", "X-Headgate-Reason"];
    let limits = policy.dialect.headers.iter().map(|rule| rule.name.as_str());
    own.into_iter().chain(limits).collect::<Vec<_>>().join(", ")
}
