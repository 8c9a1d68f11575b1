//! Limits that change their size or their algorithm under one name: what is used stays used, and what is told is true.

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
use headgate::subject::Outcome;
use headgate::time::{Millis, UnixMillis};
use proptest::prelude::*;
use std::slice::from_ref;
use support::any::kept;
use support::any_rate::{any_rate, calls};
use support::object::{Object, free};
use support::oracle::Oracle;
use support::rates::{KINDS, Kind, most, rate, sized};
use support::{START, ask, ask_slot, lane, limit};

fn of_version(version: u64, limit: &Limit, cost: u64) -> Ask {
    Ask {
        version,
        ..ask(from_ref(limit), cost)
    }
}

/// Units left under a limit of a version.
fn left(object: &mut Object<Account>, version: u64, limit: &Limit, now: UnixMillis) -> u64 {
    object.ask(&of_version(version, limit, 0), now).standings[0].remaining
}

#[test]
fn what_a_shorter_window_may_still_grant_counts_as_long_as_it_is_used() {
    // Memory is lost with a mark that reaches six seconds ahead; then the window becomes a second.
    for kind in [Kind::Log, Kind::Sliding] {
        let (hour, second) = (
            rate(kind, "one", 1_000, 3_600_000),
            rate(kind, "one", 400, 1_000),
        );
        let mut object = Object::<Account>::new();
        for _ in 0..2 {
            assert!(object.admits(&of_version(1, &hour, 1), START));
        }
        object.lose_memory();
        for grant in 0..20 {
            let now = START.after(Millis(grant * 10));
            assert!(object.admits(&of_version(2, &second, 1), now));
        }
        let later = START.after(Millis(650));
        for _ in 0..8 {
            assert!(object.admits(&of_version(2, &second, 1), later));
        }
        object.lose_memory();
        // Only these eight are younger than a second.
        let seen = left(&mut object, 2, &second, START.after(Millis(1_300)));
        assert!(seen <= 400 - 8, "{kind:?}: {seen} left");
    }
}

#[test]
fn a_period_that_grows_ends_where_the_clock_says() {
    let (minute, hour) = (
        rate(Kind::Fixed, "one", 10, 60_000),
        rate(Kind::Fixed, "one", 10, 3_600_000),
    );
    let start = START.0.next_multiple_of(3_600_000);
    let half_past = UnixMillis(start + 1_800_000);
    let mut object = Object::<Account>::new();
    assert!(object.admits(&of_version(1, &minute, 10), half_past));
    let refused = object.ask(&of_version(2, &hour, 1), half_past);
    assert_eq!(refused.outcome, Outcome::NotYet(Millis(1_800_000)));
    assert_eq!(refused.standings[0].full, Millis(1_800_000));
    let end = half_past.after(Millis(1_800_000));
    assert!(!object.admits(&of_version(2, &hour, 1), UnixMillis(end.0 - 1)));
    assert!(object.admits(&of_version(2, &hour, 1), end));
}

#[test]
fn two_algorithms_of_one_version_that_alternate_free_nothing() {
    let (bucket, fixed) = (
        limit("one", 100, 3_600_000, 100),
        rate(Kind::Fixed, "one", 10, 3_600_000),
    );
    let mut object = Object::<Account>::new();
    let now = UnixMillis(START.0.next_multiple_of(3_600_000));
    assert!(object.admits(&of_version(1, &bucket, 80), now));
    for _ in 0..3 {
        assert_eq!(left(&mut object, 1, &fixed, now), 0);
        assert_eq!(left(&mut object, 1, &bucket, now), 20);
    }
}

#[test]
fn a_newer_policy_with_another_algorithm_keeps_the_units_in_use() {
    for old in KINDS {
        for new in KINDS {
            let hundred = sized(old, "one", 100, 3_600_000, 10);
            for (units, expected) in [(200, 170), (50, 20), (20, 0)] {
                let changed = sized(new, "one", units, 3_600_000, 10);
                let mut object = Object::<Account>::new();
                assert!(object.admits(&of_version(1, &hundred, 30), START));
                let found = left(&mut object, 2, &changed, START);
                assert_eq!(found, expected, "{old:?} of 100, then {new:?} of {units}");
            }
        }
    }
}

#[test]
fn from_a_bucket_to_a_window_and_back_gives_nothing_free() {
    let (bucket, window) = (
        limit("one", 100, 60_000, 100),
        rate(Kind::Log, "one", 100, 60_000),
    );
    let (mut object, mut now, mut spent) = (Object::<Account>::new(), START, 0);
    for version in 1..40 {
        let limit = if version % 2 == 0 { &window } else { &bucket };
        while object.admits(&of_version(version, limit, 1), now) {
            spent += 1;
        }
        object.lose_memory();
        now = now.after(Millis(100));
    }
    // What the bucket alone would have given in these four seconds.
    assert!((100..=106).contains(&spent), "{spent}");
}

