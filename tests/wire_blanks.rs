//! Denials by limit, and what stands in the blanks of their bodies.

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
use headgate::wire::Denial;
use serde_json::{Value, json};
use support::object::{Object, taken_by};
use support::told::{DEFAULT, decided, policy, speaking};
use support::{START, ask, ask_slot, lane, limit, ticksupply};

fn header<'d>(denial: &'d Denial, name: &str) -> Option<&'d str> {
    let found = denial.headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

/// Styles of their own for the hour and for what never passes, beside that of any limit.
fn by_limit() -> Policy {
    policy(&speaking(&json!({
        "denials": { "quota": { "body": "any" }, "never": { "status": 400, "body": "never" } },
        "denials_of": { "hour": { "status": 403, "content_type": "text/plain", "body": "hour {retry_after}" } }
    })))
}

#[test]
fn the_limit_that_refuses_the_longest_can_have_a_style_of_its_own() {
    let policy = by_limit();
    let limits = |hour| {
        [
            limit("minute", 10, 60_000, 10),
            limit("hour", hour, 3_600_000, hour),
        ]
    };
    let told = |decision: &Decision| {
        let denial = Denial::of_decision(&policy, decision, "r-1");
        (denial.status, denial.body)
    };
    let said = |status, body: &str| (status, body.to_owned());
    assert_eq!(
        told(&decided(&limits(100), &[10, 1])),
        said(429, "any"),
        "the minute alone"
    );
    assert_eq!(
        told(&decided(&limits(10), &[10, 1])),
        said(403, "hour 360"),
        "both, the hour longer"
    );
    // What refuses for good refuses the longest.
    assert_eq!(
        told(&decided(&limits(10), &[11])),
        said(400, "never"),
        "both for good, the minute first"
    );
    assert_eq!(
        told(&decided(&limits(5), &[8])),
        said(403, "hour "),
        "the hour for good"
    );
    let denial = Denial::of_decision(&policy, &decided(&limits(10), &[10, 1]), "r-1");
    assert_eq!(header(&denial, "Content-Type"), Some("text/plain"));
    assert_eq!(header(&denial, "Retry-After"), Some("360"));
    assert_eq!(header(&denial, "X-Headgate-Reason"), Some("quota"));
}

#[test]
fn a_lane_can_have_a_style_of_its_own() {
    let mut document: Value = serde_json::from_str(DEFAULT).unwrap();
    let slots = json!({ "name": "priority", "algorithm": "concurrency", "slots": 1 });
    document["tiers"]["standard"]["limits"] = json!([slots]);
    document["dialect"] = json!({ "denials_of": { "priority": { "body": "full" } } });
    let (mut object, now) = taken_by(&[lane("priority", 1)], 1);
    let decision = object.ask(&ask_slot(&[lane("priority", 1)], 9), now);
    let denial = Denial::of_decision(&policy(&document.to_string()), &decision, "r-1");
    assert_eq!((denial.status, denial.body.as_str()), (429, "full"));
}

/// The blanks of a denial that is about time and units.
fn blanks(decision: &Decision) -> (Denial, Value) {
    let style = json!({ "body": {
        "after": "{retry_after}", "at": "{retry_at}", "left": "{remaining}", "text": "{remaining} left until {retry_at}"
    } });
    let styles = json!({ "quota": style, "never": style, "unavailable": style });
    let policy = policy(&speaking(&json!({ "denials": styles })));
    let denial = match decision.outcome {
        Outcome::Admitted => Denial::without_decision(&policy, Reason::Unavailable, "r-1", "No."),
        _ => Denial::of_decision(&policy, decision, "r-1"),
    };
    let body = serde_json::from_str(&denial.body).unwrap();
    (denial, body)
}

#[test]
fn a_body_tells_the_second_of_the_header_its_instant_and_what_is_left() {
    let decision = decided(&ticksupply(), &[197, 50]);
    let (denial, body) = blanks(&decision);
    assert_eq!(header(&denial, "Retry-After"), Some("15"));
    // 2026-09-21T14:13:20Z and 14,100 ms.
    let at = "2026-09-21T14:13:35Z";
    let expected =
        json!({ "after": 15, "at": at, "left": 3, "text": format!("3 left until {at}") });
    assert_eq!(body, expected);
}

#[test]
fn at_the_instant_of_the_body_the_demand_passes() {
    let limits = [limit("odd", 7, 60_000, 7)];
    let mut object = Object::<Account>::new();
    let now = START.after(Millis(777));
    object.ask(&ask(&limits, 7), now);
    let decision = object.ask(&ask(&limits, 1), now);
    // 8,572 ms later: at 14:13:29.349.
    let (_, body) = blanks(&decision);
    assert_eq!(
        (&body["at"], &body["after"]),
        (&json!("2026-09-21T14:13:30Z"), &json!(9))
    );
    let then = START.after(Millis::from_seconds(10));
    assert!(object.admits(&ask(&limits, 1), then));
}

#[test]
fn where_no_wait_helps_or_nothing_was_decided_there_is_nothing_to_tell() {
    let minute = [limit("minute", 200, 60_000, 200)];
    let (denial, body) = blanks(&decided(&minute, &[201]));
    assert_eq!(
        body,
        json!({ "after": null, "at": null, "left": 200, "text": "200 left until " })
    );
    assert_eq!(header(&denial, "Retry-After"), None);
    let (_, body) = blanks(&decided(&minute, &[1]));
    assert_eq!(
        body,
        json!({ "after": null, "at": null, "left": null, "text": " left until " })
    );
}
