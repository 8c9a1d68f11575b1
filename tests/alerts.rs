//! What an account's object tells without being asked: each threshold once in a window, through memory losses and while
//! the receiver is down.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::Order;
use headgate::alert::{Alerting, Taken};
use headgate::limit::{Algorithm, AnchoredWindow, FixedWindow, Limit, Name, PerWindow, Period};
use headgate::object::{Account, Ask, Terms};
use headgate::time::{Millis, UnixMillis};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use support::object::Object;
use support::{Random, START, ask, ask_reserving, ask_slot, cap, lane, limit, order, settlement};

const MINUTE: Millis = Millis(60_000);

fn watched(ask: Ask, percents: &[u8]) -> Ask {
    let alerting = Some(Alerting {
        percents: percents.to_vec(),
        account: "acme".to_owned(),
    });
    let terms = Terms {
        alerting,
        ..ask.terms
    };
    Ask { terms, ..ask }
}

fn fixed(units: u64) -> Limit {
    let period = Period::Every(MINUTE);
    rule(Algorithm::FixedWindow(FixedWindow { units, period }))
}

fn anchored(units: u64) -> Limit {
    let per = PerWindow::new(units, MINUTE).unwrap();
    rule(Algorithm::AnchoredWindow(AnchoredWindow { per }))
}

fn rule(algorithm: Algorithm) -> Limit {
    Limit {
        name: Name::try_from("minute").unwrap(),
        algorithm,
        partition: None,
    }
}

/// What a receiver that takes everything gets, as type, limit and percent.
fn told(object: &mut Object<Account>, now: UnixMillis) -> Vec<(String, String, u64)> {
    let got = object.post(now, |_| Taken::Yes).into_iter();
    let told = got.map(|(_, body)| {
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["data"]["account"], "acme");
        let limit = body["data"]["limit"].as_str().unwrap_or_default();
        let percent = body["data"]["percent"].as_u64().unwrap_or_default();
        (
            body["type"].as_str().unwrap().to_owned(),
            limit.to_owned(),
            percent,
        )
    });
    told.collect()
}

fn reached(limit: &str, percent: u64) -> (String, String, u64) {
    ("limit.reached".to_owned(), limit.to_owned(), percent)
}

#[test]
fn each_threshold_is_told_once_in_each_window() {
    for limits in [[fixed(10)], [anchored(10)]] {
        let mut object = Object::<Account>::new();
        let ask = watched(ask(&limits, 1), &[80, 100]);
        for window in 0..3 {
            let begin = UnixMillis(START.0.next_multiple_of(60_000) + window * 60_000);
            let mut all = Vec::new();
            for unit in 1..=13 {
                let now = begin.after(Millis(unit * 100));
                assert_eq!(object.admits(&ask, now), unit <= 10);
                let told = told(&mut object, now);
                let expected = match unit {
                    8 => vec![reached("minute", 80)],
                    10 => vec![reached("minute", 100)],
                    _ => vec![],
                };
                assert_eq!(told, expected, "window {window}, unit {unit}");
                all.extend(told);
            }
            assert_eq!(all.len(), 2);
            object.rest(begin.after(Millis(30_000)));
            object.lose_memory();
        }
    }
}

#[test]
fn a_request_that_needs_more_than_is_left_finds_the_limit_spent() {
    let mut object = Object::<Account>::new();
    let limits = [fixed(10)];
    assert!(object.admits(&watched(ask(&limits, 9), &[100]), START));
    assert_eq!(told(&mut object, START), []);
    let rows = object.rows_written;
    assert!(!object.admits(&watched(ask(&limits, 2), &[100]), START));
    assert_eq!(told(&mut object, START), [reached("minute", 100)]);
    assert!(
        object.rows_written > rows,
        "nothing was spent, so the event is written by itself"
    );
    assert!(!object.admits(&watched(ask(&limits, 2), &[100]), START));
    assert_eq!(told(&mut object, START), []);
}

#[test]
fn what_hovers_about_a_threshold_is_told_once_until_it_has_fallen_and_a_window_has_passed() {
    let limits = [limit("minute", 60, 60_000, 60)];
    let mut object = Object::<Account>::new();
    let mut now = START;
    let mut spend = |object: &mut Object<Account>, units: u64, wait: u64| {
        now = now.after(Millis(wait));
        object.ask(&watched(ask(&limits, units), &[80]), now);
        told(object, now).len()
    };
    assert_eq!(spend(&mut object, 48, 0), 1, "48 of 60 is four fifths");
    for _ in 0..300 {
        assert_eq!(spend(&mut object, 1, 1_000), 0, "it stays there");
    }
    assert_eq!(
        spend(&mut object, 1, 5_000),
        0,
        "44 are not enough to have fallen"
    );
    assert_eq!(spend(&mut object, 6, 1_000), 0);
    assert_eq!(spend(&mut object, 1, 30_000), 0, "now it has");
    assert_eq!(spend(&mut object, 35, 1_000), 1, "and is reached again");
    assert_eq!(spend(&mut object, 1, 20_000), 0);
    assert_eq!(spend(&mut object, 20, 1_000), 0, "not twice in a minute");
}

