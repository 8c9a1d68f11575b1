//! Caps and answers in policies: what outcomes come to, and how answers are filled.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::Refusal;
use headgate::limit::Kind;
use headgate::object::Account;
use headgate::policy::{Came, Policy, Reserve, field_amount};
use headgate::subject::{Decision, Outcome};
use headgate::wire::{Denial, own_answer};
use serde_json::{Value, json};
use support::object::Object;
use support::{START, ask, order};

fn policy(settle: &Value, answer: &Value) -> Policy {
    let document = json!({
        "version": 1,
        "tiers": { "trial": { "limits": [
            { "name": "minute", "algorithm": "token-bucket", "units": 200, "window": "1m" },
            { "name": "active", "algorithm": "cap", "amount": 5 }
        ] } },
        "routes": [
            { "path": "/a", "caps": [{ "cap": "active", "reserve": 5, "settle": settle }] },
            { "path": "/b", "answer": answer }
        ],
        "dialect": { "headers": [{ "name": "X-Left", "value": "remaining", "limit": "active" }, { "name": "X-Closest", "value": "remaining", "limit": "*" }] }
    });
    Policy::parse(&document.to_string()).unwrap()
}

fn reserve(settle: &Value) -> Reserve {
    let policy = policy(settle, &json!({"body": ""}));
    policy.route("POST", "/a").unwrap().caps[0].clone()
}

fn no_header(_: &str) -> Option<String> {
    None
}

#[test]
fn an_outcome_comes_to_its_amount_after_the_statuses_that_are_named_and_else_to_nothing() {
    for (on, settling) in [
        (json!("2xx"), vec![200, 201, 299]),
        (json!("4xx"), vec![400, 409, 499]),
        (json!(409), vec![409]),
    ] {
        let reserve = reserve(&json!({"on": on, "amount": -3}));
        for status in [200, 201, 299, 300, 399, 400, 409, 499, 500, 599] {
            let expected = if settling.contains(&status) { -3 } else { 0 };
            assert_eq!(
                reserve.came(status, no_header),
                Came::To(expected),
                "{on} {status}"
            );
        }
    }
    let usual = reserve(&json!({"amount": 5}));
    assert_eq!(usual.came(204, no_header), Came::To(5));
}

#[test]
fn a_header_says_it_in_digits_or_nobody_knows() {
    let reserve = reserve(&json!({"amount": {"header": "X-Size"}}));
    let said = |value: &str| {
        let header = |name: &str| (name == "X-Size").then(|| value.to_owned());
        reserve.came(200, header)
    };
    for (value, amount) in [
        ("0", 0),
        (" 12 ", 12),
        ("999999999999999", 999_999_999_999_999),
    ] {
        assert_eq!(said(value), Came::To(amount));
    }
    for value in ["", "-1", "1.5", "1, 2", "1000000000000000", "12 bytes"] {
        assert_eq!(said(value), Came::Unknown, "{value}");
    }
    assert_eq!(reserve.came(200, no_header), Came::Unknown);
    assert_eq!(reserve.came(500, no_header), Came::To(0));
}

