//! Lanes as policies give them: who has which, what takes which, and what a client is told.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::identity::{Credential, CredentialError, Presented};
use headgate::limit::{Algorithm, Name};
use headgate::object::Account;
use headgate::policy::{Policy, Source};
use headgate::subject::Decision;
use headgate::time::Millis;
use headgate::wire::{Denial, limit_headers};
use serde_json::{Value, json};
use support::object::Object;
use support::told::{DEFAULT, TICKSUPPLY, lines, policy};
use support::{START, ask_slot};

const SEATSIO: &str = include_str!("../policies/seatsio.json");

fn name(text: &str) -> Name {
    Name::try_from(text).unwrap()
}

/// The lane of a request, and the key in its path.
fn taken(policy: &Policy, method: &str, path: &str) -> (Option<String>, Option<String>) {
    let route = policy.route(method, path);
    let lane = route.and_then(|route| Some(route.lane.as_ref()?.as_str().to_owned()));
    (lane, route.and_then(|route| route.key(path)))
}

/// What the last of so many requests is told that hold their slots, in a lane of `slots`.
fn told(dialect: &str, slots: u64, requests: u64) -> (Policy, Decision) {
    let mut document: Value = serde_json::from_str(dialect).unwrap();
    let lane = json!({ "name": "priority", "algorithm": "concurrency", "slots": slots, "retry_after": "1500ms" });
    document["tiers"]["laned"] = json!({ "limits": [lane] });
    let policy = policy(&document.to_string());
    let limits = policy.tier(&name("laned")).unwrap().limits.clone();
    let mut object = Object::<Account>::new();
    let decisions = (0..requests).map(|number| object.ask(&ask_slot(&limits, number), START));
    let last = decisions.last().unwrap();
    (policy, last)
}

#[test]
fn seatsio_has_a_hundred_and_ten_for_who_pays_and_ten_and_ten_to_try() {
    let policy = policy(SEATSIO);
    let slots = |tier: &str, lane: &str| {
        let tier = policy.tier(&name(tier)).unwrap();
        let lane = name(lane);
        let limits: Vec<_> = tier.limits_in(Some(&lane)).collect();
        assert_eq!(limits.len(), 1, "one lane at a time");
        match limits[0].algorithm {
            Algorithm::Concurrency(rule) => rule.slots(),
            _ => 0,
        }
    };
    let paid = (slots("paid", "priority"), slots("paid", "regular"));
    let test = (slots("test", "priority"), slots("test", "regular"));
    assert_eq!((paid, test), ((100, 10), (10, 10)));
    let paid = policy.tier(&name("paid")).unwrap();
    assert_eq!(paid.limits_in(None).count(), 0);
}

#[test]
fn selling_is_priority_and_everything_else_is_regular() {
    let policy = policy(SEATSIO);
    let priority = [
        ("POST", "/events/e1/actions/book"),
        ("POST", "/events/e1/actions/hold"),
        ("POST", "/events/e1/actions/release"),
        ("POST", "/events/groups/actions/change-object-status"),
        ("POST", "/events/actions/change-object-status"),
        ("GET", "/events/e1/objects"),
        ("POST", "/hold-tokens"),
        ("GET", "/hold-tokens/t1"),
        ("GET", "/system/public/w1/rendering-info"),
    ];
    let regular = [
        ("GET", "/events/e1"),
        ("POST", "/events"),
        ("POST", "/events/e1/actions/mark-as-for-sale"),
        ("GET", "/reports/events/e1/byStatus"),
        ("GET", "/charts"),
        ("POST", "/charts/c1/version/draft/actions/publish"),
        ("GET", "/workspaces"),
        ("GET", "/"),
        ("DELETE", "/events/e1/actions/book"),
    ];
    for (lane, requests) in [("priority", &priority), ("regular", &regular)] {
        for (method, path) in requests {
            let (found, _) = taken(&policy, method, path);
            assert_eq!(found.as_deref(), Some(lane), "{method} {path}");
        }
    }
}

#[test]
fn a_segment_of_the_path_is_the_key_where_the_route_says_so() {
    let policy = policy(SEATSIO);
    let (_, key) = taken(&policy, "GET", "/system/public/ws-1/rendering-info");
    assert_eq!(key.as_deref(), Some("ws-1"));
    // The same segment, spelled otherwise.
    let (_, key) = taken(&policy, "GET", "/system/public/ws%211/charts/");
    assert_eq!(key.as_deref(), Some("ws!1"));
    for path in ["/system/public", "/system/private/ws-1/x", "/events/ws-1"] {
        assert_eq!(taken(&policy, "GET", path).1, None, "{path}");
    }
}

#[test]
fn a_key_in_the_path_counts_wherever_else_keys_may_stand_and_must_be_the_same() {
    let presented = |basic: Option<&str>| Presented {
        authorization: basic.map(str::to_owned),
        path: Some("k1".to_owned()),
        ..Presented::default()
    };
    let found = |basic| Credential::find(&[Source::BasicUser], &presented(basic));
    let key = found(None).unwrap().unwrap();
    assert_eq!(key.as_str(), "k1");
    // k1: and k2:
    assert!(found(Some("Basic azE6")).is_ok());
    let ambiguous = CredentialError::Ambiguous(Source::BasicUser, Source::Path);
    assert_eq!(found(Some("Basic azI6")), Err(ambiguous));
}

#[test]
fn a_full_lane_is_told_in_the_dialect_of_the_policy() {
    let (policy, decision) = told(SEATSIO, 2, 3);
    let denial = Denial::of_decision(&policy, &decision, "r-1");
    assert_eq!(denial.status, 429);
    let body = r#"{"errors":[{"code":"RATE_LIMIT_EXCEEDED","message":"Rate limit exceeded"}],"messages":["Rate limit exceeded"],"requestId":"r-1","status":429}"#;
    assert_eq!(denial.body, body);
    let headers = lines(&denial.headers);
    assert!(headers.contains(&"Content-Type: application/json".to_owned()));
    assert!(headers.contains(&"X-Headgate-Reason: concurrency".to_owned()));
    assert!(headers.contains(&"Retry-After: 2".to_owned()));
}

#[test]
fn where_the_policy_says_nothing_of_lanes_a_full_one_looks_like_any_limit() {
    let (policy, decision) = told(TICKSUPPLY, 1, 2);
    let denial = Denial::of_decision(&policy, &decision, "r-1");
    let body = r#"{"error":{"code":"rate_limited","message":"Rate limit exceeded. Retry after 2 seconds."}}"#;
    assert_eq!((denial.status, denial.body.as_str()), (429, body));
}

#[test]
fn the_draft_headers_count_requests_in_flight_and_name_no_window() {
    let (policy, decision) = told(DEFAULT, 100, 63);
    let expected = [
        "RateLimit-Policy: \"priority\";q=100;qu=\"concurrent-requests\"",
        "RateLimit: \"priority\";r=37",
    ];
    assert_eq!(lines(&limit_headers(&policy.dialect, &decision)), expected);
    let (policy, decision) = told(DEFAULT, 1, 2);
    let headers = lines(&limit_headers(&policy.dialect, &decision));
    assert_eq!(headers[1], "RateLimit: \"priority\";r=0");
    assert_eq!(decision.patience(), Some((Millis(250), &name("priority"))));
}
