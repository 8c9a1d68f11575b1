//! What an account has used: counted once, in the right minute, hour and day, and kept in its row.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::Day;
use headgate::bounds::{KEPT_DAYS, MAX_ROW_BYTES, MOST_IN_ROW};
use headgate::limit::Limit;
use headgate::object::{Account, Owner};
use headgate::subject::Outcome;
use headgate::time::{Millis, UnixMillis};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::object::Object;
use support::{Random, START, ask, limit, order};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

fn said(object: &mut Object<Account>, path: &str, body: &Value, now: UnixMillis) -> Value {
    let reply = object.operate(&order("GET", path, &body.to_string()), now);
    assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    serde_json::from_str(&reply.body).unwrap()
}

/// The days that are kept.
fn days(object: &mut Object<Account>, now: UnixMillis) -> Vec<Value> {
    let said = said(object, "usage", &json!({}), now);
    said["days"].as_array().unwrap().clone()
}

/// The sum of a number over all of a list.
fn sum(list: &Value, what: &str) -> u64 {
    let list = list.as_array().unwrap().iter();
    list.map(|it| it[what].as_u64().unwrap()).sum()
}

/// All refusals of a day.
fn denied(day: &Value) -> u64 {
    let reasons = day["denied"].as_object().unwrap().values();
    reasons.map(|count| count.as_u64().unwrap()).sum()
}

/// What was counted by hand: admitted, denied and units, by the time that an instant lies in.
#[derive(Default)]
struct Book(BTreeMap<u64, [u64; 3]>);

impl Book {
    fn note(&mut self, at: u64, admitted: bool, cost: u64) {
        let counts = self.0.entry(at).or_default();
        counts[0] += u64::from(admitted);
        counts[1] += u64::from(!admitted);
        counts[2] += if admitted { cost } else { 0 };
    }

    /// What is later than a time, as history tells it.
    fn since(&self, first: u64, length: u64) -> Value {
        let all = self.0.range(first..);
        let one = |(at, [admitted, denied, units]): (&u64, &[u64; 3])| json!({"at": at * length, "admitted": admitted, "denied": denied, "units": units});
        all.map(one).collect()
    }
}

/// Some requests an account might make within months: bursts, pauses of all lengths, and more than its limit allows.
fn story(seed: u64, limits: &[Limit]) {
    let mut random = Random(seed);
    let mut object = Object::<Account>::new();
    let (mut minutes, mut hours, mut by_day) = (Book::default(), Book::default(), Book::default());
    let mut now = START;
    for _ in 0..400 {
        let pause = *random.pick(&[10, 3_000, MINUTE, HOUR, 7 * HOUR]);
        now = now.after(Millis(random.below(pause)));
        object.rest(now);
        let cost = random.below(4);
        let decision = object.ask(&ask(limits, cost), now);
        let admitted = decision.outcome == Outcome::Admitted;
        for (book, length) in [
            (&mut minutes, MINUTE),
            (&mut hours, HOUR),
            (&mut by_day, DAY),
        ] {
            book.note(now.0 / length, admitted, cost);
        }
    }
    let history = said(&mut object, "history", &json!({}), now);
    let (minute, hour) = (now.0 / MINUTE - 59, now.0 / HOUR - 47);
    assert_eq!(history["minutes"], minutes.since(minute, MINUTE), "{seed}");
    assert_eq!(history["hours"], hours.since(hour, HOUR), "{seed}");
    let told = days(&mut object, now);
    let first = now.0 / DAY + 1 - KEPT_DAYS;
    assert_eq!(told.len() as u64, KEPT_DAYS);
    for (day, number) in told.iter().zip(first..) {
        let counted = by_day.0.get(&number).copied().unwrap_or_default();
        let of_day = ["admitted", "units"].map(|what| day[what].as_u64().unwrap());
        assert_eq!([of_day[0], denied(day), of_day[1]], counted, "{seed}");
        assert_eq!(day["day"], Day(number).to_string());
    }
}

#[test]
fn every_decision_is_counted_once_in_its_minute_its_hour_and_its_day() {
    for seed in 0..60 {
        story(
            seed,
            &[limit("minute", 3, MINUTE, 3), limit("hour", 40, HOUR, 40)],
        );
    }
}

