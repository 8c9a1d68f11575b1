//! Every algorithm against its definition: without memory loss each outcome, wait, remainder and end is the oracle's.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::Limit;
use headgate::object::Account;
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::slice::from_ref;
use support::any::kept;
use support::any_rate::{calls, of_kind, rates};
use support::object::Object;
use support::oracle::{Oracle, most_in_any};
use support::rates::{KINDS, Kind, most, random_pause, random_rate, rate, sized};
use support::{Random, START, ask};

/// What a decision says, and what the oracle does.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    outcome: Outcome,
    left: Vec<u64>,
    waits: Vec<u64>,
    next: Vec<u64>,
    full: Vec<u64>,
}

fn said(decision: &Decision) -> Said {
    let each = |f: fn(&headgate::subject::Standing) -> u64| {
        decision.standings.iter().map(f).collect::<Vec<_>>()
    };
    Said {
        outcome: decision.outcome,
        left: each(|s| s.remaining),
        waits: each(|s| s.wait.0),
        next: each(|s| s.next.0),
        full: each(|s| s.full.0),
    }
}

fn defined(oracle: &mut Oracle, cost: u64, now: UnixMillis) -> Said {
    let waits = oracle.waits(cost, now);
    let outcome = if oracle.take(cost, now) {
        Outcome::Admitted
    } else {
        let longest = waits.iter().copied().collect::<Option<Vec<u64>>>();
        longest.map_or(Outcome::Never, |waits| {
            Outcome::NotYet(Millis(waits.into_iter().max().unwrap()))
        })
    };
    let or_zero = |waits: Vec<Option<u64>>| waits.into_iter().map(Option::unwrap_or_default);
    Said {
        outcome,
        left: oracle.left(now),
        waits: or_zero(waits).collect(),
        next: or_zero(oracle.waits(1, now)).collect(),
        full: oracle.full(now),
    }
}

#[test]
fn fifty_thousand_steps_of_each_algorithm_are_the_oracles() {
    for (seed, kind) in (1..).zip(KINDS) {
        let mut random = Random(seed);
        for _ in 0..50 {
            let limit = random_rate(kind, "one", &mut random);
            follow(&limit, &mut random, 1_000);
        }
    }
}

fn follow(limit: &Limit, random: &mut Random, steps: u64) {
    let (mut object, mut now) = (Object::<Account>::new(), START);
    let mut oracle = Oracle::new(from_ref(limit));
    for step in 0..steps {
        now = now.after(random_pause(limit, random));
        object.rest(now);
        let highest = random.below(most(limit) + 2);
        let cost = random.below(2 + highest);
        let decision = object.ask(&ask(from_ref(limit), cost), now);
        let expected = defined(&mut oracle, cost, now);
        assert_eq!(said(&decision), expected, "{limit:?}, step {step}");
    }
}

#[test]
fn the_stories_below_are_full_of_grants_refusals_and_waits_of_each_algorithm() {
    let mut runner = TestRunner::deterministic();
    for kind in KINDS {
        let mut seen = [0; 3];
        let story = calls(of_kind(Just(kind), "one").prop_map(|limit| vec![limit]));
        for _ in 0..100 {
            let mut object = Object::<Account>::new();
            for (ask, now) in story.new_tree(&mut runner).unwrap().current().asks() {
                match object.ask(&ask, now).outcome {
                    Outcome::Admitted => seen[0] += 1,
                    Outcome::NotYet(_) => seen[1] += 1,
                    Outcome::Never | Outcome::NoRoom | Outcome::Refused(_) => seen[2] += 1,
                }
            }
        }
        println!("{kind:?}: admitted, not yet, never {seen:?}");
        let waits = kind != Kind::Lifetime;
        assert!(
            seen[0] > 300 && seen[2] > 100 && (!waits || seen[1] > 200),
            "{kind:?}: {seen:?}"
        );
    }
}

proptest! {
    #![proptest_config(kept())]

    #[test]
    fn every_decision_of_mixed_algorithms_is_the_oracles(story in calls(rates())) {
        let mut object = Object::<Account>::new();
        let mut oracle = Oracle::new(&story.limits);
        for (ask, now) in story.asks() {
            prop_assert_eq!(said(&object.ask(&ask, now)), defined(&mut oracle, ask.cost, now));
        }
    }

    #[test]
    fn a_refused_call_passes_after_its_wait_and_not_a_millisecond_before(story in calls(rates())) {
        let mut object = Object::<Account>::new();
        for (ask, now) in story.asks() {
            if let Outcome::NotYet(wait) = object.ask(&ask, now).outcome {
                let mut patient = object.clone();
                prop_assert!(wait > Millis(0));
                let early = patient.ask(&ask, now.after(Millis(wait.0 - 1))).outcome;
                prop_assert_eq!(early, Outcome::NotYet(Millis(1)));
                prop_assert!(patient.admits(&ask, now.after(wait)));
            }
        }
    }

    #[test]
    fn what_is_refused_leaves_the_machine_and_its_rows_as_they_were(story in calls(rates())) {
        let mut object = Object::<Account>::new();
        for (demand, now) in story.asks() {
            object.ask(&ask(&story.limits, 0), now);
            let before = object.clone();
            if object.ask(&demand, now).outcome != Outcome::Admitted {
                prop_assert_eq!(&object.memory, &before.memory);
                prop_assert_eq!((object.rows, object.rows_written), (before.rows.clone(), before.rows_written));
                object = before;
            }
        }
    }
}

