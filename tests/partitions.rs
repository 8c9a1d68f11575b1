//! Limits that count parts of a subject: apart while there is room, then together, and never one for the other.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::MAX_PARTITIONS;
use headgate::limit::{Limit, Partition};
use headgate::object::{Account, Ask, Page};
use headgate::subject::Outcome;
use headgate::time::{Millis, UnixMillis};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::slice::from_ref;
use support::any::kept;
use support::any_rate::{any_rate, calls};
use support::object::{Fault, Object};
use support::oracle::Oracle;
use support::rates::{KINDS, Kind, of_part, random_pause, random_rate, rate};
use support::{Random, START, ask};

const PLACES: u64 = MAX_PARTITIONS as u64;

/// Ten calls a day for each event.
fn daily() -> Limit {
    rate(Kind::Fixed, "event", 10, 86_400_000)
}

fn spends(
    object: &mut Object<Account>,
    limit: &Limit,
    part: u64,
    cost: u64,
    now: UnixMillis,
) -> bool {
    object.admits(&ask(&[of_part(limit, part)], cost), now)
}

fn left(object: &mut Object<Account>, limit: &Limit, part: u64, now: UnixMillis) -> u64 {
    object.ask(&ask(&[of_part(limit, part)], 0), now).standings[0].remaining
}

/// Partitions that the row keeps.
fn kept_in_row(object: &Object<Account>) -> usize {
    let page = Page::decode(&object.rows[&0]).unwrap();
    page.subjects.iter().map(|(_, kept)| kept.len()).sum()
}

/// An account all of whose places are taken by partitions that have spent one unit each.
fn crowded(limit: &Limit) -> Object<Account> {
    let mut object = Object::new();
    for first in (0..PLACES).step_by(256) {
        let parts: Vec<Limit> = (first..first + 256)
            .map(|part| of_part(limit, part))
            .collect();
        assert!(object.admits(&ask(&parts, 1), START));
    }
    object
}

#[test]
fn as_many_as_there_are_places_are_counted_apart_and_the_rest_together() {
    let limit = daily();
    let mut object = crowded(&limit);
    for part in [0, 17, PLACES - 1] {
        assert_eq!(left(&mut object, &limit, part, START), 9);
    }
    for part in PLACES..PLACES + 10 {
        let shared = object.ask(&ask(&[of_part(&limit, part)], 1), START);
        assert_eq!(shared.outcome, Outcome::Admitted);
        assert_eq!(
            shared.standings[0].limit.partition,
            Some(Partition::OVERFLOW)
        );
    }
    assert!(!spends(&mut object, &limit, PLACES + 10, 1, START));
    assert_eq!(
        left(&mut object, &limit, 17, START),
        9,
        "who has a place keeps it"
    );
}

#[test]
fn what_is_shared_outlives_memory_as_places_do() {
    let limit = daily();
    let mut object = crowded(&limit);
    assert!(spends(&mut object, &limit, PLACES, 10, START));
    object.lose_memory();
    assert!(!spends(&mut object, &limit, PLACES + 1, 1, START));
    assert_eq!(left(&mut object, &limit, 5, START), 9);
    assert_eq!(kept_in_row(&object), MAX_PARTITIONS + 1);
}

#[test]
fn who_spent_of_what_is_shared_does_not_spend_again_in_a_place_of_its_own() {
    for is_lost in [false, true] {
        let limit = rate(Kind::Log, "event", 10, 60_000);
        let mut object = crowded(&limit);
        let later = START.after(Millis(30_000));
        assert!(spends(&mut object, &limit, PLACES, 8, later));
        object.rest(later.after(Millis(500)));
        if is_lost {
            object.lose_memory();
        }
        // The places are free again, what is shared is not.
        let now = START.after(Millis(60_000));
        assert!(!spends(&mut object, &limit, PLACES, 3, now));
        assert!(spends(&mut object, &limit, PLACES, 2, now));
        assert!(!spends(&mut object, &limit, PLACES, 1, now));
    }
}

#[test]
fn a_partition_that_is_full_falls_out_of_the_row() {
    let limit = rate(Kind::Anchored, "event", 10, 60_000);
    let mut object = Object::<Account>::new();
    for part in 0..50 {
        assert!(spends(
            &mut object,
            &limit,
            part,
            1,
            START.after(Millis(part * 1_000))
        ));
    }
    assert_eq!(kept_in_row(&object), 50);
    assert!(spends(
        &mut object,
        &limit,
        99,
        1,
        START.after(Millis(80_000))
    ));
    assert_eq!(kept_in_row(&object), 50 - 21 + 1);
    // A row that is written for something else does without them, too.
    let other = rate(Kind::Anchored, "other", 10, 60_000);
    assert!(object.admits(&ask(from_ref(&other), 1), START.after(Millis(300_000))));
    assert_eq!(kept_in_row(&object), 1);
}

#[test]
fn a_hundred_thousand_values_take_bounded_memory_and_rows() {
    let limit = rate(Kind::Fixed, "event", 10, 60_000);
    let mut object = Object::<Account>::new();
    let (mut random, mut largest, mut admitted) = (Random(1), 0, 0_u64);
    for first in (0..100_000).step_by(20) {
        // Most are refused or only looked at: that must not fill memory either.
        let cost = if random.one_in(40) { 1 } else { 11 };
        let parts: Vec<Limit> = (first..first + 20)
            .map(|part| of_part(&limit, part))
            .collect();
        admitted += 20 * u64::from(object.admits(&ask(&parts, cost), START));
        largest = largest.max(object.rows.get(&0).map_or(0, Vec::len));
    }
    let page = Page::decode(&object.rows[&0]).unwrap();
    let kept = page.subjects[0].1.len();
    println!("100,000 values: {admitted} admitted, {kept} kept, largest row {largest} bytes");
    assert!(kept <= MAX_PARTITIONS + 1 && largest <= 40 * MAX_PARTITIONS);
    let next = UnixMillis(START.0.next_multiple_of(60_000));
    assert!(
        spends(&mut object, &limit, 100_000, 10, next),
        "room comes back"
    );
    assert_eq!(kept_in_row(&object), 1);
}