#[test]
fn lost_memory_costs_what_was_counted_since_the_row_and_nothing_before_it() {
    let limits = [limit("minute", 100, MINUTE, 100)];
    for seed in 0..60 {
        let (mut random, mut object) = (Random(seed), Object::<Account>::new());
        let (mut now, mut admitted, mut in_row) = (START, 0, 0);
        for _ in 0..200 {
            now = now.after(Millis(random.below(2_000)));
            object.rest(now);
            let rows = object.rows_written;
            admitted += u64::from(object.admits(&ask(&limits, 1), now));
            if object.rows_written > rows {
                in_row = admitted;
            }
            if random.below(20) == 0 {
                object.lose_memory();
                let told = said(&mut object, "history", &json!({}), now);
                let left = sum(&told["hours"], "admitted");
                assert!((in_row..=admitted).contains(&left), "{seed}: {left}");
                (admitted, in_row) = (left, left);
            }
        }
        // The quiet write holds all, where there is one: not if the last unit was the last below its mark.
        let writes = object.machine().next_wake().is_some();
        now = now.after(Millis(5_000));
        object.rest(now);
        object.lose_memory();
        let told = said(&mut object, "history", &json!({}), now);
        let left = sum(&told["hours"], "admitted");
        assert!(
            left == admitted || !writes && left >= in_row,
            "{seed}: {left}"
        );
    }
}

#[test]
fn an_account_that_was_idle_for_twenty_days_still_reports_its_usage_and_later_nothing_is_left() {
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask(&[limit("minute", 5, MINUTE, 5)], 3), START));
    object.rest(START.after(Millis(MINUTE)));
    object.lose_memory();
    let idle = START.after(Millis(20 * DAY));
    object.rest(idle);
    let told = days(&mut object, idle);
    let used: Vec<_> = told.iter().filter(|day| day["admitted"] == 1).collect();
    assert_eq!(used.len(), 1);
    assert_eq!(used[0]["day"], Day::of(START).to_string());
    assert_eq!(used[0]["units"], 3);
    object.lose_memory();
    object.rest(START.after(Millis(KEPT_DAYS * DAY)));
    assert!(!object.rows.is_empty(), "a clock may step back by a day");
    // A week and a day more, as for an account that would have been used until the alarm was set anew.
    object.rest(START.after(Millis((KEPT_DAYS + 8) * DAY)));
    assert!(object.rows.is_empty() && object.alarm.is_none());
}

#[test]
fn counting_writes_no_row() {
    let limits = [limit("hour", 5, HOUR, 5)];
    let mut object = Object::<Account>::new();
    for _ in 0..5 {
        assert!(object.admits(&ask(&limits, 1), START));
    }
    object.rest(START.after(Millis(5_000)));
    let rows = object.rows_written;
    for second in 0..100 {
        let now = START.after(Millis(6_000 + second * 1_000));
        assert!(!object.admits(&ask(&limits, 2), now));
        said(&mut object, "usage", &json!({}), now);
        object.rest(now);
    }
    assert_eq!(object.rows_written, rows);
}

#[test]
fn erasing_an_account_erases_what_it_has_used() {
    let mut object = Object::<Account>::new();
    let limits = [limit("minute", 5, MINUTE, 5)];
    assert!(object.admits(&ask(&limits, 1), START));
    let reply = object.operate(&order("DELETE", "", ""), START);
    let erased: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(erased["erased"], json!(["usage"]));
    object.lose_memory();
    let left = said(&mut object, "export", &json!({}), START);
    assert_eq!(
        left["usage"],
        json!({"minutes": [], "hours": [], "days": []})
    );
}

#[test]
fn the_most_that_is_counted_fits_into_a_row_beside_its_limits() {
    let mut object = Object::<Account>::new();
    let dear = 1_000_000_000;
    let mut row = 0;
    for hour in 0..KEPT_DAYS * 24 {
        // A name as long as they may be, eight of them each day.
        let name = format!("{}-{}", "x".repeat(60), hour % 24);
        let limits = [limit(&name, dear, 1_000, dear)];
        for minute in if hour < KEPT_DAYS * 24 - 1 {
            0..1
        } else {
            0..60
        } {
            let now = START.after(Millis(hour * HOUR + minute * MINUTE));
            assert!(object.admits(&ask(&limits, dear), now));
            assert!(!object.admits(&ask(&limits, dear), now));
            let mut many = ask(&limits, 0);
            many.terms.repeated = vec![(limits[0].name.clone(), 1 << 40)];
            object.ask(&many, now);
        }
        // Each limit is another: all that it leaves is over.
        row = object.rows[&0].len();
    }
    let rest = MAX_ROW_BYTES - usize::try_from(MOST_IN_ROW).unwrap();
    println!("a row of {row} bytes; {rest} are kept free for what is no limit");
    assert!(row + 4_500 < rest, "{row}");
}