#[test]
fn a_lane_and_a_rate_of_one_name_stay_apart() {
    for kind in KINDS {
        let (lane, rate) = (lane("one", 3), rate(kind, "one", 100, 3_600_000));
        let mut object = Object::<Account>::new();
        let slot = |version, number| Ask {
            version,
            ..ask_slot(from_ref(&lane), number)
        };
        assert!(object.admits(&slot(1, 1), START) && object.admits(&slot(1, 2), START));
        assert!(object.admits(&of_version(2, &rate, 40), START));
        assert_eq!(left(&mut object, 2, &rate, START), 60, "{kind:?}");
        object.rest(START.after(Millis(600)));
        object.lose_memory();
        assert!(object.admits(&slot(3, 3), START));
        let look = Ask {
            version: 3,
            ..ask(from_ref(&lane), 0)
        };
        assert_eq!(
            object.ask(&look, START).standings[0].remaining,
            0,
            "{kind:?}"
        );
        assert_eq!(left(&mut object, 4, &rate, START), 60, "{kind:?}");
    }
}

#[test]
fn a_lowered_limit_locks_nobody_out_for_longer_than_a_window() {
    for kind in KINDS
        .into_iter()
        .filter(|kind| !matches!(kind, Kind::Lifetime | Kind::Month))
    {
        let (hundred, ten) = (
            rate(kind, "one", 100, 60_000),
            rate(kind, "one", 10, 30_000),
        );
        let mut object = Object::<Account>::new();
        let start = UnixMillis(START.0.next_multiple_of(60_000));
        assert!(object.admits(&of_version(1, &hundred, 100), start));
        let next = object.ask(&of_version(2, &ten, 0), start).standings[0].full;
        // A log still knows when its units passed under the old window, and counts them for the new one.
        assert!(next <= Millis(30_000), "{kind:?}: {next:?}");
        assert_eq!(free(&mut object, from_ref(&ten), start), 0);
    }
}

proptest! {
    #![proptest_config(kept())]

    #[test]
    fn a_limit_that_is_raised_midway_admits_no_more_than_the_higher_one(
        story in calls(any_rate("one").prop_map(|limit| vec![limit])),
        at in 0..60_usize,
        more in 1..50_u64,
    ) {
        let low = &story.limits[0];
        let mut high = low.clone();
        raise(&mut high, more);
        let mut object = Object::<Account>::new();
        let mut oracle = Oracle::new(from_ref(&high));
        for (index, (demand, now)) in story.asks().enumerate() {
            let (version, limit) = if index < at { (1, low) } else { (2, &high) };
            if object.admits(&of_version(version, limit, demand.cost), now) {
                prop_assert!(oracle.take(demand.cost, now), "{:?} raised by {}", low, more);
            }
            prop_assert!(left(&mut object, version, limit, now) <= most(limit));
        }
    }
}

/// The same limit with more units in the same window.
fn raise(limit: &mut Limit, more: u64) {
    use headgate::limit::{Algorithm, PerWindow, Quota};
    let units = most(limit) + more;
    let per = |per: PerWindow| PerWindow::new(units, per.window()).unwrap();
    match &mut limit.algorithm {
        Algorithm::TokenBucket(rule) => {
            let quota = rule.quota;
            rule.quota = Quota::new(quota.units(), quota.window(), units).unwrap();
        }
        Algorithm::SlidingLog(rule) => rule.per = per(rule.per),
        Algorithm::SlidingWindow(rule) => rule.per = per(rule.per),
        Algorithm::FixedWindow(rule) => rule.units = units,
        Algorithm::AnchoredWindow(rule) => rule.per = per(rule.per),
        Algorithm::Lifetime(rule) => rule.per = per(rule.per),
        Algorithm::Concurrency(_) | Algorithm::Cap(_) => {}
    }
}

#[test]
fn a_rule_that_a_refusal_has_brought_holds_after_memory_is_lost() {
    for kind in [Kind::Log, Kind::Sliding, Kind::Anchored, Kind::Lifetime] {
        let (short, long) = (rate(kind, "one", 1, 20_000), rate(kind, "one", 1, 300_000));
        let mut object = Object::<Account>::new();
        assert!(object.admits(&of_version(1, &short, 1), START));
        let changed = START.after(Millis(10_000));
        assert!(!object.admits(&of_version(2, &long, 1), changed));
        object.lose_memory();
        let later = START.after(Millis(25_000));
        assert!(!object.admits(&of_version(2, &long, 1), later), "{kind:?}");
        let rows = object.rows_written;
        assert_eq!(left(&mut object, 2, &long, later), 0);
        assert_eq!(object.rows_written, rows, "it is written once");
    }
}

#[test]
fn no_mark_of_the_higher_limit_covers_what_a_lowered_one_grants() {
    let (high, low) = (
        limit("one", 100_000, 1_000, 100_000),
        limit("one", 1_000, 1_000, 1_000),
    );
    let mut object = Object::<Account>::new();
    assert!(object.admits(&of_version(1, &high, 1), START));
    // Nothing is used any more, and so the change alone is not written.
    let now = START.after(Millis(2));
    assert!(object.admits(&of_version(2, &low, 500), now));
    object.lose_memory();
    assert!(left(&mut object, 2, &low, now) <= 500);
}
