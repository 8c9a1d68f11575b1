//! What a client is told in the draft's own headers, and what holds for every answer whatever is in it.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::object::Account;
use headgate::policy::{Policy, Reason};
use headgate::subject::{Decision, Outcome};
use headgate::time::Millis;
use headgate::wire::{Denial, cors_headers, exposed_headers, limit_headers};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::any::{kept, story};
use support::object::Object;
use support::told::{DEFAULT, NOW, TICKSUPPLY, decided, denied, lines, policy, speaking, told};
use support::{limit, ticksupply};

#[test]
fn the_default_speaks_draft_eleven() {
    assert_eq!(
        told(DEFAULT, &ticksupply(), &[5]),
        [
            r#"RateLimit-Policy: "minute";q=200;w=60, "hour";q=10000;w=3600"#,
            // No more than r in t seconds: at the rate of the limit.
            r#"RateLimit: "minute";r=195;t=59, "hour";r=9995;t=3599"#,
        ]
    );
    assert_eq!(
        told(DEFAULT, &ticksupply(), &[200])[1],
        r#"RateLimit: "minute";r=0;t=1, "hour";r=9800;t=3528"#
    );
    let odd = [limit("odd", 7, 1_500, 3), limit("short", 5, 250, 5)];
    assert_eq!(
        told(DEFAULT, &odd, &[3]),
        [
            r#"RateLimit-Policy: "odd";q=7, "short";q=5"#,
            r#"RateLimit: "odd";r=0;t=1, "short";r=2;t=1"#,
        ]
    );
}

#[test]
fn the_default_denies_with_a_problem_of_the_registered_type() {
    let (status, headers, body) = denied(DEFAULT, &ticksupply(), &[200, 1]);
    assert_eq!(status, 429);
    assert_eq!(
        headers,
        [
            "Content-Type: application/problem+json",
            "Cache-Control: no-store",
            "X-Headgate-Request-Id: r-1",
            "X-Headgate-Reason: quota",
            "Retry-After: 1",
            r#"RateLimit-Policy: "minute";q=200;w=60, "hour";q=10000;w=3600"#,
            r#"RateLimit: "minute";r=0;t=1"#,
        ]
    );
    let expected = concat!(
        r#"{"type":"https://iana.org/assignments/http-problem-types#quota-exceeded","#,
        r#""title":"Request cannot be satisfied as assigned quota has been exceeded","status":429,"#,
        r#""detail":"Rate limit exceeded. Retry after 1 seconds.","violated-policies":["minute"],"request_id":"r-1"}"#,
    );
    assert_eq!(body, expected);
}

