//! Which body a denial has: the problem of the neutral dialect, one that the client asks for, or the policy's own.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::policy::{Policy, Reason};
use headgate::subject::Decision;
use headgate::wire::Denial;
use serde_json::{Value, json};
use support::object::taken_by;
use support::told::{DEFAULT, TICKSUPPLY, decided, lines, policy, speaking};
use support::{ask_slot, lane, limit, ticksupply};

const PROBLEM: &str = "application/problem+json";

fn header<'d>(denial: &'d Denial, name: &str) -> Option<&'d str> {
    let found = denial.headers.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

fn body(denial: &Denial) -> Value {
    serde_json::from_str(&denial.body).unwrap()
}

/// A denial for `reason`, without a decision.
fn plain(policy: &Policy, reason: Reason) -> Denial {
    Denial::without_decision(policy, reason, "r-1", "No.")
}

/// A decision of a minute that is used up.
fn refused() -> Decision {
    decided(&ticksupply(), &[200, 1])
}

#[test]
fn every_reason_has_a_problem_of_the_type_that_means_it() {
    let policy = policy(DEFAULT);
    let registered = |name: &str| format!("https://iana.org/assignments/http-problem-types#{name}");
    let (quota, capacity) = ("quota-exceeded", "temporary-reduced-capacity");
    let blank = "about:blank".to_owned();
    let types = [
        (
            Reason::Quota,
            registered(quota),
            "Request cannot be satisfied as assigned quota has been exceeded",
        ),
        (
            Reason::Concurrency,
            registered(quota),
            "Request cannot be satisfied as assigned quota has been exceeded",
        ),
        (
            Reason::Never,
            registered(quota),
            "Request cannot be satisfied as assigned quota has been exceeded",
        ),
        (Reason::PaymentRequired, blank.clone(), "Payment Required"),
        (Reason::Unauthenticated, blank.clone(), "Unauthorized"),
        (Reason::Suspended, blank.clone(), "Forbidden"),
        (Reason::Malformed, blank.clone(), "Bad Request"),
        (Reason::TooLarge, blank.clone(), "Content Too Large"),
        (
            Reason::Unavailable,
            registered(capacity),
            "Request cannot be satisfied due to temporary server capacity constraints",
        ),
        (Reason::BadGateway, blank.clone(), "Bad Gateway"),
        (Reason::GatewayTimeout, blank.clone(), "Gateway Timeout"),
        (Reason::Loop, blank, "Loop Detected"),
    ];
    assert_eq!(types.clone().map(|(reason, ..)| reason), Reason::ALL);
    for (reason, kind, title) in types {
        let denial = plain(&policy, reason);
        assert_eq!(header(&denial, "Content-Type"), Some(PROBLEM));
        assert_eq!(header(&denial, "Cache-Control"), Some("no-store"));
        assert_eq!(header(&denial, "X-Headgate-Reason"), Some(reason.name()));
        assert_eq!(header(&denial, "Retry-After"), None, "no time is known");
        assert_eq!(header(&denial, "Vary"), None, "there is but one body");
        let expected = json!({
            "type": kind, "title": title, "status": denial.status, "detail": "No.", "request_id": "r-1"
        });
        assert_eq!(body(&denial), expected);
    }
}

#[test]
fn a_problem_names_the_limits_that_refuse() {
    let minute = [limit("minute", 200, 60_000, 200)];
    let (mut object, now) = taken_by(&[lane("priority", 1)], 1);
    for (decision, reason, violated) in [
        (refused(), "quota", "minute"),
        (decided(&minute, &[201]), "never", "minute"),
        (
            object.ask(&ask_slot(&[lane("priority", 1)], 9), now),
            "concurrency",
            "priority",
        ),
    ] {
        let denial = Denial::of_decision(&policy(DEFAULT), &decision, "r-1");
        assert_eq!(
            (denial.status, header(&denial, "X-Headgate-Reason")),
            (429, Some(reason))
        );
        assert_eq!(body(&denial)["violated-policies"], json!([violated]));
    }
}

#[test]
fn a_problem_under_another_status_does_not_bear_the_title_of_the_usual_one() {
    let styles =
        json!({ "unauthenticated": { "status": 403, "body": "" }, "loop": { "body": "" } });
    let policy = policy(&speaking(
        &json!({ "denials": styles, "problem_json": "always" }),
    ));
    let denial = plain(&policy, Reason::Unauthenticated);
    assert_eq!(denial.status, 403);
    let expected =
        json!({ "type": "about:blank", "status": 403, "detail": "No.", "request_id": "r-1" });
    assert_eq!(body(&denial), expected);
    assert_eq!(
        body(&plain(&policy, Reason::Loop))["title"],
        "Loop Detected"
    );
}