#[test]
fn a_lane_is_told_when_its_slots_are_taken_and_a_cap_when_it_is_near() {
    let limits = [lane("uploads", 2)];
    let mut object = Object::<Account>::new();
    let mut now = START;
    let take = |object: &mut Object<Account>, number, now| {
        assert!(object.admits(&watched(ask_slot(&limits, number), &[100]), now));
        told(object, now)
    };
    assert_eq!(take(&mut object, 1, now), []);
    assert_eq!(take(&mut object, 2, now), [reached("uploads", 100)]);
    let free = |object: &mut Object<Account>, number: u64, now| {
        object.release(&[support::lease(number)], now);
    };
    free(&mut object, 2, now);
    assert_eq!(take(&mut object, 3, now), [], "a moment later is no news");
    for number in [1, 3] {
        free(&mut object, number, now);
    }
    now = now.after(Millis(600_000));
    assert_eq!(take(&mut object, 4, now), []);
    assert_eq!(take(&mut object, 5, now), [reached("uploads", 100)]);

    let limits = [cap("exports", 100)];
    let mut object = Object::<Account>::new();
    let reserving = |number, amount| ask_reserving(&limits, number, &[("exports", amount)]);
    assert!(object.admits(&watched(reserving(1, 79), &[80, 100]), now));
    assert_eq!(told(&mut object, now), []);
    object.settle(&settlement(1, &[("exports", 79)]), now);
    assert!(object.admits(&watched(reserving(2, 1), &[80, 100]), now));
    assert_eq!(told(&mut object, now), [reached("exports", 80)]);
}

#[test]
fn limits_that_count_something_apart_are_not_watched() {
    let partition = Some(headgate::limit::Partition([7; 16]));
    let limits = [Limit {
        partition,
        ..fixed(1)
    }];
    let mut object = Object::<Account>::new();
    assert!(object.admits(&watched(ask(&limits, 1), &[80, 100]), START));
    assert_eq!(told(&mut object, START), []);
}

#[test]
fn through_memory_losses_each_window_tells_each_threshold_under_one_id() {
    for seed in 0..200 {
        let mut random = Random(seed);
        let units = 5 + random.below(40);
        let limits = [if seed % 2 == 0 {
            fixed(units)
        } else {
            anchored(units)
        }];
        let ask = watched(ask(&limits, 1), &[50, 100]);
        let mut object = Object::<Account>::new();
        let mut now = START;
        let mut ids: BTreeMap<(u64, u64), BTreeSet<String>> = BTreeMap::new();
        let mut due = BTreeSet::new();
        for _ in 0..600 {
            now = now.after(Millis(random.below(4_000)));
            let decision = object.ask(&ask, now);
            let standing = &decision.standings[0];
            let end = now.after(standing.full).0;
            let used = units - standing.remaining;
            for percent in [50, 100] {
                if used * 100 >= percent * units {
                    due.insert((end, percent));
                }
            }
            if random.below(4) > 0 {
                for (id, body) in object.post(now, |_| Taken::Yes) {
                    let body: Value = serde_json::from_str(&body).unwrap();
                    let percent = body["data"]["percent"].as_u64().unwrap();
                    ids.entry((end, percent)).or_default().insert(id);
                }
            }
            if random.below(40) == 0 {
                object.lose_memory();
            } else if random.below(10) == 0 {
                now = now.after(Millis(700));
                object.rest(now);
                object.lose_memory();
            }
        }
        let all: Vec<&String> = ids.values().flatten().collect();
        let apart: BTreeSet<&String> = all.iter().copied().collect();
        // What is sent late is counted in the window it was sent in, so ids are counted and not windows.
        assert!(apart.len() <= due.len(), "{} of {}", apart.len(), due.len());
        assert!(
            apart.len() * 10 >= due.len() * 8,
            "{} of {}",
            apart.len(),
            due.len()
        );
    }
}

fn suspend(account: Option<&str>) -> Order {
    let body = r#"{"until": 4000000000, "reason": "Unpaid."}"#;
    Order {
        account: account.map(str::to_owned),
        ..order("PUT", "suspension", body)
    }
}

#[test]
fn a_suspension_and_its_end_are_told_if_there_is_a_receiver() {
    let mut object = Object::<Account>::new();
    object.operate(&suspend(None), START);
    assert_eq!(told(&mut object, START), []);
    let lift = Order {
        account: Some("acme".to_owned()),
        ..order("DELETE", "suspension", "")
    };
    object.operate(&lift, START);
    let now = START.after(Millis(10));
    object.operate(&suspend(Some("acme")), now);
    object.operate(&suspend(Some("acme")), now);
    let kinds: Vec<String> = told(&mut object, now).into_iter().map(|it| it.0).collect();
    assert_eq!(kinds, ["account.resumed", "account.suspended"]);
}

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
    for number in 0..130_u64 {
        let now = START.after(Millis(number));
        let reason = format!(r#"{{"until": 4000000000, "reason": "{number}"}}"#);
        let order = Order {
            account: Some("acme".to_owned()),
            ..order("PUT", "suspension", &reason)
        };
        object.operate(&order, now);
    }
    let now = START.after(Millis(200));
    let said = events(&mut object, "GET", now);
    assert_eq!(
        (&said["lost"], said["waiting"].as_array().unwrap().len()),
        (&Value::from(2), 128)
    );
    let got = object.post(now, |_| Taken::Yes);
    assert!(got[0].1.contains(r#""reason":"2""#), "{}", got[0].1);
}

#[test]
fn erasing_an_account_erases_what_waits_to_be_told_of_it() {
    let mut object = Object::<Account>::new();
    object.operate(&suspend(Some("acme")), START);
    let reply = object.operate(&order("DELETE", "", ""), START);
    assert!(reply.body.contains("\"events\""), "{}", reply.body);
    assert_eq!(object.post(START, |_| Taken::Yes), []);
    let row = object.rows.values().next().unwrap();
    assert!(!row.windows(4).any(|bytes| bytes == b"acme"));
}

#[test]
fn where_nothing_is_watched_nothing_is_told_or_kept() {
    let limits = [fixed(2)];
    let mut object = Object::<Account>::new();
    for _ in 0..3 {
        object.ask(&ask(&limits, 1), START);
    }
    assert_eq!(told(&mut object, START), []);
}