#[test]
fn both_violated_limits_are_named_the_longest_wait_first() {
    let limits = [
        limit("minute", 200, 60_000, 200),
        limit("hour", 200, 3_600_000, 200),
    ];
    let (_, headers, body) = denied(DEFAULT, &limits, &[200, 1]);
    assert_eq!(
        headers[6],
        r#"RateLimit: "minute";r=0;t=1, "hour";r=0;t=18"#
    );
    assert!(
        body.contains(r#""violated-policies":["hour","minute"]"#),
        "{body}"
    );
}

#[test]
fn of_a_cost_that_does_not_fit_the_longest_wait_counts_too() {
    let limits = [
        limit("minute", 200, 60_000, 200),
        limit("hour", 200, 3_600_000, 200),
    ];
    let (_, headers, body) = denied(DEFAULT, &limits, &[195, 50]);
    assert_eq!(headers[4], "Retry-After: 810");
    let violated = r#""violated-policies":["hour","minute"]"#;
    assert!(body.contains(violated), "{body}");
}

#[test]
fn a_machine_whose_clock_is_behind_is_waited_for() {
    let policy = policy(DEFAULT);
    let behind = Millis(10_000);
    let decision = Decision {
        behind,
        ..decided(&ticksupply(), &[200, 1])
    };
    let denial = Denial::of_decision(&policy, &decision, "r-1");
    let headers = lines(&denial.headers);
    assert_eq!(headers[4], "Retry-After: 11");
    assert_eq!(headers[6], r#"RateLimit: "minute";r=0;t=11"#);
}

#[test]
fn units_and_seconds_can_be_told_as_well() {
    let text = speaking(&json!({ "headers": [
        { "name": "X-Units", "value": "units", "limit": "minute" },
        { "name": "X-Wait", "value": "reset-after", "limit": "minute" },
        { "name": "X-Reset", "value": "reset", "limit": "minute" },
    ] }));
    assert_eq!(
        told(&text, &ticksupply(), &[5]),
        [
            "X-Units: 200".to_owned(),
            "X-Wait: 0".to_owned(),
            format!("X-Reset: {NOW}")
        ]
    );
    assert_eq!(
        told(&text, &ticksupply(), &[200]),
        [
            "X-Units: 200".to_owned(),
            "X-Wait: 1".to_owned(),
            format!("X-Reset: {}", NOW + 1)
        ]
    );
}

#[test]
fn pages_may_read_what_the_policy_lets_them() {
    let exposed =
        "Retry-After, X-Headgate-Request-Id, X-Headgate-Reason, RateLimit-Policy, RateLimit";
    assert_eq!(exposed_headers(&policy(DEFAULT), &[]), exposed);
    let expose = format!("Access-Control-Expose-Headers: {exposed}");
    assert_eq!(
        lines(&cors_headers(&policy(DEFAULT), "https://a.example", &[])),
        [
            "Vary: Origin".to_owned(),
            "Access-Control-Allow-Origin: *".to_owned(),
            expose.clone(),
        ]
    );
    let listed =
        policy(&DEFAULT.replace(r#"["*"]"#, r#"["https://a.example"], "credentials": true"#));
    assert_eq!(
        lines(&cors_headers(&listed, "https://a.example", &[])),
        [
            "Vary: Origin".to_owned(),
            "Access-Control-Allow-Origin: https://a.example".to_owned(),
            "Access-Control-Allow-Credentials: true".to_owned(),
            expose,
        ]
    );
    assert_eq!(
        lines(&cors_headers(&listed, "https://b.example", &[])),
        ["Vary: Origin"]
    );
    assert_eq!(
        cors_headers(&policy(TICKSUPPLY), "https://a.example", &[]),
        []
    );
}

#[test]
fn of_shadow_limits_only_those_pages_hear_that_are_told_of_them() {
    let told = [("X-Headgate-Would-Deny".to_owned(), "day".to_owned())];
    let exposed = "Retry-After, X-Headgate-Request-Id, X-Headgate-Reason, RateLimit-Policy, RateLimit, \
                   X-Headgate-Would-Deny";
    assert_eq!(exposed_headers(&policy(DEFAULT), &told), exposed);
    let own = cors_headers(&policy(DEFAULT), "https://a.example", &told);
    let expose = format!("Access-Control-Expose-Headers: {exposed}");
    assert_eq!(lines(&own).last(), Some(&expose));
    let others = [("X-Total".to_owned(), "7".to_owned())];
    assert!(!exposed_headers(&policy(DEFAULT), &others).contains("X-Total"));
}

/// One item of a `RateLimit` header: a name in quotes, then `r` and `t`.
fn item(text: &str) -> (&str, u64, u64) {
    let (name, rest) = text.strip_prefix('"').unwrap().split_once("\";r=").unwrap();
    let (r, t) = rest.split_once(";t=").unwrap();
    assert!(
        r.len() <= 15 && t.len() <= 15,
        "integers of structured fields"
    );
    (name, r.parse().unwrap(), t.parse().unwrap())
}

/// Policies as they are shipped, and one whose bodies use every slot, whole and inside of sentences.
fn policies() -> Vec<Policy> {
    let body = r#"{"a":["{request_id}","{detail}"],"{detail}":"\"{request_id}\" {detail} {violated} {retry_after}{retry_at}{remaining} {status}"}"#;
    let all = Reason::ALL.map(|reason| format!(r#""{}":{{"body":{body}}}"#, reason.name()));
    let every = format!(
        r#"{{"version":1,"tiers":{{"a":{{"limits":[]}}}},"dialect":{{"denials":{{{}}}}}}}"#,
        all.join(",")
    );
    [TICKSUPPLY, DEFAULT, &every].map(policy).into()
}

proptest! {
    #![proptest_config(kept())]

    #[test]
    fn the_second_that_is_promised_is_not_before_the_end_of_any_window_told(story in story()) {
        let (mut object, policy) = (Object::<Account>::new(), policy(DEFAULT));
        for (ask, now) in story.asks() {
            let decision = object.ask(&ask, now);
            let headers = limit_headers(&policy.dialect, &decision);
            let (name, value) = &headers[1];
            prop_assert_eq!(name, "RateLimit");
            let items: Vec<_> = value.split(", ").map(item).collect();
            for (name, r, t) in &items {
                let found = decision.standings.iter().find(|s| s.limit.name.as_str() == *name);
                prop_assert_eq!(found.unwrap().remaining, *r);
                prop_assert!(*r > 0 || *t > 0, "nothing left, and no time until there is");
            }
            let denial = Denial::of_decision(&policy, &decision, "r-1");
            let promised = denial.headers.iter().find(|(name, _)| name == "Retry-After");
            prop_assert_eq!(promised.is_some(), matches!(decision.outcome, Outcome::NotYet(_)));
            if let Some((_, seconds)) = promised {
                let seconds: u64 = seconds.parse().unwrap();
                prop_assert!(seconds >= 1);
                prop_assert!(items.iter().all(|(_, _, t)| *t <= seconds));
                let then = now.after(Millis::from_seconds(seconds));
                prop_assert!(object.clone().admits(&ask, then));
            }
        }
    }

    #[test]
    fn bodies_are_json_whatever_stands_in_them(id in any::<String>(), detail in any::<String>()) {
        for policy in policies() {
            for reason in Reason::ALL {
                let denial = Denial::without_decision(&policy, reason, &id, &detail);
                let body: Value = serde_json::from_str(&denial.body).unwrap();
                prop_assert!(body.is_object());
                prop_assert!((400..600).contains(&denial.status));
            }
        }
    }

    #[test]
    fn what_is_put_into_a_body_comes_out_of_it_unchanged(id in any::<String>(), detail in any::<String>()) {
        let denial = Denial::without_decision(&policies()[2], Reason::Malformed, &id, &detail);
        let body: Value = serde_json::from_str(&denial.body).unwrap();
        prop_assert_eq!(&body["a"], &serde_json::json!([id, detail]));
        // The names of fields are no blanks.
        let expected = format!("\"{id}\" {detail}   400");
        prop_assert_eq!(body["{detail}"].as_str(), Some(expected.as_str()));
    }
}

#[test]
fn blanks_in_values_are_not_filled_again() {
    let hostile = "{detail} {request_id} \"},{\"admin\":true} {retry_after}";
    let denial = Denial::without_decision(&policies()[2], Reason::Malformed, hostile, hostile);
    let body: Value = serde_json::from_str(&denial.body).unwrap();
    assert_eq!(body["a"], serde_json::json!([hostile, hostile]));
    assert_eq!(body.as_object().unwrap().len(), 2);
}
