//! Headers of the limit closest to exhaustion, and limits that show nowhere.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::{Limit, Name};
use headgate::object::Account;
use headgate::policy::Policy;
use headgate::subject::Decision;
use headgate::time::Millis;
use headgate::wire::{Denial, limit_headers};
use serde_json::{Value, json};
use support::object::{Object, taken_by};
use support::told::{DEFAULT, NOW, decided, lines, policy, speaking};
use support::{START, ask, ask_slot, lane, limit};

/// Every figure of the closest limit.
fn closest() -> Policy {
    let header = |(name, value)| json!({ "name": name, "value": value, "limit": "*" });
    let headers = [
        ("X-RateLimit-Limit", "units"),
        ("X-RateLimit-Remaining", "remaining"),
        ("X-RateLimit-Reset", "full"),
        ("X-Next", "reset"),
        ("X-Wait", "reset-after"),
    ];
    policy(&speaking(&json!({ "headers": headers.map(header) })))
}

/// Units, remaining, and seconds from now until all units are back, until the next one, and once more until that.
fn figures(policy: &Policy, decision: &Decision) -> [u64; 5] {
    let headers = limit_headers(&policy.dialect, decision);
    let value = |at: usize| headers[at].1.parse::<u64>().unwrap();
    [value(0), value(1), value(2) - NOW, value(3) - NOW, value(4)]
}

/// A hundred a minute, a thousand an hour, and so many a day.
fn windows(day: u64) -> Vec<Limit> {
    vec![
        limit("minute", 100, 60_000, 100),
        limit("hour", 1_000, 3_600_000, 1_000),
        limit("day", day, 86_400_000, day),
    ]
}

#[test]
fn the_limit_with_the_fewest_units_left_is_told() {
    let told = |day, costs: &[u64]| figures(&closest(), &decided(&windows(day), costs));
    assert_eq!(told(10_000, &[5]), [100, 95, 3, 0, 0]);
    assert_eq!(told(10_000, &[100]), [100, 0, 60, 1, 1]);
    // 90 of a day with 90 units left are 24 hours.
    assert_eq!(told(90, &[90]), [90, 0, 86_400, 960, 960]);
}

#[test]
fn of_several_the_one_that_takes_the_longest_until_all_is_back_is_told() {
    assert_eq!(
        figures(&closest(), &decided(&windows(100), &[10])),
        [100, 90, 8_640, 0, 0]
    );
}

#[test]
fn on_a_denial_the_limit_that_refuses_the_longest_is_told_whatever_the_others_have() {
    let decision = decided(&windows(120), &[95, 30]);
    assert_eq!(figures(&closest(), &decision)[..2], [120, 25]);
    let denial = Denial::of_decision(&closest(), &decision, "r-1");
    assert!(lines(&denial.headers).contains(&"X-RateLimit-Limit: 120".to_owned()));
    // What refuses for good refuses longer than any wait.
    let decision = decided(&windows(120), &[95, 101]);
    assert_eq!(figures(&closest(), &decision)[..2], [100, 5]);
}

#[test]
fn a_denial_leaves_what_remains_of_every_window_as_it_was() {
    let limits = windows(10_000);
    let mut object = Object::<Account>::new();
    object.ask(&ask(&limits, 100), START);
    let before = object.ask(&ask(&limits, 0), START);
    object.ask(&ask(&limits, 1), START);
    let after = object.ask(&ask(&limits, 0), START);
    assert_eq!(figures(&closest(), &before), figures(&closest(), &after));
}

#[test]
fn a_lane_is_never_the_closest() {
    let limits = [lane("priority", 1), limit("minute", 100, 60_000, 100)];
    let (mut object, now) = taken_by(&limits, 1);
    let decision = object.ask(&ask_slot(&limits, 9), now);
    assert!(decision.patience().is_some(), "the lane alone refuses");
    assert_eq!(figures(&closest(), &decision)[..2], [100, 99]);
    let lane_alone = decided(&limits[..1], &[1]);
    assert_eq!(limit_headers(&closest().dialect, &lane_alone), []);
}

#[test]
fn a_header_of_the_closest_limit_can_wait_until_that_is_exhausted() {
    let header = json!({ "name": "X-Reset", "value": "full", "limit": "*", "when": "exhausted" });
    let policy = policy(&speaking(&json!({ "headers": [header] })));
    let told = |costs: &[u64]| {
        lines(&limit_headers(
            &policy.dialect,
            &decided(&windows(500), costs),
        ))
    };
    assert_eq!(told(&[99]), [""; 0]);
    assert_eq!(told(&[100]), [format!("X-Reset: {}", NOW + 60)]);
}

