//! What counts under a cap outlives memory, policies and failed writes, until it is settled or reconciled; once nothing does,
//! the account goes like any other.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::Refusal;
use headgate::bounds::{ALARM_EVERY, FORGET_AFTER, MAX_RESERVATIONS};
use headgate::limit::Limit;
use headgate::object::{Account, Ask};
use headgate::subject::Outcome;
use headgate::time::{Millis, UnixMillis};
use serde_json::{Value, json};
use support::object::{Fault, Object};
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

fn state(object: &mut Object<Account>, cap: &str) -> Value {
    let reply = object.operate(&order("GET", &format!("caps/{cap}"), ""), START);
    serde_json::from_str(&reply.body).unwrap()
}

fn reconcile(object: &mut Object<Account>, body: &Value, now: UnixMillis) {
    let order = order("PUT", "caps/active", &body.to_string());
    assert_eq!(object.operate(&order, now).status, 200);
}

#[test]
fn a_reservation_outlives_memory_and_is_charged_until_it_is_reconciled() {
    let (limits, mut object) = (plan(1), Object::<Account>::new());
    assert!(object.admits(&create(&limits, 0), START));
    object.lose_memory();
    let later = START.after(Millis(86_400_000_000));
    assert_eq!(object.ask(&create(&limits, 1), later).outcome, FULL);
    reconcile(&mut object, &json!({}), later);
    object.settle(&settlement(0, &[("active", 1)]), later);
    assert!(object.admits(&create(&limits, 1), later));
}

#[test]
fn reconciling_drops_only_reservations_that_are_old_enough() {
    let (limits, mut object) = (plan(9), Object::<Account>::new());
    assert!(object.admits(&create(&limits, 0), START));
    let later = START.after(Millis(60_000));
    assert!(object.admits(&create(&limits, 1), later));
    reconcile(
        &mut object,
        &json!({"settled": 3, "older_than": "60s"}),
        later,
    );
    let expected = json!({"amount": 9, "settled": 3, "reserved": 1, "open": 1});
    assert_eq!(state(&mut object, "active"), expected);
}

#[test]
fn a_cap_may_be_reconciled_before_any_request_has_met_it() {
    let (limits, mut object) = (plan(3), Object::<Account>::new());
    reconcile(&mut object, &json!({"settled": 3}), START);
    object.lose_memory();
    assert_eq!(object.ask(&create(&limits, 0), START).outcome, SPENT);
    assert_eq!(state(&mut object, "active")["amount"], 3);
}

#[test]
fn another_amount_keeps_what_counts() {
    let mut object = Object::<Account>::new();
    let version = |version, ask| Ask { version, ..ask };
    for number in 0..3 {
        assert!(object.admits(&version(1, create(&plan(5), number)), START));
        object.settle(&settlement(number, &[("active", 1)]), START);
    }
    assert_eq!(
        object.ask(&version(2, create(&plan(2), 3)), START).outcome,
        SPENT
    );
    assert_eq!(
        object.ask(&version(1, create(&plan(5), 4)), START).outcome,
        SPENT,
        "an older policy"
    );
    assert!(object.admits(&version(3, create(&plan(4), 5)), START));
}

#[test]
fn what_counts_is_kept_though_a_newer_policy_does_not_name_the_cap() {
    let mut object = Object::<Account>::new();
    assert!(object.admits(&create(&plan(1), 0), START));
    object.settle(&settlement(0, &[("active", 1)]), START);
    let newer = Ask {
        version: 7,
        ..ask(&[limit("minute", 200, 60_000, 200)], 1)
    };
    assert!(object.admits(&newer, START.after(Millis(600_000))));
    object.lose_memory();
    assert_eq!(
        object
            .ask(
                &Ask {
                    version: 8,
                    ..create(&plan(1), 1)
                },
                START
            )
            .outcome,
        SPENT
    );
}

