//! How an account stands, what it was refused, overrides and resets: by operations alone.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::{MAX_OVERRIDES, MAX_REMEMBERED};
use headgate::limit::{Algorithm, FixedWindow, Limit, Period};
use headgate::object::Account;
use headgate::time::{Millis, UnixMillis};
use serde_json::{Value, json};
use support::object::Object;
use support::{START, ask, ask_reserving, ask_slot, cap, lane, limit, order};

const HOUR: u64 = 3_600_000;

fn said(
    object: &mut Object<Account>,
    method: &str,
    path: &str,
    body: &Value,
    now: UnixMillis,
) -> Value {
    let reply = object.operate(&order(method, path, &body.to_string()), now);
    assert_eq!(reply.status, 200, "{method} {path}: {}", reply.body);
    serde_json::from_str(&reply.body).unwrap()
}

fn look(object: &mut Object<Account>, now: UnixMillis) -> Value {
    said(object, "GET", "", &Value::Null, now)
}

/// Sets an override until an instant of whole seconds.
fn raise(object: &mut Object<Account>, limit: &str, units: u64, until: UnixMillis) {
    let body = json!({"units": units, "until": until.ceil_seconds()});
    said(object, "PUT", &format!("overrides/{limit}"), &body, START);
}

/// How many requests pass at an instant, one after the other.
fn passing(object: &mut Object<Account>, limits: &[Limit], now: UnixMillis) -> u64 {
    let mut passed = 0;
    while passed < 1_000 && object.admits(&ask(limits, 1), now) {
        passed += 1;
    }
    passed
}

fn per_hour(units: u64) -> Limit {
    let rule = FixedWindow {
        units,
        period: Period::Every(Millis(HOUR)),
    };
    Limit {
        algorithm: Algorithm::FixedWindow(rule),
        ..limit("hour", 1, HOUR, 1)
    }
}

#[test]
fn a_raised_limit_holds_until_its_end_and_then_as_before_also_when_memory_is_lost() {
    for loses in [false, true] {
        let (mut object, limits) = (Object::<Account>::new(), [per_hour(10)]);
        let ends = START.after(Millis(2 * HOUR));
        assert_eq!(passing(&mut object, &limits, START), 10);
        raise(&mut object, "hour", 25, ends);
        if loses {
            object.rest(START.after(Millis(5_000)));
            object.lose_memory();
        }
        let now = START.after(Millis(6_000));
        assert_eq!(
            passing(&mut object, &limits, now),
            15,
            "ten were used before"
        );
        let next = START.after(Millis(HOUR));
        assert_eq!(passing(&mut object, &limits, next), 25);
        assert_eq!(
            passing(&mut object, &limits, ends),
            10,
            "the policy's own again"
        );
    }
}

#[test]
fn an_override_holds_for_every_kind_of_limit_and_its_headers_tell_of_it() {
    let ends = START.after(Millis(HOUR));
    let mut object = Object::<Account>::new();
    for (name, units) in [("bucket", 40), ("lane", 3), ("cap", 7)] {
        raise(&mut object, name, units, ends);
    }
    let limits = [limit("bucket", 10, HOUR, 5), lane("lane", 1), cap("cap", 2)];
    let decision = object.ask(&ask_reserving(&limits, 1, &[("cap", 7)]), START);
    let told: Vec<(u64, u64)> = decision
        .standings
        .iter()
        .map(|standing| (standing.limit.algorithm.units(), standing.remaining))
        .collect();
    assert_eq!(
        told,
        [(40, 19), (3, 2), (7, 0)],
        "the burst grows in proportion"
    );
}

#[test]
fn an_override_that_is_ended_or_lowers_holds_at_once() {
    let (mut object, limits) = (Object::<Account>::new(), [per_hour(10)]);
    raise(&mut object, "hour", 3, START.after(Millis(HOUR)));
    assert_eq!(passing(&mut object, &limits, START), 3);
    let left = said(&mut object, "DELETE", "overrides/hour", &Value::Null, START);
    assert_eq!(left, json!({"overrides": []}));
    assert_eq!(passing(&mut object, &limits, START), 7);
}

