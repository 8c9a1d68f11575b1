//! What is kept of an account can be looked at, and what is known of it erased: that hands nothing out.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::Order;
use headgate::bounds::FORGET_AFTER;
use headgate::limit::{Algorithm, Limit, Name};
use headgate::object::{Account, Ask, Owner, Terms};
use headgate::subject::{Renewal, Settlement};
use headgate::time::{Millis, UnixMillis};
use serde_json::{Value, json};
use support::events::watched;
use support::object::Object;
use support::rates::{KINDS, most, of_part, rate};
use support::shadows::beside;
use support::{START, ask, ask_reserving, ask_slot, cap, lane, lease, limit, order, settlement};

const HOUR: u64 = 3_600_000;

fn later(ms: u64) -> UnixMillis {
    START.after(Millis(ms))
}

fn said(object: &mut Object<Account>, order: &Order, now: UnixMillis) -> Value {
    let reply = object.operate(order, now);
    assert_eq!(reply.status, 200, "{}", reply.body);
    serde_json::from_str(&reply.body).unwrap()
}

fn erased(object: &mut Object<Account>, now: UnixMillis) -> Value {
    said(object, &order("DELETE", "", ""), now)
}

fn exported(object: &mut Object<Account>, now: UnixMillis) -> Value {
    said(object, &order("GET", "export", ""), now)
}

fn left(object: &mut Object<Account>, limits: &[Limit], now: UnixMillis) -> Vec<u64> {
    let standings = object.ask(&ask(limits, 0), now).standings;
    standings
        .iter()
        .map(|standing| standing.remaining)
        .collect()
}

#[test]
fn of_an_account_that_nobody_knows_nothing_is_kept_nor_erased_nor_written() {
    let mut object = Object::<Account>::new();
    for _ in 0..2 {
        let nothing = json!({"erased": [], "stays": [], "until": null});
        assert_eq!(erased(&mut object, START), nothing);
        assert_eq!(exported(&mut object, START)["limits"], json!([]));
    }
    assert!(object.rows.is_empty() && object.alarm.is_none());
}

#[test]
fn erasing_gives_no_unit_back_now_or_after_memory_is_lost() {
    let limits = KINDS.map(|kind| rate(kind, &format!("{kind:?}").to_lowercase(), 100, HOUR));
    let mut object = Object::<Account>::new();
    for call in 0..30 {
        assert!(object.admits(&ask(&limits, 2), later(call)));
    }
    let now = later(30);
    let before = left(&mut object, &limits, now);
    let until = erased(&mut object, now)["until"].as_u64().unwrap();
    assert_eq!(left(&mut object, &limits, now), before);
    for _ in 0..10 {
        assert!(object.admits(&ask(&limits, 2), now));
    }
    object.lose_memory();
    let after = left(&mut object, &limits, now);
    assert!(
        after
            .iter()
            .zip(&before)
            .all(|(after, before)| *after + 20 <= *before)
    );
    // The longest of them is a calendar month.
    assert!(until * 1_000 > now.0 + FORGET_AFTER.0 + HOUR);
}

#[test]
fn leases_outlive_an_erasure_and_are_renewed_and_released_as_before() {
    let limits = [lane("lane", 2)];
    let (mut object, now) = support::object::taken_by(&limits, 2);
    assert_eq!(erased(&mut object, now)["stays"], json!(["limits"]));
    assert!(!object.admits(&ask_slot(&limits, 7), now));
    let renewal = Renewal {
        lane: Name::try_from("lane").unwrap(),
        lease: lease(0),
        incarnation: 1,
    };
    assert!(object.renew(&renewal, now).is_some());
    assert!(object.release(&[lease(0)], now));
    assert!(object.admits(&ask_slot(&limits, 7), now));
}

#[test]
fn caps_and_refunds_are_erased_and_an_outcome_that_comes_later_changes_nothing() {
    let limits = [rate(KINDS[0], "minute", 5, HOUR), cap("things", 5)];
    let mut object = Object::<Account>::new();
    let reserving = ask_reserving(&limits, 1, &[("things", 5)]);
    let terms = Terms {
        refundable: true,
        ..reserving.terms.clone()
    };
    assert!(object.admits(&Ask { terms, ..reserving }, START));
    let before = left(&mut object, &limits, START);
    assert_eq!(before, [4, 0]);
    assert_eq!(
        erased(&mut object, START)["erased"],
        json!(["caps", "usage"])
    );
    let outcome = Settlement {
        refund: true,
        ..settlement(1, &[("things", 5)])
    };
    object.settle(&outcome, START);
    assert_eq!(left(&mut object, &limits, START), [4, 5]);
}