#[test]
fn a_field_of_the_body_says_it_if_it_is_one_whole_number() {
    let reserve = reserve(&json!({"amount": {"json": "size"}}));
    assert!(reserve.reads_body());
    assert_eq!(reserve.came(200, no_header), Came::Field("size"));
    assert_eq!(reserve.came(404, no_header), Came::To(0));
    assert_eq!(
        field_amount(r#"{"a":{"size":9},"size":7}"#, "size"),
        Some(7)
    );
    for body in [
        "",
        "[]",
        "7",
        r#"{"size":"7"}"#,
        r#"{"size":-7}"#,
        r#"{"size":7.0}"#,
        r#"{"size":null}"#,
        r#"{"size":7,"size":7}"#,
        r#"{"Size":7}"#,
        r#"{"size":1000000000000000}"#,
        r#"{"size":7"#,
    ] {
        assert_eq!(field_amount(body, "size"), None, "{body}");
    }
}

#[test]
fn a_tier_gives_its_caps_only_to_routes_that_name_them() {
    let policy = policy(&json!({"amount": 1}), &json!({"body": ""}));
    let tier = policy.tier(&"trial".try_into().unwrap()).unwrap();
    let kinds: Vec<Kind> = tier
        .limits_in(None)
        .map(|limit| limit.algorithm.kind())
        .collect();
    assert_eq!(kinds, [Kind::Rate]);
    assert_eq!(
        tier.caps().map(|cap| cap.name.as_str()).collect::<Vec<_>>(),
        ["active"]
    );
}

/// What the account's object decides for the route with the answer.
fn decision(policy: &Policy, plan: &Value) -> Decision {
    let mut object = Object::<Account>::new();
    object.operate(&order("PUT", "plan", &plan.to_string()), START);
    object.operate(&order("PUT", "caps/active", r#"{"settled":7}"#), START);
    let tier = policy.tier(&"trial".try_into().unwrap()).unwrap();
    let mut asking = ask(&tier.limits, 1);
    asking.terms.tells = true;
    object.ask(&asking, START)
}

fn answered(answer: &Value, plan: &Value) -> String {
    let policy = policy(&json!({"amount": 1}), answer);
    let route = policy.route("GET", "/b").unwrap();
    let answer = route.answer.as_ref().unwrap();
    own_answer(&policy, answer, &decision(&policy, plan), "r-1").body
}

#[test]
fn an_answer_is_filled_out_of_the_account_and_its_limits() {
    let body = json!({"body": {
        "id": "{request_id}", "status": "{status}", "access": "{access_status}", "end": "{period_end}",
        "used": "{used:active}", "of": "{limit:active}", "left": "{remaining:active}", "minute": "{used:minute}",
        "text": "{plan}: {used:active} of {limit:active}, {period_end}{unknown}", "list": ["{plan}", {"x": {}}]
    }});
    let plan = json!({"access_status": "active", "plan": "pro \"2\" {used:active}"});
    let filled: Value = serde_json::from_str(&answered(&body, &plan)).unwrap();
    let plan = "pro \"2\" {used:active}";
    let expected = json!({
        "id": "r-1", "status": 200, "access": "active", "end": null, "used": 7, "of": 5, "left": 0, "minute": 1,
        "text": format!("{plan}: 7 of 5, {{unknown}}"), "list": [plan, {"x": {}}]
    });
    assert_eq!(filled, expected);
}

#[test]
fn an_answer_in_plain_text_is_not_escaped() {
    let body = json!({"content_type": "text/plain", "body": "\"{plan}\" {used:active}/{limit:active} {period_end}."});
    assert_eq!(answered(&body, &json!({"plan": "a\"b"})), "\"a\"b\" 7/5 .");
}

#[test]
fn an_answer_has_the_usual_headers() {
    let (settle, body) = (json!({"amount": 1}), json!({"status": 203, "body": {}}));
    let policy = policy(&settle, &body);
    let answer = policy.route("GET", "/b").unwrap().answer.clone().unwrap();
    let Denial {
        status, headers, ..
    } = own_answer(&policy, &answer, &decision(&policy, &json!({})), "r-1");
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let expected = [
        ("Content-Type", "application/json"),
        ("Cache-Control", "no-store"),
        ("X-Headgate-Request-Id", "r-1"),
        ("X-Left", "0"),
        ("X-Closest", "199"),
    ];
    assert_eq!((status, headers.as_slice()), (203, &expected[..]));
}

#[test]
fn each_refusal_has_its_status_and_reason_and_no_retry_after() {
    let policy = policy(&json!({"amount": 1}), &json!({"body": ""}));
    for (refusal, status, reason) in [
        (Refusal::PaymentRequired, 402, "payment_required"),
        (Refusal::Suspended, 403, "suspended"),
        (Refusal::Revoked, 401, "unauthenticated"),
    ] {
        let outcome = Outcome::Refused(refusal);
        let decision = Decision {
            outcome,
            ..decision(&policy, &json!({}))
        };
        let denial = Denial::of_decision(&policy, &decision, "r-1");
        let header = |name: &str| {
            denial
                .headers
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, v)| v.as_str())
        };
        assert_eq!(
            (denial.status, header("X-Headgate-Reason")),
            (status, Some(reason))
        );
        assert_eq!(header("Retry-After"), None);
        assert_eq!(header("WWW-Authenticate").is_some(), status == 401);
    }
}
