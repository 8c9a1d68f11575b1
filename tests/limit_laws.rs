//! Laws that every algorithm obeys, whatever its definition: what may be compared with what.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::Limit;
use headgate::object::{Account, Page};
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};
use proptest::prelude::*;
use proptest::sample::select;
use std::slice::from_ref;
use support::any::{Story, kept};
use support::any_rate::{calls, of_kind, rates};
use support::object::Object;
use support::rates::{Kind, most, rate, sized};
use support::{START, ask};

/// Those that windows of the clock do not bind to any instant.
const FREE: [Kind; 4] = [Kind::Bucket, Kind::Log, Kind::Anchored, Kind::Lifetime];

fn left(decision: &Decision) -> Vec<u64> {
    decision.standings.iter().map(|s| s.remaining).collect()
}

/// Calls under one limit of some kinds.
fn alone(kinds: &'static [Kind]) -> impl Strategy<Value = Story> {
    calls(of_kind(select(kinds), "one").prop_map(|limit| vec![limit]))
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

/// Which of some single calls pass under a limit.
fn passed(limit: &Limit, times: &[UnixMillis]) -> Vec<bool> {
    let mut object = Object::<Account>::new();
    let ask = ask(from_ref(limit), 1);
    times.iter().map(|now| object.admits(&ask, *now)).collect()
}

proptest! {
    #![proptest_config(kept())]

    #[test]
    fn several_algorithms_decide_like_each_alone_taken_together(story in calls(rates())) {
        let mut all = Object::<Account>::new();
        let mut alone = vec![Object::<Account>::new(); story.limits.len()];
        for (demand, now) in story.asks() {
            let together = all.ask(&demand, now);
            let mut tried = alone.clone();
            let each: Vec<Decision> = (tried.iter_mut().zip(&story.limits))
                .map(|(object, limit)| object.ask(&ask(from_ref(limit), demand.cost), now))
                .collect();
            prop_assert_eq!(together.outcome, worst(&each));
            if together.outcome == Outcome::Admitted {
                alone = tried;
            }
        }
    }

    #[test]
    fn the_order_of_algorithms_makes_no_difference(story in calls(rates())) {
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
    fn what_remains_is_within_the_limit_and_never_falls_by_itself(story in calls(rates())) {
        let mut object = Object::<Account>::new();
        let mut last = vec![0; story.limits.len()];
        for (demand, now) in story.asks() {
            let before = left(&object.ask(&ask(&story.limits, 0), now));
            prop_assert!(before.iter().zip(&last).all(|(before, last)| before >= last));
            for (remaining, limit) in before.iter().zip(&story.limits) {
                prop_assert!(*remaining <= most(limit));
            }
            let enough = before.iter().all(|remaining| *remaining >= demand.cost);
            let decision = object.ask(&demand, now);
            prop_assert_eq!(decision.outcome == Outcome::Admitted, demand.cost == 0 || enough);
            last = left(&decision);
        }
    }

    #[test]
    fn a_cost_of_some_units_passes_if_as_many_single_ones_do(story in calls(rates()), parts in 1..6_u64) {
        let mut object = Object::<Account>::new();
        for (demand, now) in story.asks() {
            let (mut whole, mut split) = (object.clone(), object.clone());
            let passes = whole.admits(&ask(&story.limits, parts), now);
            prop_assert_eq!(passes, (0..parts).all(|_| split.admits(&ask(&story.limits, 1), now)));
            if passes {
                let look = ask(&story.limits, 0);
                prop_assert_eq!(whole.ask(&look, now), split.ask(&look, now));
            }
            object.ask(&demand, now);
        }
    }

    #[test]
    fn a_story_that_happens_later_happens_alike(story in alone(&FREE), later in 1..1_u64 << 40) {
        let (mut object, mut other) = (Object::<Account>::new(), Object::<Account>::new());
        for (demand, now) in story.asks() {
            let shifted = other.ask(&demand, now.after(Millis(later)));
            let decision = object.ask(&demand, now);
            prop_assert_eq!((decision.outcome, decision.standings), (shifted.outcome, shifted.standings));
        }
    }

    #[test]
    fn ten_times_the_units_at_ten_times_the_cost_are_decided_alike(
        kind in select(&[Kind::Log, Kind::Sliding, Kind::Fixed, Kind::Month, Kind::Anchored, Kind::Lifetime][..]),
        units in 1..50_u64,
        window in 1..10_000_u64,
        steps in prop::collection::vec((0..5_000_u64, 0..60_u64), 40),
    ) {
        let (one, ten) = (sized(kind, "one", units, window, 7), sized(kind, "one", 10 * units, window, 7));
        let (mut object, mut tenfold, mut now) = (Object::<Account>::new(), Object::<Account>::new(), START);
        for (pause, cost) in steps {
            now = now.after(Millis(pause));
            let decision = object.ask(&ask(from_ref(&one), cost), now);
            let other = tenfold.ask(&ask(from_ref(&ten), 10 * cost), now);
            prop_assert_eq!(decision.outcome, other.outcome);
            prop_assert_eq!(10 * decision.standings[0].remaining, other.standings[0].remaining);
        }
    }

    #[test]
    fn a_looser_limit_admits_at_least_as_many_single_calls_at_every_moment(
        kind in select(&[Kind::Bucket, Kind::Log, Kind::Sliding, Kind::Fixed, Kind::Anchored][..]),
        units in 1..30_u64,
        window in 1..10_000_u64,
        pauses in prop::collection::vec(0..3_000_u64, 100),
    ) {
        let mut now = START;
        let times: Vec<UnixMillis> = pauses.into_iter().map(|pause| {
            now = now.after(Millis(pause / 10 * u64::from(pause % 2 == 0)));
            now
        }).collect();
        let (tight, loose) = (rate(kind, "one", units, window), rate(kind, "one", units + 1, window));
        let (mut fewer, mut more) = (0, 0);
        for (one, other) in passed(&tight, &times).into_iter().zip(passed(&loose, &times)) {
            (fewer, more) = (fewer + u32::from(one), more + u32::from(other));
            prop_assert!(fewer <= more, "{kind:?}, {units} in {window} ms");
        }
    }

    #[test]
    fn of_what_a_bucket_or_a_log_admitted_one_call_less_refuses_no_other(
        story in alone(&[Kind::Bucket, Kind::Log, Kind::Sliding, Kind::Fixed]),
        left_out in 0..60_usize,
    ) {
        let mut object = Object::<Account>::new();
        let admitted: Vec<_> = story.asks().filter(|(ask, now)| object.admits(ask, *now)).collect();
        let mut spared = Object::<Account>::new();
        for (index, (ask, now)) in admitted.iter().enumerate() {
            prop_assert!(index == left_out || spared.admits(ask, *now));
        }
    }

    #[test]
    fn a_second_window_ten_times_looser_than_the_first_implies_changes_nothing(
        story in alone(&[Kind::Log, Kind::Fixed]),
    ) {
        let tight = story.limits[0].clone();
        let window = tight.algorithm.window(START).unwrap().0;
        let loose = rate(Kind::Log, "two", 20 * most(&tight).min(10_000_000), window);
        let both = [tight.clone(), loose];
        let (mut single, mut double) = (Object::<Account>::new(), Object::<Account>::new());
        for (demand, now) in story.asks().filter(|(demand, _)| demand.cost <= 10_000_000) {
            let decided = double.ask(&ask(&both, demand.cost), now).outcome;
            prop_assert_eq!(single.ask(&demand, now).outcome, decided);
        }
    }

    #[test]
    fn a_row_reads_back_as_it_was_written(story in calls(rates())) {
        let mut object = Object::<Account>::new();
        for (demand, now) in story.asks() {
            object.ask(&demand, now);
            if let Some(row) = object.rows.get(&0) {
                let page = Page::decode(row).unwrap();
                prop_assert_eq!(&page.encode().unwrap(), row);
            }
        }
    }
}