#[test]
fn erasing_twice_writes_once_and_the_rest_goes_when_it_is_said_to() {
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask(&[rate(KINDS[5], "hour", 5, HOUR)], 1), START));
    object.operate(&order("PUT", "plan", r#"{"plan": "pro"}"#), START);
    let first = erased(&mut object, later(1));
    let rows = object.rows_written;
    let second = erased(&mut object, later(2));
    assert_eq!(first["erased"], json!(["plan", "usage"]));
    assert_eq!(
        (&second["erased"], &second["until"]),
        (&json!([]), &first["until"])
    );
    assert_eq!(object.rows_written, rows);
    let until = UnixMillis(first["until"].as_u64().unwrap() * 1_000);
    object.lose_memory();
    object.rest(UnixMillis(until.0 - 1_000));
    assert!(!object.rows.is_empty());
    object.rest(until);
    assert!(object.rows.is_empty());
}

#[test]
fn an_export_names_every_limit_with_its_rule_its_use_and_what_a_row_keeps() {
    let mut limits: Vec<Limit> = KINDS
        .iter()
        .map(|kind| rate(*kind, &format!("{kind:?}").to_lowercase(), 100, HOUR))
        .collect();
    limits.push(of_part(&rate(KINDS[1], "part", 100, HOUR), 1));
    limits.extend([lane("lane", 5), cap("things", 5)]);
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask_reserving(&limits, 9, &[("things", 2)]), START));
    object.rest(later(60_000));
    object.lose_memory();
    let export = exported(&mut object, START);
    assert_eq!(export["format"], 1);
    let told = export["limits"].as_array().unwrap();
    assert_eq!(told.len(), limits.len());
    for (told, limit) in told.iter().zip(&limits) {
        assert_eq!(told["name"], limit.name.as_str());
        let rule: Algorithm = serde_json::from_value(told["algorithm"].clone()).unwrap();
        assert_eq!(rule, limit.algorithm);
        let used = if most(limit) == 5 && limit.algorithm.kind() == headgate::limit::Kind::Cap {
            2
        } else {
            1
        };
        assert_eq!(told["in_use"], used, "{told}");
        assert_eq!(told["partition"].is_string(), limit.partition.is_some());
    }
    let (id, at) = ("09000000000000000000000000000000", START.0);
    assert_eq!(told[0]["full_at"], at + HOUR / 100);
    assert_eq!(told[1]["passed"], json!([{"at": at, "units": 1}]));
    assert_eq!(told[5]["window"], json!({"start": at, "units": 1}));
    assert_eq!(told[8]["leases"], json!([{"id": id, "until": at + 45_000}]));
    let open = json!([{"request": id, "amount": 2, "at": at}]);
    assert_eq!(told[9]["tally"], json!({"settled": 0, "open": open}));
}

#[test]
fn an_export_tells_what_else_is_kept_of_the_account() {
    let shadows = [limit("day", 1, 86_400_000, 1)];
    let asked = ask(&[limit("minute", 5, 60_000, 5)], 2);
    let asked = beside(&watched(asked, &[80]), &shadows);
    let mut object = Object::<Account>::new();
    let until = later(HOUR).ceil_seconds();
    let body = format!(r#"{{"units": 4, "until": {until}}}"#);
    said(&mut object, &order("PUT", "overrides/minute", &body), START);
    for _ in 0..3 {
        object.ask(&asked, START);
    }
    let body = r#"{"units": 1, "id": "ticket-1"}"#;
    said(
        &mut object,
        &order("POST", "usage/minute/refund", body),
        START,
    );
    object.rest(later(1_000));
    object.lose_memory();
    object.ask(&ask(&[limit("minute", 5, 60_000, 5)], 9), later(1_000));
    let export = exported(&mut object, later(1_000));
    let given = json!([{"limit": "minute", "units": 4, "until": until * 1_000}]);
    assert_eq!(export["overrides"], given);
    assert_eq!(
        export["would_deny"],
        json!([{"limit": "day", "requests": 2}])
    );
    let refunds = export["refunds"].as_array().unwrap();
    assert_eq!((refunds.len(), &refunds[0]["units"]), (1, &json!(1)));
    assert_eq!(refunds[0]["id"].as_str().unwrap().len(), 32);
    let events = &export["events"];
    assert_eq!(
        (&events["api"], &events["account"]),
        (&json!(null), &json!("acme"))
    );
    let minute = START.after(Millis(60_000)).0;
    let told = json!([{"limit": "minute", "percent": 80, "until": minute}]);
    assert_eq!(events["told"], told);
    let [event] = &events["waiting"].as_array().unwrap()[..] else {
        panic!("{events}")
    };
    let data = json!({"account": "acme", "limit": "minute", "kind": "rate", "percent": 80, "used": 4, "of": 4});
    assert_eq!(
        (&event["body"]["data"], &event["at"]),
        (&data, &json!(START.0))
    );
    assert_eq!(
        (&events["given_up"], &events["lost"]),
        (&json!([]), &json!(0))
    );
    assert_eq!(export["refusals"][0]["limits"][0]["limit"], "minute");
    assert_eq!(export["admissions"], json!([]), "memory was lost since");
    assert_eq!(export["usage"]["days"].as_array().unwrap().len(), 1);
    said(&mut object, &order("DELETE", "", ""), later(1_000));
    let export = exported(&mut object, later(1_000));
    for what in ["overrides", "would_deny", "refusals", "admissions"] {
        assert_eq!(export[what], json!([]), "{what} are forgotten");
    }
}

#[test]
fn a_shards_subject_has_neither_export_nor_erasure() {
    let mut shard = Object::<headgate::object::Shard>::new();
    for (method, path) in [("GET", "export"), ("DELETE", "")] {
        let (reply, effects) = shard.machine().operate(&order(method, path, ""), START);
        assert_eq!((reply.status, effects.len()), (404, 0));
    }
}

#[test]
fn an_erasure_costs_nothing_when_memory_is_lost_after_a_pause() {
    let limits = [limit("minute", 2_000, 60_000, 2_000)];
    let left_of = |is_erased: bool| {
        let mut object = Object::<Account>::new();
        let mut now = START;
        for _ in 0..130 {
            assert!(object.admits(&ask(&limits, 1), now));
            now = now.after(Millis(1));
        }
        if is_erased {
            erased(&mut object, now);
        }
        let rested = now.after(Millis(600));
        object.rest(rested);
        object.lose_memory();
        left(&mut object, &limits, rested)
    };
    assert_eq!(left_of(true), left_of(false));
}