#[test]
fn all_units_are_back_when_it_is_said_and_not_a_second_earlier() {
    let limits = [limit("minute", 7, 60_000, 7)];
    let header = json!({ "name": "X-Reset", "value": "full", "limit": "minute" });
    let policy = policy(&speaking(&json!({ "headers": [header] })));
    let mut object = Object::<Account>::new();
    let decision = object.ask(&ask(&limits, 3), START);
    let full = limit_headers(&policy.dialect, &decision)[0]
        .1
        .parse::<u64>()
        .unwrap();
    let mut left = |seconds: u64| {
        let then = START.after(Millis::from_seconds(seconds - NOW));
        object.ask(&ask(&limits, 0), then).standings[0].remaining
    };
    assert_eq!((left(full - 1), left(full)), (6, 7));
}

/// A dialect that tells everything there is, with `hidden` limits.
fn telling_all(hidden: &[&str]) -> Policy {
    let mut headers: Vec<Value> = ["units", "remaining", "reset", "reset-after", "full"]
        .iter()
        .flat_map(|value| {
            ["minute", "*"].map(|limit| json!({ "name": "X-One", "value": value, "limit": limit }))
        })
        .collect();
    headers.push(json!({ "name": "RateLimit", "value": "ratelimit" }));
    headers.push(json!({ "name": "RateLimit-Policy", "value": "ratelimit-policy" }));
    let body = json!({ "of": "{violated}", "left": "{remaining}", "wait": "{retry_after}", "text": "{violated}/{remaining}" });
    let mut policy = policy(&speaking(
        &json!({ "headers": headers, "denials": { "quota": { "body": body } } }),
    ));
    policy.dialect.hidden = hidden
        .iter()
        .map(|name| Name::try_from(*name).unwrap())
        .collect();
    policy
}

#[test]
fn a_hidden_limit_shows_in_no_header() {
    let decision = decided(&windows(10_000), &[90]);
    let told = |hidden: &[&str]| lines(&limit_headers(&telling_all(hidden).dialect, &decision));
    assert_eq!(told(&[]).len(), 12);
    let without = told(&["minute"]);
    assert_eq!(without.len(), 7, "{without:?}");
    assert_eq!(
        without[0], "X-One: 1000",
        "the closest of those that may be told"
    );
    assert!(!without.join("\n").contains("minute"), "{without:?}");
    assert_eq!(told(&["minute", "hour", "day"]), [""; 0]);
}

#[test]
fn a_hidden_limit_that_refuses_tells_nothing_but_when_to_come_back() {
    let decision = decided(&windows(10_000), &[100, 10]);
    let (open, hiding) = (telling_all(&[]), telling_all(&["minute"]));
    let open = Denial::of_decision(&open, &decision, "r-1");
    assert_eq!(
        open.body,
        r#"{"left":0,"of":["minute"],"text":"minute/0","wait":6}"#
    );
    let hiding = Denial::of_decision(&hiding, &decision, "r-1");
    assert_eq!(hiding.body, r#"{"left":null,"of":[],"text":"/","wait":6}"#);
    let headers = lines(&hiding.headers);
    assert!(headers.contains(&"Retry-After: 6".to_owned()));
    assert!(
        !headers.iter().any(|line| line.contains("minute")),
        "{headers:?}"
    );
    assert!(
        !headers.iter().any(|line| line.starts_with("RateLimit:")),
        "no other limit refused"
    );
    let mut neutral = policy(DEFAULT);
    neutral.dialect.hidden = telling_all(&["minute"]).dialect.hidden;
    let neutral = Denial::of_decision(&neutral, &decision, "r-1");
    assert!(
        !neutral.body.contains("violated-policies"),
        "{}",
        neutral.body
    );
}

#[test]
fn beside_a_hidden_limit_the_others_are_told_as_ever() {
    let limits = [
        limit("minute", 10, 60_000, 10),
        limit("hour", 10, 3_600_000, 10),
    ];
    let decision = decided(&limits, &[10, 1]);
    let denial = Denial::of_decision(&telling_all(&["hour"]), &decision, "r-1");
    // The longest wait is the hidden one's, whose units are not told.
    let body = r#"{"left":null,"of":["minute"],"text":"minute/","wait":360}"#;
    assert_eq!(denial.body, body);
    let limits = lines(&denial.headers)
        .into_iter()
        .find(|line| line.starts_with("RateLimit:"));
    assert_eq!(limits.unwrap(), r#"RateLimit: "minute";r=0;t=6"#);
}
