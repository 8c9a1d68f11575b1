//! Caps: what requests reserve counts until their outcome is settled, and a cap that is spent is another answer than
//! one that is full for now.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::Refusal;
use headgate::limit::Limit;
use headgate::object::{Account, Ask};
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};
use serde_json::{Value, json};
use support::object::Object;
use support::{START, ask, ask_reserving, cap, lane, limit, order, settlement};

const SPENT: Outcome = Outcome::Refused(Refusal::PaymentRequired);
const FULL: Outcome = Outcome::NotYet(Millis(1_000));

fn plan(amount: u64) -> Vec<Limit> {
    vec![limit("minute", 200, 60_000, 200), cap("active", amount)]
}

fn create(limits: &[Limit], number: u64) -> Ask {
    ask_reserving(limits, number, &[("active", 1)])
}

fn delete(limits: &[Limit], number: u64) -> Ask {
    ask_reserving(limits, number, &[("active", 0)])
}

/// What is left of the rate and of the cap.
fn left(object: &mut Object<Account>, limits: &[Limit]) -> (u64, u64) {
    let standings = object.ask(&ask(limits, 0), START).standings;
    (standings[0].remaining, standings[1].remaining)
}

fn state(object: &mut Object<Account>, cap: &str) -> Value {
    let reply = object.operate(&order("GET", &format!("caps/{cap}"), ""), START);
    serde_json::from_str(&reply.body).unwrap()
}

fn reconcile(object: &mut Object<Account>, body: &Value, now: UnixMillis) {
    let order = order("PUT", "caps/active", &body.to_string());
    assert_eq!(object.operate(&order, now).status, 200);
}

fn violated(decision: &Decision) -> Vec<bool> {
    decision
        .standings
        .iter()
        .map(|standing| standing.violated)
        .collect()
}

#[test]
fn a_spent_cap_refuses_for_good_and_spends_no_rate() {
    let (limits, mut object) = (plan(2), Object::<Account>::new());
    for number in 0..2 {
        assert!(object.admits(&create(&limits, number), START));
        object.settle(&settlement(number, &[("active", 1)]), START);
    }
    assert_eq!(left(&mut object, &limits), (198, 0));
    let rows = object.rows_written;
    let decision = object.ask(&create(&limits, 2), START);
    assert_eq!(
        (decision.outcome, violated(&decision)),
        (SPENT, vec![false, true])
    );
    assert_eq!(left(&mut object, &limits), (198, 0));
    assert_eq!(object.rows_written, rows, "a refusal writes nothing");
}

#[test]
fn a_cap_that_only_reservations_fill_refuses_for_now() {
    let (limits, mut object) = (plan(5), Object::<Account>::new());
    reconcile(&mut object, &json!({"settled": 4}), START);
    assert!(object.admits(&create(&limits, 0), START));
    let decision = object.ask(&create(&limits, 1), START);
    assert_eq!(decision.outcome, FULL);
    assert!(decision.is_crowded() && decision.patience().is_none());
    object.settle(&settlement(0, &[("active", 1)]), START);
    assert_eq!(object.ask(&create(&limits, 1), START).outcome, SPENT);
}

#[test]
fn an_outcome_that_comes_to_nothing_frees_the_reservation() {
    let (limits, mut object) = (plan(1), Object::<Account>::new());
    assert!(object.admits(&create(&limits, 0), START));
    object.settle(&settlement(0, &[("active", 0)]), START);
    assert_eq!(left(&mut object, &limits).1, 1);
}

#[test]
fn what_is_given_back_is_free_again_and_never_more_than_was_taken() {
    let (limits, mut object) = (plan(1), Object::<Account>::new());
    assert!(object.admits(&create(&limits, 0), START));
    object.settle(&settlement(0, &[("active", 1)]), START);
    for number in 1..4 {
        assert!(
            object.admits(&delete(&limits, number), START),
            "a delete passes a spent cap"
        );
        object.settle(&settlement(number, &[("active", -1)]), START);
        assert_eq!(
            state(&mut object, "active"),
            json!({"amount": 1, "settled": 0, "reserved": 0, "open": 0})
        );
    }
}

#[test]
fn settling_again_late_or_for_somebody_else_changes_nothing() {
    let (limits, mut object) = (plan(5), Object::<Account>::new());
    assert!(object.admits(&create(&limits, 0), START));
    assert!(object.admits(&delete(&limits, 1), START));
    for _ in 0..3 {
        object.settle(&settlement(0, &[("active", 1)]), START);
        object.settle(&settlement(9, &[("active", -1)]), START);
        object.settle(&settlement(1, &[("other", -1)]), START);
    }
    let expected = json!({"amount": 5, "settled": 1, "reserved": 0, "open": 1});
    assert_eq!(state(&mut object, "active"), expected);
}

#[test]
fn the_same_request_asked_twice_is_one_reservation_and_one_charge() {
    let (limits, mut object) = (plan(5), Object::<Account>::new());
    for _ in 0..3 {
        assert!(object.admits(&create(&limits, 0), START));
    }
    assert_eq!(left(&mut object, &limits), (199, 4));
}

#[test]
fn an_outcome_beyond_what_was_reserved_counts_in_full() {
    let (limits, mut object) = (vec![cap("bytes", 100)], Object::<Account>::new());
    let export = |number| ask_reserving(&limits, number, &[("bytes", 60)]);
    assert!(object.admits(&export(0), START));
    object.settle(&settlement(0, &[("bytes", 250)]), START);
    assert_eq!(object.ask(&export(1), START).outcome, SPENT);
    assert_eq!(state(&mut object, "bytes")["settled"], 250);
}

#[test]
fn caps_rates_and_lanes_are_charged_together_or_not_at_all() {
    let limits = vec![
        limit("minute", 1, 60_000, 1),
        cap("active", 9),
        cap("bytes", 10),
        lane("lane", 1),
    ];
    let reserving =
        |number, bytes| ask_reserving(&limits, number, &[("active", 1), ("bytes", bytes)]);
    let mut object = Object::<Account>::new();
    assert_eq!(object.ask(&reserving(0, 11), START).outcome, SPENT);
    let remaining = |object: &mut Object<Account>| {
        let standings = object.ask(&ask(&limits, 0), START).standings;
        standings
            .iter()
            .map(|standing| standing.remaining)
            .collect::<Vec<_>>()
    };
    assert_eq!(remaining(&mut object), [1, 9, 10, 1]);
    assert!(object.admits(&reserving(1, 5), START));
    assert_eq!(remaining(&mut object), [0, 8, 5, 0]);
    assert_eq!(
        object.ask(&reserving(2, 6), START).outcome,
        Outcome::NotYet(Millis(60_000))
    );
    assert_eq!(remaining(&mut object), [0, 8, 5, 0]);
    object.settle(&settlement(1, &[("active", 1), ("bytes", 10)]), START);
    assert_eq!(
        object.ask(&reserving(2, 1), START).outcome,
        SPENT,
        "no wait helps, whatever the rates say"
    );
}

#[test]
fn who_reserves_without_a_name_is_not_let_in() {
    let mut object = Object::<Account>::new();
    let ask = Ask {
        lease: None,
        ..create(&plan(5), 0)
    };
    assert_eq!(object.ask(&ask, START).outcome, Outcome::Never);
}
