//! Limits and owners that routes name.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::policy::{Place, Spelling};
use serde_json::json;
use support::counted::counted;

#[test]
fn fields_that_are_left_out_have_the_plain_meaning() {
    let policy = counted("/a", json!({}), &json!({}));
    assert_eq!(policy.body_limit, 16_384);
    assert!(policy.dialect.hidden.is_empty());
    let route = policy.route("GET", "/a").unwrap();
    assert_eq!(route.owner, None);
    assert_eq!(route.limits[0].per, None);
    assert!(!route.looks_at(Place::Body) && !route.looks_at(Place::Header));
}

#[test]
fn routes_have_the_limits_and_the_owner_that_they_name() {
    let fields = json!({
        "owners": { "email": { "by": "body:email", "spelling": "mailbox", "tier": "standard" } },
        "body_limit": "1MB",
        "routes": [
            { "path": "/auth/magic-link", "owner": "email" },
            { "methods": ["POST"], "path": "/events/{event}", "limits": ["some"] },
            { "path": "/events/{event}/x", "limits": ["some"] },
        ]
    });
    let limit = json!({ "per": "path:event", "hidden": true });
    let policy = counted("/a", limit, &fields);
    assert_eq!(policy.body_limit, 1_048_576);
    let link = policy.route("POST", "/auth/magic-link").unwrap();
    let owner = link.owner.as_ref().unwrap();
    assert_eq!(
        (owner.kind.as_str(), owner.tier.as_str()),
        ("email", "standard")
    );
    assert_eq!(
        (owner.by.place, owner.by.spelling),
        (Place::Body, Spelling::Mailbox)
    );
    assert!(link.looks_at(Place::Body) && link.limits.is_empty());
    let (one, other) = (
        policy.route("POST", "/events/e1").unwrap(),
        policy.route("GET", "/events/e1/x").unwrap(),
    );
    assert_eq!(one.limits, other.limits, "one limit, shared");
    assert!(one.looks_at(Place::Path) && !one.looks_at(Place::Body));
    assert_eq!(policy.dialect.hidden, [one.limits[0].limit.name.clone()]);
    assert_eq!(policy.route("GET", "/events/e1"), None);
}
