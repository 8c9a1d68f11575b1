//! What is known of an account holds at once, spends nothing and survives: its plan, its suspension, its revoked keys.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::{KeyHash, Order, Refusal, hashed};
use headgate::object::{Account, Ask, Terms};
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};
use serde_json::{Value, json};
use support::object::Object;
use support::{START, ask, ask_reserving, cap, limit, order, ticksupply};

/// Hashes a key so that a test can tell which it was.
fn hash(key: &str) -> KeyHash {
    KeyHash([key.len().try_into().unwrap(); 16])
}

fn read(method: &str, path: &str, body: &str) -> Order {
    order(method, path, &hashed(body.to_owned(), hash))
}

/// Does what is said at an instant; what is answered.
fn said(
    object: &mut Object<Account>,
    method: &str,
    path: &str,
    body: &Value,
    now: UnixMillis,
) -> Value {
    let order = read(method, path, &body.to_string());
    let reply = object.operate(&order, now);
    assert_eq!(reply.status, 200, "{}", reply.body);
    // What a lost memory costs, it costs every time.
    object.lose_memory();
    serde_json::from_str(&reply.body).unwrap()
}

fn with(terms: Terms) -> Ask {
    Ask {
        terms,
        ..ask(&ticksupply(), 1)
    }
}

fn by_key(key: &str) -> Ask {
    with(Terms {
        key: Some(hash(key)),
        ..Terms::default()
    })
}

fn refused(decision: &Decision) -> Option<Refusal> {
    match decision.outcome {
        Outcome::Refused(refusal) => Some(refusal),
        _ => None,
    }
}

fn seconds(now: UnixMillis) -> u64 {
    now.0 / 1_000
}

#[test]
fn a_suspension_refuses_everything_until_its_instant_and_spends_nothing() {
    let mut object = Object::<Account>::new();
    let until = START.after(Millis(60_000));
    let body = json!({"until": seconds(until), "reason": "batch jobs"});
    assert_eq!(said(&mut object, "PUT", "suspension", &body, START), body);
    let rows = object.rows_written;
    let last = UnixMillis(until.0 - 1);
    for now in [START, last] {
        let decision = object.ask(&ask(&ticksupply(), 1), now);
        assert_eq!(refused(&decision), Some(Refusal::Suspended));
        assert_eq!(decision.standings, []);
        assert_eq!(
            decision.statement.as_deref(),
            Some(r#"{"reason":"batch jobs"}"#)
        );
    }
    assert_eq!(object.rows_written, rows);
    let decision = object.ask(&ask(&ticksupply(), 1), until);
    assert_eq!(
        (decision.outcome, decision.standings[0].remaining),
        (Outcome::Admitted, 199)
    );
    let none = json!({"until": null, "reason": null});
    assert_eq!(
        said(&mut object, "GET", "suspension", &json!({}), until),
        none
    );
}

#[test]
fn a_suspension_may_be_lifted_before() {
    let mut object = Object::<Account>::new();
    let body = json!({"until": seconds(START) + 3_600});
    said(&mut object, "PUT", "suspension", &body, START);
    said(&mut object, "DELETE", "suspension", &json!({}), START);
    assert!(object.admits(&ask(&ticksupply(), 1), START));
}

#[test]
fn a_revoked_key_is_refused_and_the_others_of_its_account_are_not() {
    let mut object = Object::<Account>::new();
    let hex = "03".repeat(16);
    assert_eq!(
        said(
            &mut object,
            "POST",
            "revoked-keys",
            &json!({"key": "abc"}),
            START
        ),
        json!({"hashes": [hex]})
    );
    said(
        &mut object,
        "POST",
        "revoked-keys",
        &json!({"hash": format!("{}{}", "04".repeat(16), "ff".repeat(16))}),
        START,
    );
    assert_eq!(
        refused(&object.ask(&by_key("abc"), START)),
        Some(Refusal::Revoked)
    );
    assert_eq!(
        refused(&object.ask(&by_key("abcd"), START)),
        Some(Refusal::Revoked)
    );
    assert!(object.admits(&by_key("a"), START));
    said(
        &mut object,
        "DELETE",
        "revoked-keys",
        &json!({"hash": hex}),
        START,
    );
    assert!(object.admits(&by_key("abc"), START));
    assert_eq!(
        said(&mut object, "GET", "revoked-keys", &json!({}), START),
        json!({"hashes": ["04".repeat(16)]})
    );
}

#[test]
fn a_blocked_status_refuses_what_reserves_and_nothing_else() {
    let mut object = Object::<Account>::new();
    let plan = json!({"access_status": "past_due", "plan": "pro", "period_end": null});
    assert_eq!(said(&mut object, "PUT", "plan", &plan, START), plan);
    let limits = [limit("minute", 200, 60_000, 200), cap("active", 5)];
    let mut create = ask_reserving(&limits, 1, &[("active", 1)]);
    create.terms.blocked = vec!["canceled".to_owned(), "past_due".to_owned()];
    let decision = object.ask(&create, START);
    assert_eq!(refused(&decision), Some(Refusal::PaymentRequired));
    let left: Vec<_> = decision
        .standings
        .iter()
        .map(|it| (it.remaining, it.violated))
        .collect();
    assert_eq!(left, [(200, false), (5, false)]);
    assert!(object.admits(&ask(&limits, 1), START));
    said(
        &mut object,
        "PUT",
        "plan",
        &json!({"access_status": "active"}),
        START,
    );
    assert!(object.admits(&create, START));
}

#[test]
fn a_decision_tells_the_plan_and_what_is_settled_only_where_it_is_asked() {
    let mut object = Object::<Account>::new();
    said(&mut object, "PUT", "plan", &json!({"plan": "pro"}), START);
    said(
        &mut object,
        "PUT",
        "caps/active",
        &json!({"settled": 7}),
        START,
    );
    let limits = [cap("active", 5)];
    assert_eq!(object.ask(&ask(&limits, 1), START).statement, None);
    let mut asking = ask(&limits, 1);
    asking.terms.tells = true;
    let statement = object.ask(&asking, START).statement.unwrap();
    let expected = r#"{"access_status":null,"plan":"pro","period_end":null,"used:active":7}"#;
    assert_eq!(statement, expected);
}
