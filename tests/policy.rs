//! What a policy means: its defaults, which route a request takes.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::Kind;
use headgate::path::Ambiguous;
use headgate::policy::{Dialect, OnUnavailable, Policy, Reason, Source, Strangers};
use headgate::time::Millis;
use headgate::wire::Denial;
use serde_json::{Value, json};
use support::{limit, ticksupply};

const SHIPPED: [(&str, &str); 2] = [
    ("default", include_str!("../policies/default.json")),
    ("ticksupply", include_str!("../policies/ticksupply.json")),
];

fn policy(fields: &Value) -> Policy {
    let mut policy = json!({
        "version": 1,
        "tiers": { "small": { "limits": [] }, "large": { "limits": [] } }
    });
    for (field, value) in fields.as_object().unwrap() {
        policy[field] = value.clone();
    }
    Policy::parse(&policy.to_string()).unwrap()
}

#[test]
fn the_shipped_policies_are_right_and_say_the_same_limits() {
    for (name, text) in SHIPPED {
        let policy = Policy::parse(text).unwrap();
        let standard = policy.tier(&limit("standard", 1, 1, 1).name).unwrap();
        let rates = standard.limits.iter();
        let rates = rates.filter(|limit| limit.algorithm.kind() == Kind::Rate);
        assert!(rates.eq(&ticksupply()), "{name}");
        assert_eq!(policy.on_unavailable, OnUnavailable::Deny, "{name}");
    }
}

#[test]
fn fields_that_are_left_out_have_the_strict_meaning() {
    let policy = policy(&json!({}));
    assert_eq!(
        policy.credential,
        [Source::ApiKeyHeader, Source::Bearer, Source::BasicUser]
    );
    assert!(policy.directory);
    assert_eq!(policy.tokens, None);
    assert_eq!(policy.strangers, Strangers::Deny);
    assert!(!policy.paths.ignore_case);
    assert_eq!(policy.paths.encoded_slash, Ambiguous::Refuse);
    assert_eq!(policy.paths.parameters, Ambiguous::Keep);
    assert_eq!(policy.dialect, Dialect::neutral());
    assert_eq!(policy.cors, None);
    assert_eq!(policy.on_unavailable, OnUnavailable::Deny);
    assert_eq!(policy.deny_cache, Millis(5_000));
    assert_eq!(policy.decision_timeout, Millis(5_000));
    assert_eq!(policy.origin_timeout, Millis(60_000));
    assert_eq!(policy.tier_of_prefix("any"), None);
    assert_eq!(policy.route("GET", "/"), None);
}

#[test]
fn every_reason_has_a_status_of_its_own_unless_the_policy_says_otherwise() {
    let dialect = json!({ "denials": { "quota": { "status": 503, "body": "slow down" }, "loop": { "body": 1 } } });
    let (neutral, own) = (policy(&json!({})), policy(&json!({ "dialect": dialect })));
    let status = |policy, reason| Denial::without_decision(policy, reason, "r-1", "No.").status;
    let usual = [429, 429, 429, 402, 401, 403, 400, 413, 503, 502, 504, 508];
    for (reason, usual) in Reason::ALL.into_iter().zip(usual) {
        assert_eq!(status(&neutral, reason), usual, "{reason:?}");
        // A full lane looks like any limit.
        let refuses = matches!(reason, Reason::Quota | Reason::Concurrency);
        let said = if refuses { 503 } else { usual };
        assert_eq!(status(&own, reason), said, "{reason:?}");
    }
}

#[test]
fn a_burst_is_the_units_of_its_limit_unless_it_is_said() {
    let rule = |burst: Value| {
        let mut rule =
            json!({ "name": "minute", "algorithm": "token-bucket", "units": 60, "window": "1m" });
        if !burst.is_null() {
            rule["burst"] = burst;
        }
        let policy = policy(&json!({ "tiers": { "small": { "limits": [rule] } } }));
        policy.tier(&limit("small", 1, 1, 1).name).unwrap().limits[0].clone()
    };
    assert_eq!(rule(Value::Null), limit("minute", 60, 60_000, 60));
    assert_eq!(rule(json!(5)), limit("minute", 60, 60_000, 5));
    assert_eq!(rule(json!(600)), limit("minute", 60, 60_000, 600));
}

/// What a request costs under some routes; `None` if none is meant.
fn cost(routes: &Value, paths: &Value, request: &str) -> Option<u64> {
    let (method, path) = request.split_once(' ').unwrap();
    let policy = policy(&json!({ "routes": routes, "paths": paths }));
    policy.route(method, path).map(|route| route.cost)
}

fn is_meant(pattern: &str, path: &str) -> bool {
    let routes = json!([{ "path": pattern }]);
    cost(&routes, &json!({}), &format!("GET {path}")).is_some()
}

