//! Which headers reach the origin and the client, and what the origin is told.

/// What the gate tells the origin of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told<'a> {
    /// The request's id, always ours.
    pub request_id: &'a str,
    /// The account, if it is known.
    pub account: Option<&'a str>,
    /// The tier, if there is one.
    pub tier: Option<&'a str>,
    /// The deployments that the request has passed, this one the last, so that each knows its own again.
    pub deployments: &'a str,
    /// What proves to the origin that the request came through the gate.
    pub secret: Option<&'a str>,
    /// The client's address, as the platform names it.
    pub client: Option<&'a str>,
    /// The host that the client asked for, with its port.
    pub host: &'a str,
    /// `http` or `https`, as the client asked.
    pub scheme: &'a str,
}

/// The header that carries the deployment: a request that bears our own has come round in a loop.
pub const DEPLOYMENT_HEADER: &str = "X-Headgate-Deployment";

/// What a request bears in that header as it goes on: where it has been, and here. `None` if it has been here.
#[must_use]
pub fn deployments(before: Option<&str>, own: &str) -> Option<String> {
    // No honest trail is longer; one that a client makes up is not worth carrying.
    let before = before.filter(|trail| trail.len() <= 1_024);
    match before {
        Some(trail) if trail.split(',').any(|one| one.trim() == own) => None,
        Some(trail) => Some(format!("{trail}, {own}")),
        None => Some(own.to_owned()),
    }
}

/// The headers that tell it.
#[must_use]
pub fn told_headers<'a>(told: &Told<'a>) -> Vec<(&'static str, &'a str)> {
    let always = [
        ("X-Headgate-Request-Id", Some(told.request_id)),
        (DEPLOYMENT_HEADER, Some(told.deployments)),
        ("X-Forwarded-Host", Some(told.host)),
        ("X-Forwarded-Proto", Some(told.scheme)),
        ("X-Headgate-Account", told.account),
        ("X-Headgate-Tier", told.tier),
        ("X-Headgate-Secret", told.secret),
        ("X-Forwarded-For", told.client),
    ];
    always
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// What of a client only the gate may say, or makes some origins take another path than the one that was matched.
const NOT_A_CLIENTS: [&str; 6] = [
    "forwarded",
    "x-real-ip",
    "host",
    "expect",
    "x-original-url",
    "x-rewrite-url",
];

/// Whether a client's header is kept from the origin: what only the gate may say, and limits, which only the
/// gate knows. Underscores count as dashes, since some origins read them so; those would take a key out of
/// `X_Api_Key`, too, which nobody was charged for.
#[must_use]
pub fn is_dropped_on_request(name: &str) -> bool {
    if reads_as(name, "x-api-key") {
        return name.contains('_');
    }
    let ours = ["x-headgate-", "x-forwarded-"];
    ours.iter().any(|prefix| begins(name, prefix))
        || NOT_A_CLIENTS.iter().any(|other| reads_as(name, other))
        || is_limit(name)
}

/// Whether a header of the origin is kept from the client: the gate's own word replaces it.
#[must_use]
pub fn is_dropped_on_response(name: &str) -> bool {
    begins(name, "x-headgate-") || is_limit(name)
}

fn is_limit(name: &str) -> bool {
    let limits = ["ratelimit", "x-ratelimit", "x-rate-limit"];
    limits.iter().any(|prefix| begins(name, prefix))
}

fn reads_as(name: &str, other: &str) -> bool {
    name.len() == other.len() && begins(name, other)
}

/// Whether a name begins so, however its letters are written, and its dashes.
fn begins(name: &str, prefix: &str) -> bool {
    let read = |byte: u8| match byte {
        b'_' => b'-',
        other => other.to_ascii_lowercase(),
    };
    let mut bytes = name.bytes().map(read);
    prefix.bytes().all(|byte| bytes.next() == Some(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_cannot_say_what_only_the_gate_may() {
        for name in [
            "X-Headgate-Account",
            "x_headgate_account",
            "X-HEADGATE_SECRET",
            "X-Forwarded-For",
            "Forwarded",
            "RateLimit",
            "RateLimit-Policy",
            "X-RateLimit-Remaining",
            "X-Rate-Limit-Reset",
            "X_RateLimit_Limit",
            "Expect",
            "X_Api_Key",
            "x-api_key",
        ] {
            assert!(is_dropped_on_request(name), "{name}");
        }
        for name in [
            "Authorization",
            "X-Api-Key",
            "Accept-Encoding",
            "X-Request-Id",
            "Rate",
        ] {
            assert!(!is_dropped_on_request(name), "{name}");
        }
    }

    #[test]
    fn the_origin_cannot_speak_of_limits_in_the_gates_name() {
        assert!(is_dropped_on_response("X-RateLimit-Limit-Minute"));
        assert!(is_dropped_on_response("RateLimit"));
        assert!(!is_dropped_on_response("Retry-After"));
    }
}