/// Ticksupply's policy with a word for `problem_json`.
fn ticksupply_with(word: &str) -> Policy {
    let mut document: Value = serde_json::from_str(TICKSUPPLY).unwrap();
    document["dialect"]["problem_json"] = json!(word);
    policy(&document.to_string())
}

#[test]
fn a_client_that_prefers_a_problem_gets_one_where_the_policy_lets_it() {
    let asked = ticksupply_with("on_accept");
    let own = Denial::of_decision(&policy(TICKSUPPLY), &refused(), "r-1");
    let denied = |accept| Denial::of_decision(&asked, &refused(), "r-1").negotiated(accept);
    let vary = ("Vary".to_owned(), "Accept".to_owned());
    for accept in [
        None,
        Some("*/*"),
        Some("application/json"),
        Some("application/json, application/problem+json"),
    ] {
        let denial = denied(accept);
        assert_eq!(denial.body, own.body, "{accept:?}");
        assert_eq!(
            denial.headers,
            [own.headers.as_slice(), std::slice::from_ref(&vary)].concat()
        );
    }
    for accept in [
        "application/problem+json",
        "application/json;q=0.9, application/problem+json",
    ] {
        let problem = denied(Some(accept));
        assert_eq!(
            body(&problem)["type"],
            "https://iana.org/assignments/http-problem-types#quota-exceeded"
        );
        assert_eq!(problem.status, own.status);
        // All that the policy says but for the type of the body.
        assert_eq!(
            problem.headers[0],
            ("Content-Type".to_owned(), PROBLEM.to_owned())
        );
        assert_eq!(
            problem.headers[1..],
            [&own.headers[1..], std::slice::from_ref(&vary)].concat()
        );
    }
}

#[test]
fn what_a_client_prefers_makes_no_difference_where_the_policy_does_not_ask() {
    let plain_json = json!({ "problem_json": "never" });
    for policy in [
        policy(TICKSUPPLY),
        policy(DEFAULT),
        ticksupply_with("always"),
        policy(&speaking(&plain_json)),
    ] {
        for accept in [PROBLEM, "application/json", "text/html"] {
            let denial = Denial::of_decision(&policy, &refused(), "r-1");
            assert_eq!(denial.clone().negotiated(Some(accept)), denial);
        }
    }
}

#[test]
fn bodies_are_problems_unless_the_policy_has_some_or_says_so() {
    let style = json!({ "body": "own" });
    for (dialect, content_type) in [
        (json!({}), PROBLEM),
        (json!({ "headers": [] }), PROBLEM),
        (json!({ "problem_json": "never" }), "application/json"),
        (json!({ "problem_json": "on_accept" }), "application/json"),
        (json!({ "denials": {} }), "application/json"),
        (
            json!({ "denials_of": { "minute": style } }),
            "application/json",
        ),
        (json!({ "denials": {}, "problem_json": "always" }), PROBLEM),
    ] {
        let denial = plain(&policy(&speaking(&dialect)), Reason::Suspended);
        assert_eq!(
            header(&denial, "Content-Type"),
            Some(content_type),
            "{dialect}"
        );
    }
}

#[test]
fn a_denial_that_no_style_is_for_is_a_plain_error() {
    let policy = policy(TICKSUPPLY);
    for (reason, status) in [
        (Reason::Suspended, 403),
        (Reason::TooLarge, 413),
        (Reason::BadGateway, 502),
    ] {
        let denial = plain(&policy, reason);
        let expected =
            json!({ "error": { "code": reason.name(), "message": "No.", "request_id": "r-1" } });
        assert_eq!((denial.status, body(&denial)), (status, expected));
    }
}

#[test]
fn headers_of_a_denial_are_the_same_whatever_its_body_is() {
    let style = json!({ "body": "own" });
    let neutral = Denial::of_decision(&policy(DEFAULT), &refused(), "r-1");
    let dialect = json!({
        "headers": [{ "name": "RateLimit-Policy", "value": "ratelimit-policy" }, { "name": "RateLimit", "value": "ratelimit" }],
        "denials_of": { "minute": style }
    });
    let own = Denial::of_decision(&policy(&speaking(&dialect)), &refused(), "r-1");
    assert_eq!(lines(&own.headers[1..]), lines(&neutral.headers[1..]));
}