#[test]
fn overrides_are_bounded_each_limit_has_one_and_those_that_ended_make_room() {
    let mut object = Object::<Account>::new();
    for number in 0..MAX_OVERRIDES {
        for units in 1..=2 {
            raise(
                &mut object,
                &format!("l{number}"),
                units,
                START.after(Millis(HOUR)),
            );
        }
    }
    let more = order(
        "PUT",
        "overrides/more",
        &json!({"units": 1, "until": 1_900_000_000}).to_string(),
    );
    assert_eq!(object.operate(&more, START).status, 409);
    assert_eq!(object.operate(&more, START.after(Millis(HOUR))).status, 200);
}

#[test]
fn what_an_override_may_not_be_is_said() {
    let mut object = Object::<Account>::new();
    for (body, says) in [
        (json!({"until": 1}), "units: found nothing"),
        (
            json!({"units": 0, "until": 1}),
            "units: found 0, allowed: a whole number from 1",
        ),
        (json!({"units": 5}), "until: found nothing"),
        (json!({"units": 5, "until": 1, "burst": 2}), "unknown field"),
    ] {
        let reply = object.operate(&order("PUT", "overrides/minute", &body.to_string()), START);
        assert_eq!(reply.status, 400, "{body}");
        assert!(reply.body.contains(says), "{body}: {}", reply.body);
    }
    assert_eq!(
        object
            .operate(&order("PUT", "overrides/No", "{}"), START)
            .status,
        400
    );
}

#[test]
fn a_look_tells_limits_slots_and_refusals_and_spends_nothing() {
    let (mut object, limits) = (
        Object::<Account>::new(),
        [limit("minute", 3, 60_000, 3), lane("lane", 2)],
    );
    for number in 0..3 {
        object.ask(&ask_slot(&limits, number), START.after(Millis(number)));
    }
    let now = START.after(Millis(1_000));
    let seen = look(&mut object, now);
    assert_eq!(seen, look(&mut object, now));
    assert_eq!(seen["limits"][0]["remaining"], 1);
    assert_eq!(seen["limits"][1]["remaining"], 0);
    let leases = seen["leases"].as_array().unwrap();
    let ages: Vec<u64> = leases
        .iter()
        .map(|it| it["age_ms"].as_u64().unwrap())
        .collect();
    assert_eq!(ages, [1_000, 999]);
    let refusal = &seen["refusals"][0];
    assert_eq!(
        (&refusal["why"], &refusal["at"]),
        (&json!("not_yet"), &json!(START.0 + 2))
    );
    assert_eq!(
        refusal["limits"],
        json!([{"limit": "lane", "remaining": 0, "wait_ms": 1_000}])
    );
}

#[test]
fn of_refusals_the_latest_are_remembered_newest_first() {
    let (mut object, limits) = (Object::<Account>::new(), [per_hour(1)]);
    let most = u64::try_from(MAX_REMEMBERED).unwrap();
    for number in 0..most + 5 {
        object.ask(&ask(&limits, 1), START.after(Millis(number)));
    }
    let seen = look(&mut object, START.after(Millis(100)));
    let at: Vec<u64> = seen["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["at"].as_u64().unwrap() - START.0)
        .collect();
    assert_eq!(at, (5..most + 5).rev().collect::<Vec<_>>());
}

#[test]
fn a_reset_gives_back_all_units_of_a_rate_and_stays_given_when_memory_is_lost() {
    let limits = [per_hour(10), limit("bucket", 10, HOUR, 10), lane("lane", 5)];
    let mut object = Object::<Account>::new();
    for number in 0..4 {
        object.ask(&ask_slot(&limits, number), START);
    }
    for (name, status) in [
        ("hour", 200),
        ("bucket", 200),
        ("lane", 404),
        ("other", 404),
    ] {
        let reply = object.operate(&order("DELETE", &format!("usage/{name}"), ""), START);
        assert_eq!(reply.status, status, "{name}");
        if status == 200 {
            assert_eq!(
                reply.body,
                format!("{{\"limit\":\"{name}\",\"given_back\":4}}")
            );
        }
    }
    object.lose_memory();
    let left: Vec<u64> = object
        .ask(&ask(&limits, 0), START)
        .standings
        .iter()
        .map(|it| it.remaining)
        .collect();
    assert_eq!(left[..2], [10, 10]);
}
