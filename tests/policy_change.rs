//! What becomes of units in use when the limits of a subject change.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::Limit;
use headgate::object::{Account, Ask};
use headgate::subject::{Decision, Outcome};
use headgate::time::Millis;
use proptest::collection::vec;
use proptest::prelude::*;
use std::slice::from_ref;
use support::any::{any_limit, kept, story};
use support::object::{Fault, Object};
use support::oracle::Oracle;
use support::{Random, START, ask, limit, quota};

fn of_version(version: u64, ask: Ask) -> Ask {
    Ask { version, ..ask }
}

/// What a look under `limit` of `version` shows after `spent` units of a first limit.
fn looked(spent: u64, first: &Limit, version: u64, limit: &Limit) -> Decision {
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask(from_ref(first), spent), START));
    object.ask(&of_version(version, ask(from_ref(limit), 0)), START)
}

#[test]
fn a_raised_limit_gives_no_free_burst_and_a_lowered_one_forgives_no_more_than_it_must() {
    let hundred = limit("minute", 100, 60_000, 100);
    let fifty = limit("minute", 50, 30_000, 50);
    let rare = limit("minute", 1, 60_000, 200);
    for (spent, first, next, remaining, full) in [
        (
            100,
            &hundred,
            limit("minute", 200, 60_000, 200),
            100,
            30_000,
        ),
        (30, &hundred, limit("minute", 200, 60_000, 200), 170, 9_000),
        (30, &hundred, fifty.clone(), 20, 18_000),
        (80, &hundred, fifty, 0, 30_000),
        (150, &rare, hundred.clone(), 0, 60_000),
        (100, &hundred, limit("minute", 100, 60_000, 1), 0, 600),
    ] {
        let standing = looked(spent, first, 2, &next).standings.remove(0);
        assert_eq!(standing.limit, next, "adopted");
        assert_eq!(
            standing.remaining, remaining,
            "{spent} of {first:?}, then {next:?}"
        );
        assert_eq!(
            standing.full,
            Millis(full),
            "{spent} of {first:?}, then {next:?}"
        );
    }
}

#[test]
fn two_definitions_of_one_version_forgive_nothing_at_all() {
    let (wide, narrow) = (
        limit("minute", 200, 60_000, 200),
        limit("minute", 100, 60_000, 50),
    );
    let standing = looked(200, &wide, 1, &narrow).standings.remove(0);
    assert_eq!((standing.remaining, standing.full), (0, Millis(120_000)));
    assert_eq!(standing.next, Millis(90_600), "far above the burst");
}

#[test]
fn a_newer_policy_holds_though_older_ones_still_come_and_memory_is_lost() {
    let strict = [limit("minute", 2, 60_000, 2)];
    let loose = [limit("minute", 100, 60_000, 100)];
    let mut object = Object::<Account>::new();
    assert!(object.admits(&of_version(7, ask(&strict, 2)), START));
    for version in [6, 1, 0] {
        let decision = object.ask(&of_version(version, ask(&loose, 1)), START);
        assert_eq!(decision.outcome, Outcome::NotYet(Millis(30_000)));
        assert_eq!(decision.standings[0].limit, strict[0]);
        object.lose_memory();
    }
    assert!(object.admits(&of_version(8, ask(&loose, 98)), START));
}

#[test]
fn of_one_policy_the_newer_key_record_holds() {
    let of = |version, record, burst, cost| Ask {
        version,
        record,
        ..ask(&[limit("minute", 60, 60_000, burst)], cost)
    };
    let mut object = Object::<Account>::new();
    assert!(object.admits(&of(3, 10, 2, 2), START));
    for (version, record, asked, enforced, remaining) in [
        // Upgraded, still asked for by an edge that knows the old record, downgraded, and so on.
        (3, 11, 20, 20, 18),
        (3, 10, 2, 20, 18),
        (3, 12, 1, 1, 0),
        (3, 11, 20, 1, 0),
        // A newer policy goes before any record.
        (4, 1, 7, 7, 6),
        (3, 99, 50, 7, 6),
    ] {
        let standing = object
            .ask(&of(version, record, asked, 0), START)
            .standings
            .remove(0);
        let found = (quota(&standing.limit).burst(), standing.remaining);
        assert_eq!(found, (enforced, remaining), "{version}, {record}");
    }
}

#[test]
fn a_limit_that_comes_back_in_a_newer_policy_has_not_forgotten() {
    let (minute, hour) = (
        limit("minute", 5, 60_000, 5),
        limit("hour", 20, 3_600_000, 20),
    );
    let both = [minute.clone(), hour];
    let mut object = Object::<Account>::new();
    assert!(object.admits(&of_version(1, ask(&both, 5)), START));
    for _ in 0..2 {
        assert!(object.admits(
            &of_version(2, ask(from_ref(&minute), 1)),
            START.after(Millis(60_000))
        ));
        object.lose_memory();
    }
    let seen = object.ask(&of_version(3, ask(&both, 0)), START.after(Millis(60_000)));
    assert_eq!(seen.standings[1].remaining, 15);
}

