//! Units that those who run the gate give back: by operations alone.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::MAX_REFUNDED;
use headgate::limit::Limit;
use headgate::object::Account;
use headgate::subject::Settlement;
use headgate::time::{Millis, UnixMillis};
use serde_json::{Value, json};
use std::slice::from_ref;
use support::object::Object;
use support::rates::{KINDS, of_part, rate};
use support::{START, ask, ask_reserving, ask_slot, cap, lane, order};

const HOUR: u64 = 3_600_000;

fn refund(
    object: &mut Object<Account>,
    limit: &str,
    body: &Value,
    now: UnixMillis,
) -> (u16, Value) {
    let path = format!("usage/{limit}/refund");
    let reply = object.operate(&order("POST", &path, &body.to_string()), now);
    (reply.status, serde_json::from_str(&reply.body).unwrap())
}

fn given(object: &mut Object<Account>, units: u64, id: &str, now: UnixMillis) -> u64 {
    let (status, body) = refund(object, "one", &json!({"units": units, "id": id}), now);
    assert_eq!((status, &body["limit"]), (200, &json!("one")));
    body["given_back"].as_u64().unwrap()
}

fn left(object: &mut Object<Account>, limit: &Limit, now: UnixMillis) -> u64 {
    object.ask(&ask(from_ref(limit), 0), now).standings[0].remaining
}

#[test]
fn units_of_every_rate_come_back_up_to_all_and_stay_back_when_memory_is_lost() {
    for kind in KINDS {
        for is_lost in [false, true] {
            let (mut object, limit) = (Object::<Account>::new(), rate(kind, "one", 10, HOUR));
            let at = |ms| START.after(Millis(ms));
            for call in 0..4 {
                assert!(object.admits(&ask(from_ref(&limit), 2), at(call)));
            }
            let now = at(10);
            assert_eq!(given(&mut object, 3, "first", now), 3, "{kind:?}");
            if is_lost {
                object.lose_memory();
            }
            assert_eq!(left(&mut object, &limit, now), 5, "{kind:?}");
            assert_eq!(given(&mut object, 100, "second", now), 5, "{kind:?}");
            if is_lost {
                object.lose_memory();
            }
            assert_eq!(left(&mut object, &limit, now), 10, "{kind:?}");
            let mut passed = 0;
            while object.admits(&ask(from_ref(&limit), 1), now) {
                passed += 1;
                object.lose_memory();
            }
            assert_eq!(passed, 10, "no more than all: {kind:?}");
        }
    }
}

#[test]
fn the_latest_units_of_a_log_come_back_first() {
    let (mut object, limit) = (Object::<Account>::new(), rate(KINDS[1], "one", 4, HOUR));
    let at = |ms| START.after(Millis(ms));
    for call in [0, 1_000, 2_000, 3_000] {
        assert!(object.admits(&ask(from_ref(&limit), 1), at(call)));
    }
    assert_eq!(given(&mut object, 2, "refund", at(4_000)), 2);
    assert_eq!(left(&mut object, &limit, at(HOUR - 1)), 2);
    assert_eq!(left(&mut object, &limit, at(HOUR)), 3);
    assert_eq!(left(&mut object, &limit, at(HOUR + 1_000)), 4);
}

#[test]
fn a_refund_that_is_said_again_is_made_once_and_answered_as_before() {
    let (mut object, limit) = (Object::<Account>::new(), rate(KINDS[3], "one", 1_000, HOUR));
    object.ask(&ask(from_ref(&limit), 500), START);
    assert_eq!(given(&mut object, 2, "ticket-1", START), 2);
    object.lose_memory();
    assert_eq!(given(&mut object, 2, "ticket-1", START), 2);
    assert_eq!(
        given(&mut object, 7, "ticket-1", START),
        2,
        "the name says which it is"
    );
    assert_eq!(left(&mut object, &limit, START), 502);
    for number in 1..MAX_REFUNDED {
        assert_eq!(given(&mut object, 1, &format!("other-{number}"), START), 1);
    }
    assert_eq!(given(&mut object, 2, "ticket-1", START), 2);
    let before = left(&mut object, &limit, START);
    assert_eq!(given(&mut object, 1, "one more", START), 1);
    given(&mut object, 2, "ticket-1", START);
    assert_eq!(
        left(&mut object, &limit, START),
        before + 3,
        "only so many are remembered"
    );
}