#[test]
fn who_is_refused_takes_no_place() {
    let (whole, each) = (rate(Kind::Log, "minute", 3, 60_000), daily());
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask(&[whole.clone(), of_part(&each, 0)], 3), START));
    let before = object.memory.clone();
    for part in 1..100 {
        assert!(!object.admits(&ask(&[whole.clone(), of_part(&each, part)], 1), START));
        assert_eq!(left(&mut object, &each, part, START), 10);
    }
    assert_eq!(object.memory, before);
    // Nor does it inherit what is shared, which it has not spent.
    let log = rate(Kind::Log, "event", 10, 60_000);
    let mut object = crowded(&log);
    let later = START.after(Millis(59_000));
    assert!(spends(&mut object, &log, PLACES, 8, later));
    let now = START.after(Millis(60_000));
    for part in 1..100 {
        assert!(!spends(&mut object, &log, part, 3, now));
    }
    assert!(spends(&mut object, &log, PLACES, 1, now));
    assert_eq!(kept_in_row(&object), 2);
}

#[test]
fn memory_lost_at_random_gives_no_partition_more_than_its_own_limit() {
    let (mut admitted, mut lost) = (0, 0);
    for seed in 0..120 {
        let mut random = Random(seed);
        let kind = KINDS[usize::try_from(random.below(7)).unwrap()];
        let limit = random_rate(kind, "one", &mut random);
        let (mut object, mut now) = (Object::<Account>::new(), START);
        let mut oracles: BTreeMap<u64, Oracle> = BTreeMap::new();
        for _ in 0..1_000 {
            now = now.after(random_pause(&limit, &mut random));
            if !random.one_in(8) {
                object.rest(now);
            }
            if random.one_in(30) {
                object.lose_memory();
                lost += 1;
            }
            let (part, cost) = (random.below(5), random.below(3));
            let ask = ask(&[of_part(&limit, part)], cost);
            let decision = match random.below(40) {
                0 => object.ask_with_fault(&ask, now, Fault::BeforeWrite),
                _ => Some(object.ask(&ask, now)),
            };
            if decision.is_some_and(|decision| decision.outcome == Outcome::Admitted) {
                let oracle = oracles
                    .entry(part)
                    .or_insert_with(|| Oracle::new(from_ref(&limit)));
                assert!(
                    oracle.take(cost, now),
                    "partition {part} of {limit:?}, seed {seed}"
                );
                admitted += 1;
            }
        }
    }
    println!("120,000 steps, {admitted} admitted, memory lost {lost} times, over-admission 0");
    assert!(admitted > 20_000 && lost > 2_000);
}

#[test]
fn a_newer_policy_that_one_partition_has_met_holds_for_all() {
    let (ten, five) = (daily(), rate(Kind::Fixed, "event", 5, 86_400_000));
    let mut object = Object::<Account>::new();
    let mut left = |version, limit: &Limit, part, cost| {
        let asked = Ask {
            version,
            ..ask(&[of_part(limit, part)], cost)
        };
        object.ask(&asked, START).standings[0].remaining
    };
    assert_eq!(left(1, &ten, 1, 2), 8);
    assert_eq!(left(2, &five, 2, 1), 4);
    assert_eq!(left(1, &ten, 1, 0), 3, "one that is known");
    assert_eq!(left(1, &ten, 3, 1), 4, "one that is new");
    assert_eq!(left(3, &ten, 3, 0), 9);
}

#[test]
fn one_demand_over_a_partition_and_the_whole_is_charged_to_both_or_neither() {
    let (whole, each) = (rate(Kind::Log, "minute", 3, 60_000), daily());
    let mut object = Object::<Account>::new();
    let mut both = |part: u64, cost: u64| {
        let limits = [whole.clone(), of_part(&each, part)];
        let decision = object.ask(&ask(&limits, cost), START);
        let left: Vec<u64> = decision.standings.iter().map(|s| s.remaining).collect();
        (decision.outcome == Outcome::Admitted, left)
    };
    assert_eq!(both(1, 2), (true, vec![1, 8]));
    assert_eq!(both(2, 1), (true, vec![0, 9]));
    assert_eq!(both(1, 1), (false, vec![0, 8]));
    assert_eq!(both(3, 1), (false, vec![0, 10]));
}

proptest! {
    #![proptest_config(kept())]

    #[test]
    fn two_partitions_never_influence_each_other(
        story in calls(any_rate("one").prop_map(|limit| vec![limit])),
        whose in prop::collection::vec(0..3_u64, 60),
    ) {
        let mut together = Object::<Account>::new();
        let mut apart = vec![Object::<Account>::new(); 3];
        for ((demand, now), part) in story.asks().zip(whose) {
            let ask = ask(&[of_part(&story.limits[0], part)], demand.cost);
            let own = apart[usize::try_from(part).unwrap()].ask(&ask, now);
            prop_assert_eq!(together.ask(&ask, now), own);
        }
    }
}