#[test]
fn a_limit_of_an_older_policy_is_kept_while_a_mark_of_it_can_be_granted_into() {
    let (fast, slow) = (
        limit("fast", 100, 1_000, 100),
        limit("slow", 50, 1_000_000, 50),
    );
    let (old, new) = (
        |cost| of_version(1, ask(from_ref(&fast), cost)),
        |cost| of_version(2, ask(from_ref(&slow), cost)),
    );
    let (mut object, mut oracle) = (Object::<Account>::new(), Oracle::new(from_ref(&fast)));
    let mut now = START;
    for _ in 0..30 {
        now = now.after(Millis(10));
        assert!(object.admits(&old(1), now) && oracle.take(1, now));
    }
    // Full again, and its mark still ahead, when the row is written for the other limit alone.
    now = now.after(Millis(15));
    assert!(object.admits(&new(1), now));
    let mut unwritten = 0;
    loop {
        let mut next = object.clone();
        assert!(next.admits(&old(1), now));
        if next.rows_written > object.rows_written {
            break;
        }
        (object, unwritten) = (next, unwritten + 1);
        assert!(oracle.take(1, now));
    }
    assert!(unwritten > 0);
    object.lose_memory();
    while object.admits(&old(1), now) {
        assert!(oracle.take(1, now), "granted again what was granted before");
    }
}

proptest! {
    #![proptest_config(kept())]

    #[test]
    fn units_in_use_stay_in_use_up_to_the_new_burst(
        first in any_limit("one"), next in any_limit("one"), share in 0..=10_u64,
    ) {
        let spent = quota(&first).burst() * share / 10;
        let standing = looked(spent, &first, 2, &next).standings.remove(0);
        let burst = quota(&next).burst();
        prop_assert_eq!(standing.remaining, burst - spent.min(burst));
    }

    #[test]
    fn no_object_steps_back_to_an_older_policy(
        story in story(),
        policies in vec(any_limit("one"), 1..5),
        picks in vec(any::<prop::sample::Index>(), 60),
    ) {
        let (mut skewed, mut current) = (Object::<Account>::new(), Object::<Account>::new());
        let mut newest = 0;
        for ((demand, now), pick) in story.asks().zip(picks) {
            let asked = pick.index(policies.len());
            newest = newest.max(asked);
            let ask_of = |policy: usize| {
                of_version(1 + policy as u64, ask(&policies[policy..=policy], demand.cost))
            };
            prop_assert_eq!(skewed.ask(&ask_of(asked), now), current.ask(&ask_of(newest), now));
        }
        prop_assert_eq!(skewed.rows, current.rows);
    }
}

#[test]
fn alternating_two_definitions_never_admits_more_than_the_looser_alone() {
    let mut admitted = [0_u64; 2];
    for seed in 0..400 {
        let (mut random, mut now) = (Random(seed), START);
        let [loose, tight] = definitions(&mut random);
        let with_losses = seed % 2 == 0;
        let (mut object, mut oracle) = (Object::<Account>::new(), Oracle::new(from_ref(&loose)));
        for step in 0..600 {
            let pause = quota(&loose).window().0 / [10, 3][step % 2] + 3;
            now = now.after(Millis([0, 0, 0, random.below(pause)][step % 4]));
            if random.one_in(3) {
                object.rest(now);
            }
            if with_losses && random.one_in(15) {
                object.lose_memory();
            }
            let definition = if random.one_in(2) { &loose } else { &tight };
            let ask = ask(from_ref(definition), random.below(4));
            let decision = match random.below(40) {
                0 if with_losses => object.ask_with_fault(&ask, now, Fault::BeforeWrite),
                1 if with_losses => object.ask_with_fault(&ask, now, Fault::AfterWrite),
                _ => Some(object.ask(&ask, now)),
            };
            if decision.is_some_and(|d| d.outcome == Outcome::Admitted) {
                assert!(
                    oracle.take(ask.cost, now),
                    "seed {seed}, step {step}: {loose:?} and {tight:?}"
                );
                admitted[usize::from(with_losses)] += 1;
            }
        }
    }
    println!("admitted without and with memory loss: {admitted:?}");
    assert!(admitted.iter().all(|count| *count > 5_000), "{admitted:?}");
}

/// A limit and one that is nowhere looser. In small ones what is rounded away would soon be a unit.
fn definitions(random: &mut Random) -> [Limit; 2] {
    let (most, longest) = [(50, 3_000), (2, 20)][usize::from(random.one_in(2))];
    let (units, window, burst) = (
        1 + random.below(most),
        1 + random.below(longest),
        3 + random.below(40),
    );
    [
        limit("one", units, window, burst),
        limit(
            "one",
            1 + random.below(units),
            window + random.below(longest),
            1 + random.below(burst),
        ),
    ]
}