#[test]
fn a_refund_is_of_one_limit_and_of_one_part_of_it_if_it_says_so() {
    let one = rate(KINDS[3], "one", 10, HOUR);
    let parts = [of_part(&one, 1), of_part(&one, 2)];
    let other = rate(KINDS[0], "other", 10, HOUR);
    let mut object = Object::<Account>::new();
    for part in &parts {
        object.ask(&ask(&[part.clone(), other.clone()], 4), START);
    }
    let number = u128::from_be_bytes(parts[0].partition.unwrap().0);
    let body = json!({"units": 1, "id": "a", "partition": format!("{number:032x}")});
    assert_eq!(refund(&mut object, "one", &body, START).1["given_back"], 1);
    assert_eq!(left(&mut object, &parts[0], START), 7);
    assert_eq!(left(&mut object, &parts[1], START), 6);
    assert_eq!(
        given(&mut object, 4, "b", START),
        3 + 4,
        "each gives back what it has"
    );
    assert_eq!(left(&mut object, &other, START), 2);
    let nowhere = json!({"units": 1, "id": "c", "partition": "0".repeat(32)});
    assert_eq!(refund(&mut object, "one", &nowhere, START).0, 404);
}

#[test]
fn what_is_settled_of_a_cap_comes_back_and_what_is_reserved_stays() {
    let (mut object, limits) = (Object::<Account>::new(), [cap("one", 10)]);
    for number in [1, 2] {
        let ask = ask_reserving(&limits, number, &[("one", 4)]);
        assert!(object.admits(&ask, START));
    }
    let settlement = Settlement {
        request: ask_reserving(&limits, 1, &[]).lease.unwrap(),
        caps: vec![(limits[0].name.clone(), 4)],
        refund: false,
    };
    object.settle(&settlement, START);
    assert_eq!(given(&mut object, 3, "a", START), 3);
    object.lose_memory();
    let told = object.operate(&order("GET", "caps/one", ""), START).body;
    assert_eq!(told, r#"{"amount":10,"settled":1,"reserved":4,"open":1}"#);
    assert_eq!(given(&mut object, 3, "b", START), 1);
}

#[test]
fn slots_and_limits_that_nobody_met_have_nothing_to_give_back() {
    let (mut object, limits) = (Object::<Account>::new(), [lane("lane", 2)]);
    assert!(object.admits(&ask_slot(&limits, 1), START));
    for name in ["lane", "other"] {
        let (status, _) = refund(&mut object, name, &json!({"units": 1, "id": "a"}), START);
        assert_eq!(status, 404, "{name}");
    }
}

#[test]
fn a_refund_that_is_not_right_says_what_is() {
    let mut object = Object::<Account>::new();
    let part = "partition: found \"x\", allowed: 32 hexadecimal digits, as a look shows them";
    for (body, message) in [
        (
            json!({"id": "a"}),
            "units: found nothing, allowed: this field is required",
        ),
        (
            json!({"units": 1}),
            "id: found nothing, allowed: this field is required",
        ),
        (
            json!({"units": 0, "id": "a"}),
            "units: found 0, allowed: a whole number from 1 to 999999999999999",
        ),
        (
            json!({"units": 1, "id": ""}),
            "id: found \"\", allowed: a string of 1 to 64 bytes",
        ),
        (json!({"units": 1, "id": "a", "partition": "x"}), part),
    ] {
        let (status, answer) = refund(&mut object, "one", &body, START);
        assert_eq!(
            (status, &answer["error"]["message"]),
            (400, &json!(message))
        );
    }
    let reply = object.operate(&order("GET", "usage/one/refund", ""), START);
    assert_eq!((reply.status, reply.allow.as_str()), (405, "POST"));
}
