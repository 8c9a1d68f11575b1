//! Traps that rate limiters have fallen into, each by its name.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::{Algorithm, FixedWindow, Limit, Period};
use headgate::object::Account;
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};
use std::slice::from_ref;
use support::object::{Object, free};
use support::rates::{KINDS, Kind, rate};
use support::{START, ask, limit};

/// The last instant before a whole minute, less so many milliseconds.
fn before_the_minute(ms: u64) -> UnixMillis {
    UnixMillis(START.0.next_multiple_of(60_000) - ms)
}

fn look(object: &mut Object<Account>, limit: &Limit, now: UnixMillis) -> Decision {
    object.ask(&ask(from_ref(limit), 0), now)
}

/// Spends one by one until refused; how many passed.
fn drain(object: &mut Object<Account>, limit: &Limit, now: UnixMillis) -> u64 {
    let passes = |_: &u64| object.admits(&ask(from_ref(limit), 1), now);
    (0..100_000).take_while(passes).count().try_into().unwrap()
}

#[test]
fn a_denial_never_consumes_and_never_extends() {
    for kind in KINDS {
        let limit = rate(kind, "one", 5, 60_000);
        let mut object = Object::<Account>::new();
        let start = before_the_minute(0);
        assert!(object.admits(&ask(from_ref(&limit), 5), start));
        let mut spared = object.clone();
        for ms in 1..2_000 {
            assert!(!object.admits(&ask(from_ref(&limit), 5), start.after(Millis(ms))));
        }
        for ms in [2_000, 30_000, 60_000, 120_000] {
            let now = start.after(Millis(ms));
            assert_eq!(
                look(&mut object, &limit, now),
                look(&mut spared, &limit, now),
                "{kind:?}"
            );
        }
    }
}

#[test]
fn a_heavy_denial_does_not_drive_what_is_left_below_nothing() {
    for kind in KINDS {
        let limit = rate(kind, "one", 5, 60_000);
        let mut object = Object::<Account>::new();
        assert!(object.admits(&ask(from_ref(&limit), 3), START));
        for cost in [3, 5, 6, u64::MAX] {
            assert!(
                !object.admits(&ask(from_ref(&limit), cost), START),
                "{kind:?}: {cost}"
            );
            assert_eq!(
                free(&mut object, from_ref(&limit), START),
                2,
                "{kind:?}: {cost}"
            );
        }
    }
}

#[test]
fn a_long_window_that_denies_burns_nothing_of_the_short_one() {
    for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Month) {
        let limits = [
            rate(kind, "short", 5, 1_000),
            rate(kind, "long", 6, 3_600_000),
        ];
        let mut object = Object::<Account>::new();
        let later = START.after(Millis(10_000));
        assert!(object.admits(&ask(&limits, 5), START));
        assert!(object.admits(&ask(&limits, 1), later));
        for _ in 0..50 {
            assert!(!object.admits(&ask(&limits, 1), later));
        }
        assert_eq!(free(&mut object, &limits, later), 4, "{kind:?}");
    }
}

#[test]
fn a_bucket_gives_up_to_twice_its_quota_in_a_window_and_a_log_does_not() {
    let spent = |limit: Limit| {
        let mut object = Object::<Account>::new();
        (0..60)
            .map(|second| drain(&mut object, &limit, START.after(Millis(second * 1_000))))
            .sum()
    };
    let found: [u64; 3] =
        [Kind::Bucket, Kind::Log, Kind::Sliding].map(|kind| spent(rate(kind, "one", 60, 60_000)));
    assert_eq!(found, [119, 60, 60]);
}

#[test]
fn a_clock_that_goes_back_gives_no_window_a_second_time() {
    for kind in KINDS {
        let limit = rate(kind, "one", 5, 60_000);
        for is_lost in [false, true] {
            let mut object = Object::<Account>::new();
            assert!(object.admits(&ask(from_ref(&limit), 5), before_the_minute(0)));
            if is_lost {
                object.lose_memory();
            }
            let back = before_the_minute(1);
            assert!(!object.admits(&ask(from_ref(&limit), 1), back), "{kind:?}");
            let month_back = UnixMillis(back.0 - 2_678_400_000);
            assert!(
                !object.admits(&ask(from_ref(&limit), 1), month_back),
                "{kind:?}"
            );
        }
    }
}

#[test]
fn a_window_ends_without_any_timer() {
    for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Month) {
        let limit = rate(kind, "one", 5, 60_000);
        let mut object = Object::<Account>::new();
        let now = before_the_minute(0);
        assert!(object.admits(&ask(from_ref(&limit), 5), now));
        let full = look(&mut object, &limit, now).standings[0].full;
        assert_eq!(drain(&mut object, &limit, now.after(full)), 5, "{kind:?}");
    }
}

#[test]
fn what_costs_more_than_the_limit_is_never_and_not_later() {
    for kind in KINDS {
        let limit = rate(kind, "one", 5, 60_000);
        let decision = Object::<Account>::new().ask(&ask(from_ref(&limit), 6), START);
        assert_eq!(decision.outcome, Outcome::Never, "{kind:?}");
        assert_eq!(decision.standings[0].wait, Millis(0), "{kind:?}");
    }
}

#[test]
fn a_refused_request_is_no_anchor_and_no_sign_of_life() {
    let anchored = rate(Kind::Anchored, "one", 2, 60_000);
    let mut object = Object::<Account>::new();
    assert!(!object.admits(&ask(from_ref(&anchored), 3), START));
    let later = START.after(Millis(50_000));
    assert!(object.admits(&ask(from_ref(&anchored), 2), later));
    let refused = object.ask(&ask(from_ref(&anchored), 1), later.after(Millis(59_999)));
    assert_eq!(refused.outcome, Outcome::NotYet(Millis(1)));
    let life = rate(Kind::Lifetime, "one", 2, 60_000);
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask(from_ref(&life), 2), START));
    assert!(!object.admits(&ask(from_ref(&life), 1), START.after(Millis(59_999))));
    assert!(object.admits(&ask(from_ref(&life), 1), START.after(Millis(60_000))));
}

#[test]
fn nothing_panics_at_the_ends_of_time_and_of_every_range() {
    let huge = Algorithm::FixedWindow(FixedWindow {
        units: 0,
        period: Period::Every(Millis(0)),
    });
    let mut limits: Vec<Limit> = Vec::new();
    for kind in KINDS {
        for (units, window) in [
            (1, 1),
            (1_000_000_000, 1),
            (1, 31_622_400_000),
            (1_000_000_000, 31_622_400_000),
        ] {
            limits.push(rate(kind, "one", units, window));
        }
    }
    limits.push(Limit {
        algorithm: huge,
        ..limit("one", 1, 1, 1)
    });
    for limit in &limits {
        let mut object = Object::<Account>::new();
        for now in [0, 1, 59_999, 1 << 40, u64::MAX - 1, u64::MAX, 0, u64::MAX] {
            for cost in [0, 1, 999_999_999, u64::MAX] {
                let decision = object.ask(&ask(from_ref(limit), cost), UnixMillis(now));
                assert!(decision.standings[0].remaining <= limit.algorithm.units().max(1));
                object.machine();
            }
            object.rest(UnixMillis(now));
            object.lose_memory();
        }
    }
}
