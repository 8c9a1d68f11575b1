//! Decisions: what is refused, for how long, what is left, and that a refusal leaves no trace.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::object::Account;
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use support::any::{kept, story};
use support::object::Object;
use support::oracle::Oracle;
use support::{START, ask, limit, quota, ticksupply};

fn left(decision: &Decision) -> Vec<u64> {
    decision.standings.iter().map(|s| s.remaining).collect()
}

#[test]
fn two_hundred_a_minute_is_decided_to_the_millisecond() {
    use Outcome::{Admitted, Never, NotYet};
    let mut object = Object::<Account>::new();
    for (ms, cost, outcome, remaining) in [
        (0, 0, Admitted, [200, 10_000]),
        (0, 1, Admitted, [199, 9_999]),
        (0, 199, Admitted, [0, 9_800]),
        (0, 1, NotYet(Millis(300)), [0, 9_800]),
        (0, 0, Admitted, [0, 9_800]),
        (299, 1, NotYet(Millis(1)), [0, 9_800]),
        (300, 1, Admitted, [0, 9_799]),
        (300, 5, NotYet(Millis(1_500)), [0, 9_799]),
        (1_200, 4, NotYet(Millis(300)), [3, 9_802]),
        (1_200, 201, Never, [3, 9_802]),
        (1_200, 3, Admitted, [0, 9_799]),
        (60_000, 200, NotYet(Millis(1_200)), [196, 9_962]),
        (61_200, 200, Admitted, [0, 9_766]),
    ] {
        let decision = object.ask(&ask(&ticksupply(), cost), START.after(Millis(ms)));
        assert_eq!(decision.outcome, outcome, "at {ms} ms, cost {cost}");
        assert_eq!(left(&decision), remaining, "at {ms} ms, cost {cost}");
    }
}

#[test]
fn the_longest_wait_of_all_violated_limits_is_promised_and_each_is_named() {
    let limits = [
        limit("second", 2, 1_000, 2),
        limit("hour", 60, 3_600_000, 3),
        limit("day", 1_000, 86_400_000, 500),
    ];
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask(&limits, 2), START));
    let decision = object.ask(&ask(&limits, 2), START);
    assert_eq!(decision.outcome, Outcome::NotYet(Millis(60_000)));
    let violated: Vec<bool> = decision.standings.iter().map(|s| s.violated).collect();
    assert_eq!(violated, [true, true, false]);
    let next: Vec<Millis> = decision.standings.iter().map(|s| s.next).collect();
    assert_eq!(next, [Millis(500), Millis(0), Millis(0)]);
}

#[test]
fn never_has_no_wait_and_charges_nothing() {
    let limits = [limit("wide", 9, 1_000, 9), limit("narrow", 2, 1_000, 2)];
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask(&limits, 2), START));
    // The other limit would say "not yet": no wait is told all the same.
    let decision = object.ask(&ask(&limits, 8), START);
    assert_eq!(decision.outcome, Outcome::Never);
    assert_eq!(left(&decision), [7, 0]);
    assert_eq!(left(&object.ask(&ask(&limits, 0), START)), [7, 0]);
    assert_eq!(object.rows_written, 1);
}

#[test]
fn the_stories_below_are_full_of_grants_refusals_and_waits() {
    let (mut runner, mut seen) = (TestRunner::deterministic(), [0; 3]);
    for _ in 0..200 {
        let mut object = Object::<Account>::new();
        for (ask, now) in story().new_tree(&mut runner).unwrap().current().asks() {
            match object.ask(&ask, now).outcome {
                Outcome::Admitted => seen[0] += 1,
                Outcome::NotYet(_) => seen[1] += 1,
                Outcome::Never | Outcome::NoRoom | Outcome::Refused(_) => seen[2] += 1,
            }
        }
    }
    println!("admitted, not yet, never: {seen:?}");
    assert!(seen.iter().all(|count| *count > 500), "{seen:?}");
}

