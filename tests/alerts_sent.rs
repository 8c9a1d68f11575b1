//! What waits to be told: while the receiver is down, when it has too much to do, when it never takes it.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::{Named, Order};
use headgate::alert::Taken;
use headgate::object::Account;
use headgate::time::{Millis, UnixMillis};
use serde_json::Value;
use std::collections::BTreeSet;
use support::events::{MINUTE, acme, fixed, suspend, watched};
use support::object::Object;
use support::{START, ask, order};

#[test]
fn a_receiver_that_is_down_gets_everything_once_when_it_is_back_though_memory_is_lost() {
    let limits = [fixed(5)];
    let ask = watched(ask(&limits, 1), &[80, 100]);
    let mut object = Object::<Account>::new();
    let begin = UnixMillis(START.0.next_multiple_of(60_000));
    let (mut now, mut got, mut attempts) = (begin, Vec::new(), 0);
    let back = begin.after(Millis(600_000));
    while now < begin.after(Millis(3_600_000)) {
        let is_up = now >= back;
        if !is_up {
            object.ask(&ask, now);
        }
        got.extend(object.post(now, |_| {
            attempts += 1;
            if is_up { Taken::Yes } else { Taken::Down(None) }
        }));
        now = now.after(Millis(1_000));
        if now.0 % 20_000 == 0 {
            object.rest(now.after(Millis(600)));
            object.lose_memory();
        }
    }
    assert_eq!(got.len(), 20, "two for each of ten minutes");
    let ids: BTreeSet<&String> = got.iter().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), 20);
    let at = |(_, body): &(String, String)| {
        serde_json::from_str::<Value>(body).unwrap()["timestamp"].to_string()
    };
    assert!(got.iter().map(at).is_sorted(), "in their order");
    assert!(attempts - 20 < 20, "{attempts} attempts");
    assert_eq!(object.post(now, |_| Taken::Yes), []);
}

#[test]
fn an_alarm_sees_to_what_waits_when_nobody_else_is_awake() {
    let mut object = Object::<Account>::new();
    object.operate(&suspend(Some("acme")), START);
    assert_eq!(object.alarm, Some(START.after(Millis(30_000))));
    assert_eq!(object.post(START, |_| Taken::Down(None)), []);
    let next = object.alarm.unwrap();
    assert!(next >= START.after(Millis(5_000)) && next <= START.after(Millis(6_000)));
    object.lose_memory();
    assert_eq!(object.post(next.after(Millis(0)), |_| Taken::Yes).len(), 1);
    object.ring(next);
    assert!(
        object.alarm.is_none_or(|at| at > START.after(MINUTE)),
        "nothing waits any more"
    );
}

#[test]
fn who_has_too_much_to_do_is_left_alone_for_so_long() {
    let mut object = Object::<Account>::new();
    object.operate(&suspend(Some("acme")), START);
    object.post(START, |_| Taken::Down(Some(MINUTE)));
    assert_eq!(object.alarm, Some(START.after(MINUTE)));
    let early = START.after(Millis(59_999));
    assert_eq!(object.post(early, |_| panic!("too early")), []);
}

fn events(object: &mut Object<Account>, method: &str, now: UnixMillis) -> Value {
    let reply = object.operate(&order(method, "events", ""), now);
    assert_eq!(reply.status, 200);
    serde_json::from_str(&reply.body).unwrap()
}

#[test]
fn what_is_not_taken_for_three_days_is_given_up_and_can_be_sent_again() {
    let mut object = Object::<Account>::new();
    object.operate(&suspend(Some("acme")), START);
    let (mut now, mut attempts) = (START, 0);
    while let Some(at) = object.alarm.filter(|_| attempts < 14) {
        object.post(now, |_| {
            attempts += 1;
            Taken::NotThis
        });
        now = now.max(at);
        object.ring(now);
    }
    assert_eq!(attempts, 14);
    let days = now.since(START).0 / 86_400_000;
    assert!((2..=4).contains(&days), "{days} days");
    let said = events(&mut object, "GET", now);
    assert_eq!(said["waiting"], Value::Array(Vec::new()));
    assert_eq!(said["given_up"][0]["type"], "account.suspended");
    let said = events(&mut object, "POST", now);
    assert_eq!(said["waiting"][0]["tries"], 0);
    assert_eq!(object.post(now, |_| Taken::Yes).len(), 1);
    let said = events(&mut object, "GET", now);
    assert_eq!(
        (&said["waiting"], &said["given_up"]),
        (&Value::Array(Vec::new()), &Value::Array(Vec::new()))
    );
}

#[test]
fn accounts_of_one_name_in_two_apis_are_two_to_the_receiver() {
    let mut ids = Vec::new();
    for (api, data) in [
        (None, r#""data":{"account":"acme","until""#),
        (
            Some("maps"),
            r#""data":{"api":"maps","account":"acme","until""#,
        ),
    ] {
        let mut object = Object::<Account>::new();
        let api = api.map(str::to_owned);
        let order = Order {
            named: Some(Named { api, ..acme() }),
            ..suspend(None)
        };
        object.operate(&order, START);
        let got = object.post(START, |_| Taken::Yes);
        assert!(got[0].1.contains(data), "{}", got[0].1);
        ids.push(got[0].0.clone());
    }
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn who_wants_no_more_gets_no_more_of_it() {
    let mut object = Object::<Account>::new();
    object.operate(&suspend(Some("acme")), START);
    assert_eq!(object.post(START, |_| Taken::NoMore), []);
    assert_eq!(
        events(&mut object, "GET", START)["given_up"][0]["type"],
        "account.suspended"
    );
}

#[test]
fn more_than_there_is_room_for_loses_the_oldest_and_says_how_many() {
    let mut object = Object::<Account>::new();
    for number in 0..66_u64 {
        let now = START.after(Millis(number));
        let reason = format!(r#"{{"until": 4000000000, "reason": "{number}"}}"#);
        let order = Order {
            named: Some(acme()),
            ..order("PUT", "suspension", &reason)
        };
        object.operate(&order, now);
    }
    let now = START.after(Millis(200));
    let said = events(&mut object, "GET", now);
    assert_eq!(
        (&said["lost"], said["waiting"].as_array().unwrap().len()),
        (&Value::from(2), 64)
    );
    let got = object.post(now, |_| Taken::Yes);
    assert!(got[0].1.contains(r#""reason":"2""#), "{}", got[0].1);
}

#[test]
fn events_for_a_receiver_that_is_down_for_good_are_given_up_together() {
    let mut object = Object::<Account>::new();
    for number in 0..30 {
        object.operate(&suspend(Some("acme")), START.after(Millis(number)));
        object.operate(
            &Order {
                named: Some(acme()),
                ..order("DELETE", "suspension", "")
            },
            START.after(Millis(number)),
        );
    }
    let (mut now, mut attempts) = (START.after(MINUTE), 0);
    while let Some(at) = object.alarm.filter(|_| attempts < 100) {
        object.post(now, |_| {
            attempts += 1;
            Taken::Down(None)
        });
        if events(&mut object, "GET", now)["waiting"] == Value::Array(Vec::new()) {
            break;
        }
        now = now.max(at);
        object.ring(now);
    }
    let said = events(&mut object, "GET", now);
    assert_eq!(
        said["waiting"],
        Value::Array(Vec::new()),
        "{attempts} attempts"
    );
    assert_eq!(
        (attempts, said["given_up"].as_array().unwrap().len()),
        (14, 16)
    );
    assert!(now.since(START) < Millis(4 * 86_400_000));
}