/// What is admitted of many calls, one by one, of a client that hammers.
fn hammered(limit: &Limit, random: &mut Random) -> Vec<(u64, u64)> {
    let (mut object, mut now, mut admitted) = (Object::<Account>::new(), START, Vec::new());
    for _ in 0..2_000 {
        now = now.after(random_pause(limit, random));
        let cost = 1 + random.below(3);
        if object.admits(&ask(from_ref(limit), cost), now) {
            admitted.push((now.0, cost));
        }
    }
    admitted
}

#[test]
fn no_span_has_more_units_than_each_algorithm_says() {
    for seed in 0..150 {
        let mut random = Random(seed);
        for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Month) {
            let limit = random_rate(kind, "one", &mut random);
            let admitted = hammered(&limit, &mut random);
            let window = limit
                .algorithm
                .window(START)
                .unwrap_or(Millis(u64::MAX / 2))
                .0;
            let units = most(&limit);
            let bound = match kind {
                Kind::Bucket | Kind::Anchored => 2 * units - 1,
                Kind::Fixed => 2 * units,
                _ => units,
            };
            let found = if kind == Kind::Lifetime {
                0
            } else {
                most_in_any(&admitted, window)
            };
            assert!(
                found <= bound,
                "{limit:?}: {found} in one span, seed {seed}"
            );
        }
    }
}

#[test]
fn the_bounds_of_the_looser_algorithms_are_reached() {
    let drip: Vec<(u64, u64)> = (1..10).map(|unit| (unit * 6_000, 1)).collect();
    for (kind, spends, expected) in [
        (Kind::Fixed, vec![(59_999, 10), (60_000, 10)], 20),
        (Kind::Anchored, vec![(0, 1), (59_999, 9), (60_000, 10)], 19),
        (Kind::Bucket, [vec![(0, 10)], drip].concat(), 19),
        (Kind::Log, vec![(0, 1), (59_999, 9), (60_000, 1)], 10),
        (Kind::Sliding, vec![(0, 1), (59_999, 9), (60_000, 1)], 10),
    ] {
        let limit = rate(kind, "one", 10, 60_000);
        let start = START.0.next_multiple_of(60_000);
        let mut object = Object::<Account>::new();
        for (after, units) in &spends {
            let at = UnixMillis(start + after);
            assert!(
                object.admits(&ask(from_ref(&limit), *units), at),
                "{kind:?} at {after}"
            );
            assert!(
                !object.admits(&ask(from_ref(&limit), 10), at),
                "{kind:?} at {after}"
            );
        }
        assert_eq!(most_in_any(&spends, 60_000), expected, "{kind:?}");
    }
}

#[test]
fn a_sliding_window_refuses_at_most_a_part_longer_than_a_log_of_the_same_calls() {
    for seed in 0..100 {
        let mut random = Random(seed);
        let limit = random_rate(Kind::Sliding, "one", &mut random);
        let headgate::limit::Algorithm::SlidingWindow(rule) = limit.algorithm else {
            panic!()
        };
        let part = rule.per.window().0.div_ceil(rule.parts);
        let log = sized(Kind::Log, "one", most(&limit), rule.per.window().0, 1);
        let (mut object, mut exact) = (Object::<Account>::new(), Oracle::new(from_ref(&log)));
        let mut now = START;
        for _ in 0..500 {
            now = now.after(random_pause(&limit, &mut random));
            let cost = 1 + random.below(most(&limit));
            match object.ask(&ask(from_ref(&limit), cost), now).outcome {
                Outcome::Admitted => assert!(exact.take(cost, now), "looser than the log"),
                Outcome::NotYet(wait) => {
                    let least = exact.waits(cost, now)[0].unwrap();
                    assert!(least <= wait.0 && wait.0 < least + part, "seed {seed}");
                }
                Outcome::Never | Outcome::NoRoom | Outcome::Refused(_) => panic!("the cost fits"),
            }
        }
    }
}