proptest! {
    #![proptest_config(kept())]

    #[test]
    fn every_decision_is_the_oracles(story in story()) {
        let mut object = Object::<Account>::new();
        let mut oracle = Oracle::new(&story.limits);
        for (ask, now) in story.asks() {
            let decision = object.ask(&ask, now);
            let passes = oracle.take(ask.cost, now);
            prop_assert_eq!(decision.outcome == Outcome::Admitted, passes);
            prop_assert_eq!(left(&decision), oracle.left(now));
        }
    }

    #[test]
    fn a_refused_call_passes_after_its_wait_and_not_a_millisecond_before(story in story()) {
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
    fn a_refusal_changes_nothing_that_comes_after_it(story in story()) {
        let (mut refused, mut spared) = (Object::<Account>::new(), Object::<Account>::new());
        for (ask, now) in story.asks() {
            let rows_before = refused.rows_written;
            let decision = refused.ask(&ask, now);
            if decision.outcome == Outcome::Admitted {
                prop_assert_eq!(decision, spared.ask(&ask, now));
            } else {
                prop_assert_eq!(refused.rows_written, rows_before, "a refusal wrote a row");
            }
            prop_assert_eq!(refused.limits_in_rows(), spared.limits_in_rows());
        }
    }

    #[test]
    fn several_limits_decide_like_each_alone_taken_together(story in story()) {
        let mut all = Object::<Account>::new();
        let mut alone = vec![Object::<Account>::new(); story.limits.len()];
        for (demand, now) in story.asks() {
            let together = all.ask(&demand, now);
            let mut tried = alone.clone();
            let each: Vec<Decision> = (tried.iter_mut().zip(&story.limits))
                .map(|(object, limit)| object.ask(&ask(std::slice::from_ref(limit), demand.cost), now))
                .collect();
            prop_assert_eq!(together.outcome, worst(&each));
            let standings: Vec<_> = each.iter().map(|one| &one.standings[0]).collect();
            let violated: Vec<bool> = standings.iter().map(|s| s.violated).collect();
            prop_assert_eq!(together.standings.iter().map(|s| s.violated).collect::<Vec<_>>(), violated);
            if together.outcome == Outcome::Admitted {
                prop_assert_eq!(together.standings.iter().collect::<Vec<_>>(), standings);
                alone = tried;
            }
        }
    }

    #[test]
    fn the_order_of_limits_makes_no_difference(story in story()) {
        let (mut object, mut mirrored) = (Object::<Account>::new(), Object::<Account>::new());
        for (mut ask, now) in story.asks() {
            let decision = object.ask(&ask, now);
            ask.limits.reverse();
            let mut mirror = mirrored.ask(&ask, now);
            mirror.standings.reverse();
            prop_assert_eq!(decision, mirror);
        }
    }

    #[test]
    fn what_remains_is_within_the_burst_and_rises_only_with_time(story in story()) {
        let mut object = Object::<Account>::new();
        let mut last: Option<(UnixMillis, Vec<u64>)> = None;
        for (ask, now) in story.asks() {
            let remaining = left(&object.ask(&ask, now));
            for (remaining, limit) in remaining.iter().zip(&story.limits) {
                prop_assert!(*remaining <= quota(limit).burst());
            }
            if let Some((_, before)) = last.filter(|(then, _)| *then == now) {
                prop_assert!(remaining.iter().zip(before).all(|(now, before)| *now <= before));
            }
            last = Some((now, remaining));
        }
    }

    #[test]
    fn a_look_before_tells_whether_a_cost_will_pass(story in story()) {
        let mut object = Object::<Account>::new();
        for (demand, now) in story.asks() {
            let seen = object.ask(&ask(&story.limits, 0), now);
            prop_assert_eq!(seen.outcome, Outcome::Admitted);
            let enough = left(&seen).iter().all(|remaining| *remaining >= demand.cost);
            prop_assert_eq!(object.admits(&demand, now), enough);
        }
    }

    #[test]
    fn next_and_full_are_the_instants_at_which_a_unit_and_the_burst_are_back(story in story()) {
        let mut object = Object::<Account>::new();
        for (demand, now) in story.asks() {
            let standings = object.ask(&demand, now).standings;
            for (at, standing) in standings.iter().enumerate() {
                let remaining_after = |wait: u64| {
                    left(&object.clone().ask(&ask(&story.limits, 0), now.after(Millis(wait))))[at]
                };
                prop_assert!(remaining_after(standing.next.0) >= 1);
                prop_assert!(standing.next.0 == 0 || remaining_after(standing.next.0 - 1) == 0);
                let burst = quota(&standing.limit).burst();
                prop_assert_eq!(remaining_after(standing.full.0), burst);
                prop_assert!(standing.full.0 == 0 || remaining_after(standing.full.0 - 1) < burst);
            }
        }
    }

    #[test]
    fn a_cost_of_some_units_passes_if_as_many_single_ones_do(story in story(), parts in 1..6_u64) {
        let mut object = Object::<Account>::new();
        for (demand, now) in story.asks() {
            let (mut whole, mut split) = (object.clone(), object.clone());
            let passes = whole.admits(&ask(&story.limits, parts), now);
            let singly = (0..parts).all(|_| split.admits(&ask(&story.limits, 1), now));
            prop_assert_eq!(passes, singly);
            if passes {
                let look = ask(&story.limits, 0);
                prop_assert_eq!(whole.ask(&look, now), split.ask(&look, now));
            }
            object.ask(&demand, now);
        }
    }
}

/// What limits that were asked one by one say together.
fn worst(each: &[Decision]) -> Outcome {
    let mut wait = None;
    for decision in each {
        match decision.outcome {
            Outcome::Never | Outcome::NoRoom | Outcome::Refused(_) => return Outcome::Never,
            Outcome::NotYet(found) => wait = wait.max(Some(found)),
            Outcome::Admitted => {}
        }
    }
    wait.map_or(Outcome::Admitted, Outcome::NotYet)
}
