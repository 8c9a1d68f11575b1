//! Rows of a shard: pages whose subjects have all been over for a day are deleted while others are in use.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::{ALARM_EVERY, FORGET_AFTER, SHARD_PAGES};
use headgate::limit::Limit;
use headgate::object::{Ask, Shard, SubjectId};
use headgate::time::{Millis, UnixMillis};
use std::collections::BTreeSet;
use support::object::Object;
use support::oracle::Oracle;
use support::rates::{KINDS, random_rate, rate};
use support::{Random, START, ask};

const DAY: u64 = FORGET_AFTER.0;

fn later(at: UnixMillis, ms: u64) -> UnixMillis {
    at.after(Millis(ms))
}

/// An ask of the subject whose id begins with a byte: four such bytes share a page.
fn ask_of(first: u8, limits: &[Limit], cost: u64) -> Ask {
    Ask {
        subject: Some(SubjectId([first; 16])),
        ..ask(limits, cost)
    }
}

fn pages(object: &Object<Shard>) -> Vec<u8> {
    object.rows.keys().copied().collect()
}

#[test]
fn pages_that_are_over_go_and_what_was_spent_on_others_stays_spent() {
    let hour = [rate(KINDS[0], "hour", 5, 3_600_000)];
    let year = [rate(KINDS[0], "year", 5, 365 * DAY)];
    let mut object = Object::<Shard>::new();
    assert!(object.admits(&ask_of(0, &hour, 5), START));
    assert!(object.admits(&ask_of(1, &year, 5), START));
    assert!(object.admits(&ask_of(2, &hour, 5), START));
    assert!(object.admits(&ask_of(40, &hour, 5), START));
    assert_eq!(pages(&object), [0, 10]);
    object.lose_memory();
    object.rest(later(START, DAY));
    assert_eq!(pages(&object), [0, 10], "not yet");
    object.rest(later(START, DAY + ALARM_EVERY.0));
    assert_eq!(pages(&object), [0]);
    let now = later(START, 10 * DAY);
    assert!(!object.admits(&ask_of(1, &year, 1), now));
    assert!(object.admits(&ask_of(40, &hour, 5), now));
    assert!(!object.admits(&ask_of(40, &hour, 1), now));
}

#[test]
fn the_alarm_of_a_page_that_lasts_a_year_does_not_come_each_week() {
    let year = [rate(KINDS[0], "year", 5, 365 * DAY)];
    let mut object = Object::<Shard>::new();
    assert!(object.admits(&ask_of(1, &year, 5), START));
    object.rest(later(START, 366 * DAY - 1));
    assert_eq!(pages(&object), [0]);
    object.rest(later(START, 366 * DAY));
    assert!(object.rows.is_empty());
    assert_eq!(object.rings, 2);
}

#[test]
fn a_shard_of_which_all_is_over_stores_nothing() {
    let hour = [rate(KINDS[0], "hour", 5, 3_600_000)];
    let mut object = Object::<Shard>::new();
    for first in 0..=255 {
        assert!(object.admits(&ask_of(first, &hour, 1), START));
    }
    assert_eq!(object.rows.len(), usize::from(SHARD_PAGES));
    object.rest(later(START, 2 * ALARM_EVERY.0));
    assert!(object.rows.is_empty() && object.alarm.is_none());
    assert!(object.forgotten.is_some());
}

#[test]
fn a_shard_that_is_never_idle_lets_pages_go_as_well() {
    let hour = [rate(KINDS[0], "hour", 100, 3_600_000)];
    let (mut object, mut now) = (Object::<Shard>::new(), START);
    for _ in 0..30 * 24 {
        // Each day brings somebody else, and one comes each hour.
        let day = now.since(START).0 / DAY;
        let guest = u8::try_from(8 * (1 + day)).unwrap_or(u8::MAX);
        for first in [0, guest] {
            assert!(object.admits(&ask_of(first, &hour, 1), now));
        }
        now = later(now, 3_600_000);
        object.rest(now);
    }
    println!("{} rows, {} alarms", object.rows_written, object.alarms_set);
    assert!(object.rows.len() < 14, "{:?}", pages(&object));
    assert!(object.alarms_set <= 2 * (30 / 7 + 2));
}

#[test]
fn at_random_no_subject_is_given_anything_twice() {
    let (mut deleted, mut admitted) = (0, 0);
    for seed in 0..300 {
        let mut random = Random(seed);
        let kind = KINDS[usize::try_from(random.below(7)).unwrap_or(0)];
        let limits = [random_rate(kind, "one", &mut random)];
        let mut oracles: Vec<Oracle> = (0..8).map(|_| Oracle::new(&limits)).collect();
        let (mut object, mut now) = (Object::<Shard>::new(), START);
        let mut kept = BTreeSet::new();
        for _ in 0..200 {
            let pauses = [
                random.below(2_000),
                random.below(60_000),
                random.below(3 * DAY),
            ];
            now = later(
                now,
                pauses[usize::from(random.one_in(3)) + usize::from(random.one_in(8))],
            );
            object.rest(now);
            if random.one_in(5) {
                object.lose_memory();
            }
            let (who, cost) = (random.below(8), 1 + random.below(3));
            let first = u8::try_from(who * 20).unwrap_or(0);
            if object.admits(&ask_of(first, &limits, cost), now) {
                let at = usize::try_from(who).unwrap_or(0);
                assert!(oracles[at].take(cost, now), "seed {seed}: over-admitted");
                admitted += 1;
                kept.insert(first / 4);
            }
        }
        assert!(pages(&object).iter().all(|page| kept.contains(page)));
        object.rest(later(now, 60 * DAY));
        assert!(object.rows.is_empty(), "seed {seed}");
        deleted += object.rows_deleted;
    }
    println!("{deleted} pages deleted, {admitted} admitted");
    assert!(deleted > 400 && admitted > 20_000);
}
