//! What a policy says of requests about which no decision can be had, and how such answers look.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::{Name, Share};
use headgate::policy::OnUnavailable::{Allow, Deny, Local};
use headgate::policy::{OnUnavailable, Policy};
use headgate::subject::Outcome;
use headgate::time::Millis;
use headgate::wire::Denial;
use serde_json::{Value, json};
use support::limit;
use support::told::decided;

/// A policy with a tier that says nothing, and one for each of what can be said.
fn policy(fields: &Value) -> Policy {
    let bucket =
        json!({ "name": "minute", "algorithm": "token-bucket", "units": 200, "window": "1m" });
    let cap = json!({ "name": "active", "algorithm": "cap", "amount": 5 });
    let mut tiers = json!({ "silent": { "limits": [bucket, cap] } });
    for mode in ["deny", "allow", "local"] {
        let limits = json!([{ "name": "minute", "algorithm": "token-bucket", "units": 200, "window": "1m" }]);
        tiers[mode] = json!({ "limits": limits, "on_unavailable": mode });
    }
    let mut policy = json!({
        "version": 1,
        "tiers": tiers,
        "routes": [
            { "path": "/subscriptions", "caps": [{ "cap": "active", "reserve": 1, "settle": { "amount": 1 } }] },
            { "path": "/plan", "answer": { "body": { "used": "{used:active}" } } }
        ]
    });
    for (field, value) in fields.as_object().unwrap() {
        policy[field] = value.clone();
    }
    Policy::parse(&policy.to_string()).unwrap()
}

fn becomes(policy: &Policy, tier: &str, path: &str) -> OnUnavailable {
    let tier = policy.tier(&Name::try_from(tier).unwrap()).unwrap();
    policy.when_unavailable(tier, policy.route("GET", path))
}

#[test]
fn a_tier_says_it_for_itself_and_the_policy_for_the_others() {
    let default = policy(&json!({}));
    assert_eq!(default.local_share, Share::TENTH);
    let default = ["silent", "deny", "allow", "local"].map(|tier| becomes(&default, tier, "/"));
    assert_eq!(default, [Deny, Deny, Allow, Local]);
    let local = policy(&json!({ "on_unavailable": "local", "local_share": 33 }));
    assert_eq!(local.local_share.percent(), 33);
    let local = ["silent", "deny", "allow", "local"].map(|tier| becomes(&local, tier, "/"));
    assert_eq!(local, [Local, Deny, Allow, Local]);
}

#[test]
fn what_a_plan_allows_and_what_the_gate_answers_needs_a_decision_everywhere() {
    let policy = policy(&json!({ "on_unavailable": "allow" }));
    for tier in ["silent", "deny", "allow", "local"] {
        for path in ["/subscriptions", "/plan"] {
            assert_eq!(becomes(&policy, tier, path), Deny, "{tier} {path}");
        }
    }
}

#[test]
fn every_mode_has_the_name_that_policies_call_it() {
    for mode in ["deny", "allow", "local"] {
        let policy = policy(&json!({ "on_unavailable": mode }));
        assert_eq!(policy.on_unavailable.name(), mode);
    }
}

#[test]
fn a_refusal_by_an_isolate_tells_the_wait_and_no_other_number() {
    let body = json!({ "left": "{remaining}", "wait": "{retry_after}", "by": "{violated}" });
    let policy = policy(&json!({ "dialect": {
        "headers": [{ "name": "X-Left", "value": "remaining", "limit": "minute" }],
        "denials": { "quota": { "body": body } }
    } }));
    let limits = [limit("minute", 20, 60_000, 20)];
    let decision = decided(&limits, &[1; 21]);
    assert_eq!(decision.outcome, Outcome::NotYet(Millis(3_000)));
    let own = Denial::of_decision(&policy, &decision, "r-1");
    let local = Denial::of_local_decision(&policy, &decision, "r-1");
    assert_eq!(own.body, r#"{"by":["minute"],"left":0,"wait":3}"#);
    assert_eq!(local.body, r#"{"by":["minute"],"left":null,"wait":3}"#);
    let without_left = own.headers.iter().filter(|(name, _)| name != "X-Left");
    assert!(local.headers.iter().eq(without_left));
    assert_eq!(own.headers.len(), local.headers.len() + 1);
    assert!(
        local
            .headers
            .contains(&("Retry-After".to_owned(), "3".to_owned()))
    );
}