#[test]
fn patterns_mean_whole_paths() {
    for (pattern, meant, not_meant) in [
        ("/", vec!["/"], vec!["/a", "/a/"]),
        ("/**", vec!["/", "/a", "/a/b/"], vec![]),
        (
            "/v1/exports",
            vec!["/v1/exports", "/v1/exports/"],
            vec!["/v1", "/v1/exports/1", "/v1/export", "/V1/exports"],
        ),
        (
            "/v1/exports/",
            vec!["/v1/exports", "/v1/exports/"],
            vec!["/v1/exports/1"],
        ),
        (
            "/v1/*",
            vec!["/v1/a", "/v1/a/"],
            vec!["/v1", "/v1/", "/v1/a/b"],
        ),
        (
            "/v1/*/book",
            vec!["/v1/a/book", "/v1/*/book"],
            vec!["/v1/book", "/v1/a/b/book"],
        ),
        (
            "/v1/**",
            vec!["/v1", "/v1/", "/v1/a", "/v1/a/b/c/"],
            vec!["/v10", "/", "/v2/v1"],
        ),
        ("/*/**", vec!["/a", "/a/b"], vec!["/"]),
        // Escapes that origins decode before they route are no other path.
        (
            "/v1/jobs:run",
            vec!["/v1/jobs:run", "/v1/jobs%3Arun"],
            vec!["/v1/jobs%253Arun"],
        ),
        (
            "/a%20b/%C3%A9",
            vec!["/a%20b/%C3%A9"],
            vec!["/a b/é", "/a%20b"],
        ),
    ] {
        for path in meant {
            assert!(is_meant(pattern, path), "{pattern} should mean {path}");
        }
        for path in not_meant {
            assert!(!is_meant(pattern, path), "{pattern} should not mean {path}");
        }
    }
}

#[test]
fn the_first_route_that_fits_method_and_path_holds() {
    let routes = json!([
        { "path": "/v1/events/mine", "cost": 2 },
        { "methods": ["POST", "PUT"], "path": "/v1/events/*", "cost": 3 },
        { "path": "/v1/events/*", "cost": 0 },
        { "path": "/v1/**" },
        { "path": "/v1/exports", "cost": 50 },
        { "methods": ["GET"], "path": "/v2/report", "cost": 9 },
    ]);
    for (request, expected) in [
        ("GET /v1/events/mine", Some(2)),
        ("POST /v1/events/mine", Some(2)),
        ("POST /v1/events/1", Some(3)),
        ("PUT /v1/events/1", Some(3)),
        ("post /v1/events/1", Some(0)),
        ("GET /v1/events/1", Some(0)),
        ("GET /v1/exports", Some(1)),
        ("GET /v2", None),
        // Origins run a HEAD as the GET that it asks about.
        ("HEAD /v2/report", Some(9)),
        ("OPTIONS /v2/report", None),
    ] {
        assert_eq!(cost(&routes, &json!({}), request), expected, "{request}");
    }
}

#[test]
fn case_is_ignored_where_the_policy_says_so_and_for_paths_alone() {
    let routes = json!([{ "methods": ["GET"], "path": "/v1/Exports/*", "cost": 7 }]);
    let ignored = json!({ "ignore_case": true });
    for (request, told_apart, alike) in [
        ("GET /v1/Exports/A", Some(7), Some(7)),
        ("GET /V1/EXPORTS/a", None, Some(7)),
        ("GET /v1/Exports", None, None),
        ("get /v1/Exports/A", None, None),
    ] {
        assert_eq!(cost(&routes, &json!({}), request), told_apart, "{request}");
        assert_eq!(cost(&routes, &ignored, request), alike, "{request}");
    }
}

#[test]
fn an_open_route_is_open_and_the_others_are_not() {
    let policy = policy(
        &json!({ "routes": [{ "path": "/health", "open": true }, { "path": "/**", "open": false }] }),
    );
    assert!(policy.route("GET", "/health").unwrap().open);
    assert!(!policy.route("GET", "/").unwrap().open);
}

#[test]
fn pages_of_listed_origins_may_read_and_others_may_not() {
    let listed = policy(
        &json!({ "cors": { "origins": ["https://a.example", "http://localhost:8080"], "credentials": true } }),
    );
    let cors = listed.cors.unwrap();
    assert!(cors.credentials);
    assert_eq!(cors.allowed("https://a.example"), Some("https://a.example"));
    for other in [
        "https://b.example",
        "https://a.example.evil",
        "http://a.example",
        "null",
        "*",
        "",
    ] {
        assert_eq!(cors.allowed(other), None, "{other}");
    }
    let any = policy(&json!({ "cors": { "origins": ["*"] } }))
        .cors
        .unwrap();
    assert_eq!(any.allowed("https://b.example"), Some("*"));
}