#[test]
fn a_lane_or_a_rate_of_the_same_name_is_another_thing() {
    let mut object = Object::<Account>::new();
    assert!(object.admits(&create(&plan(1), 0), START));
    for other in [lane("active", 3), limit("active", 3, 60_000, 3)] {
        let newer = Ask {
            version: 2,
            ..ask(&[other], 0)
        };
        assert_eq!(object.ask(&newer, START).standings[0].remaining, 3);
    }
    object.lose_memory();
    assert_eq!(
        object
            .ask(
                &Ask {
                    version: 3,
                    ..create(&plan(1), 1)
                },
                START
            )
            .outcome,
        FULL
    );
}

#[test]
fn reservations_are_bounded_and_those_that_only_give_back_make_room() {
    let (limits, mut object) = (plan(1_000_000), Object::<Account>::new());
    let limits = &[cap("active", 1_000_000), limits[0].clone()][..1];
    let most = u64::try_from(MAX_RESERVATIONS).unwrap();
    assert!(object.admits(&delete(limits, 0), START));
    for number in 1..=most {
        assert!(object.admits(&create(limits, number), START), "{number}");
    }
    assert_eq!(state(&mut object, "active")["open"], most);
    for number in most + 1..most + 4 {
        assert_eq!(object.ask(&create(limits, number), START).outcome, FULL);
        assert_eq!(object.ask(&delete(limits, number), START).outcome, FULL);
    }
    println!("{} bytes in the row", object.rows[&0].len());
    assert!(object.rows[&0].len() < 7_000);
    object.settle(&settlement(1, &[("active", 1)]), START);
    assert!(object.admits(&delete(limits, most + 9), START));
}

#[test]
fn a_reservation_whose_row_could_not_be_written_lets_nobody_in() {
    let (limits, mut object) = (plan(1), Object::<Account>::new());
    assert_eq!(
        object.ask_with_fault(&create(&limits, 0), START, Fault::BeforeWrite),
        None
    );
    assert!(object.admits(&create(&limits, 1), START));
    object.settle_with_fault(&settlement(1, &[("active", 0)]), START, Fault::BeforeWrite);
    assert_eq!(
        object.ask(&create(&limits, 2), START).outcome,
        FULL,
        "not settled, since not written"
    );
    object.settle(&settlement(1, &[("active", 0)]), START);
    assert!(object.admits(&create(&limits, 2), START));
}

#[test]
fn a_cap_that_is_given_back_in_the_same_week_goes_as_well() {
    let limits = [cap("things", 5)];
    let mut object = Object::<Account>::new();
    for number in 0..2 {
        assert!(object.admits(&ask_reserving(&limits, number, &[("things", 1)]), START));
    }
    object.settle(&settlement(0, &[("things", 1)]), START);
    object.settle(&settlement(1, &[("things", -1)]), START.after(FORGET_AFTER));
    object.lose_memory();
    object.rest(START.after(Millis(60 * FORGET_AFTER.0)));
    assert!(object.rows.is_empty());
}

#[test]
fn a_cap_that_is_empty_only_after_the_alarm_has_come_is_deleted_all_the_same() {
    let limits = [cap("active", 5)];
    let reserve = |number| ask_reserving(&limits, number, &[("active", 1)]);
    // All of it within one turn of the alarm.
    let first = UnixMillis(START.0.next_multiple_of(ALARM_EVERY.0) + 1);
    let mut object = Object::<Account>::new();
    assert!(object.admits(&reserve(1), first));
    assert_eq!(object.operate(&order("DELETE", "", ""), first).status, 200);
    assert!(object.admits(&reserve(2), first.after(Millis(60_000))));
    object.lose_memory();
    object.ring(object.alarm.unwrap());
    assert_eq!(object.alarm, None, "a reservation stays");
    object.settle(
        &settlement(2, &[("active", 0)]),
        first.after(Millis(FORGET_AFTER.0 + 60_000)),
    );
    object.rest(first.after(Millis(60 * FORGET_AFTER.0)));
    assert!(object.rows.is_empty());
}
