//! What an account's object tells without being asked: each threshold once in a window, through memory losses.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::Order;
use headgate::alert::Taken;
use headgate::limit::Limit;
use headgate::object::Account;
use headgate::time::{Millis, UnixMillis};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use support::events::{acme, anchored, fixed, reached, suspend, told, watched};
use support::object::Object;
use support::{Random, START, ask, ask_reserving, ask_slot, cap, lane, limit, order, settlement};

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

#[test]
fn a_suspension_and_its_end_are_told_if_there_is_a_receiver() {
    let mut object = Object::<Account>::new();
    object.operate(&suspend(None), START);
    assert_eq!(told(&mut object, START), []);
    let lift = Order {
        named: Some(acme()),
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
