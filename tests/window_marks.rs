//! Write-ahead marks of windows: what they allow has an end, what they cost in rows and in a crash is bounded.

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
use headgate::subject::Decision;
use headgate::time::{Millis, Month, UnixMillis};
use std::slice::from_ref;
use support::object::Object;
use support::oracle::Oracle;
use support::rates::{KINDS, Kind, random_pause, rate, sized};
use support::{Random, START, ask};

/// The kinds that count by windows.
const WINDOWS: [Kind; 4] = [Kind::Log, Kind::Sliding, Kind::Fixed, Kind::Anchored];

/// The last instant before a whole minute, less so many milliseconds.
fn before_the_minute(ms: u64) -> UnixMillis {
    UnixMillis(START.0.next_multiple_of(60_000) - ms)
}

fn look(object: &mut Object<Account>, limit: &Limit, now: UnixMillis) -> Decision {
    object.ask(&ask(from_ref(limit), 0), now)
}

#[test]
fn five_unwritten_grants_at_58_do_not_come_back_at_59() {
    for kind in WINDOWS {
        let limit = rate(kind, "minute", 200, 60_000);
        let (mut object, mut oracle) = (Object::<Account>::new(), Oracle::new(from_ref(&limit)));
        let mut spend = |object: &mut Object<Account>, now| {
            assert!(object.admits(&ask(from_ref(&limit), 1), now) && oracle.take(1, now));
        };
        for grant in 0..16 {
            spend(&mut object, before_the_minute(4_000 - grant * 100));
        }
        let written = object.rows_written;
        for _ in 0..5 {
            spend(&mut object, before_the_minute(2_000));
        }
        assert_eq!(object.rows_written, written, "{kind:?}");
        object.lose_memory();
        for now in [
            before_the_minute(1_000),
            before_the_minute(0).after(Millis(57_999)),
        ] {
            let left = look(&mut object, &limit, now).standings[0].remaining;
            assert!(left <= oracle.left(now)[0], "{kind:?}: {left} left");
        }
    }
}

#[test]
fn what_a_mark_allows_has_an_end_after_which_it_grants_nothing() {
    // A tenth of the window, six seconds at most, and then the part of a sliding one.
    for (kind, window, end) in [(Kind::Log, 50_000, 5_001), (Kind::Sliding, 600_000, 66_001)] {
        let limit = rate(kind, "one", 400, window);
        let mut object = Object::<Account>::new();
        for _ in 0..4 {
            assert!(object.admits(&ask(from_ref(&limit), 1), START));
        }
        let (written, mut beyond) = (object.rows_written, object.clone());
        assert!(object.admits(&ask(from_ref(&limit), 1), START.after(Millis(400))));
        assert_eq!(
            object.rows_written, written,
            "{kind:?}: the mark allows one more, soon"
        );
        assert!(beyond.admits(&ask(from_ref(&limit), 1), START.after(Millis(end))));
        assert_eq!(beyond.rows_written, written + 1, "{kind:?}: but not later");
    }
}

#[test]
fn the_first_grant_of_a_new_window_writes() {
    for kind in [Kind::Fixed, Kind::Anchored, Kind::Month] {
        let limit = rate(kind, "one", 1_000, 60_000);
        let (mut object, mut start) = (Object::<Account>::new(), before_the_minute(0));
        for _ in 0..20 {
            for ms in 0..40 {
                assert!(object.admits(&ask(from_ref(&limit), 1), start.after(Millis(ms))));
            }
            let before = object.rows_written;
            start = match kind {
                Kind::Month => Month::of(start).next().start(),
                _ => start.after(Millis(60_000)),
            };
            assert!(object.admits(&ask(from_ref(&limit), 1), start));
            assert_eq!(object.rows_written, before + 1, "{kind:?}");
        }
    }
}

#[test]
fn a_client_that_calls_every_eleven_seconds_is_never_refused_and_writes_a_row_each() {
    for kind in WINDOWS.into_iter().chain([Kind::Bucket]) {
        // A sliding window of parts may hold a unit for a part longer.
        let window = if kind == Kind::Sliding {
            55_000
        } else {
            60_000
        };
        let limit = rate(kind, "one", 6, window);
        let (mut object, mut now) = (Object::<Account>::new(), START);
        for call in 0..1_000 {
            assert!(
                object.admits(&ask(from_ref(&limit), 1), now),
                "{kind:?}: call {call}"
            );
            object.lose_memory();
            now = now.after(Millis(11_000));
        }
        assert_eq!(object.rows_written, 1_000, "{kind:?}");
    }
}

#[test]
fn bursts_of_the_whole_limit_with_pauses_as_long_as_its_window_are_never_refused() {
    for kind in [Kind::Bucket, Kind::Log, Kind::Fixed, Kind::Anchored] {
        let limit = rate(kind, "one", 100, 11_000);
        let (mut object, mut now) = (Object::<Account>::new(), START);
        for burst in 0..200 {
            for _ in 0..100 {
                assert!(
                    object.admits(&ask(from_ref(&limit), 1), now),
                    "{kind:?}: burst {burst}"
                );
            }
            object.rest(now.after(Millis(600)));
            object.lose_memory();
            now = now.after(Millis(11_000));
        }
    }
}

/// Rows and admitted requests of calls that come `gap` apart, over twenty minutes.
fn rows_and_admitted(limit: &Limit, gap: u64) -> (u64, u64) {
    let (mut object, mut now, mut admitted) = (Object::<Account>::new(), START, 0);
    while now < START.after(Millis(1_200_000)) {
        now = now.after(Millis(gap));
        object.rest(now);
        admitted += u64::from(object.admits(&ask(from_ref(limit), 1), now));
    }
    (object.rows_written, admitted)
}

#[test]
fn a_window_of_n_costs_a_tenth_of_a_row_per_request_or_twenty_per_n() {
    for kind in WINDOWS {
        for (units, window, gap) in [
            (200, 60_000, 300),
            (199, 60_000, 302),
            (70, 21_000, 300),
            (6_000, 60_000, 10),
            (100, 1_000, 10),
            (10_000, 3_600_000, 300),
        ] {
            let limit = rate(kind, "one", units, window);
            // One of ten parts gives its units back up to a tenth later.
            let gap = if kind == Kind::Sliding {
                gap * 11 / 10
            } else {
                gap
            };
            let (rows, admitted) = rows_and_admitted(&limit, gap);
            println!(
                "{kind:?}, {units} in {window} ms, a call each {gap} ms: {rows} rows for {admitted}"
            );
            // Ten more while the lead doubles for the first time.
            let most = (admitted / 10).max(admitted * 20 / units) + 10;
            assert!(
                admitted > 3_000 && rows <= most,
                "{kind:?} of {units}: {rows} of {most}"
            );
        }
    }
}

#[test]
fn a_crash_costs_less_than_a_twentieth_of_a_window() {
    for kind in WINDOWS {
        for seed in 0..200 {
            let mut random = Random(seed);
            let limit = sized(kind, "one", 20 + random.below(400), 60_000, 60);
            let (mut object, mut now) = (Object::<Account>::new(), START);
            let mut oracle = Oracle::new(from_ref(&limit));
            for _ in 0..50 + random.below(200) {
                now = now.after(Millis(random.below(200)));
                assert!(!object.admits(&ask(from_ref(&limit), 1), now) || oracle.take(1, now));
            }
            object.lose_memory();
            let left = look(&mut object, &limit, now).standings[0].remaining;
            let cost = oracle.left(now)[0] - left;
            assert!(
                cost * 20 < limit.algorithm.units(),
                "{kind:?}: {cost} of {limit:?}"
            );
        }
    }
}

#[test]
fn a_crash_makes_a_promise_late_by_no_more_than_the_lead() {
    for kind in WINDOWS {
        for seed in 0..200 {
            let mut random = Random(seed);
            let limit = sized(kind, "one", 20 + random.below(100), 30_000, 30);
            let (mut object, mut now) = (Object::<Account>::new(), START);
            let mut oracle = Oracle::new(from_ref(&limit));
            for _ in 0..100 {
                now = now.after(random_pause(&limit, &mut random));
                assert!(!object.admits(&ask(from_ref(&limit), 1), now) || oracle.take(1, now));
            }
            object.lose_memory();
            let full = look(&mut object, &limit, now).standings[0].full.0;
            let exact = oracle.full(now)[0];
            // A tenth of the window, and a part of the sliding one.
            assert!(exact <= full, "{kind:?}: {full} instead of {exact}");
            assert!(full <= exact + 4_000, "{kind:?}: {full} instead of {exact}");
        }
    }
}

#[test]
fn after_a_quiet_moment_losing_memory_changes_nothing() {
    for kind in KINDS {
        let mut random = Random(7);
        let limit = rate(kind, "one", 100, 60_000);
        let (mut object, mut now) = (Object::<Account>::new(), START);
        for _ in 0..300 {
            now = now.after(random_pause(&limit, &mut random));
            object.rest(now);
            object.ask(&ask(from_ref(&limit), random.below(3)), now);
            let quiet = now.after(Millis(500));
            let mut other = object.clone();
            other.rest(quiet);
            let kept = look(&mut other, &limit, quiet);
            other.lose_memory();
            assert_eq!(look(&mut other, &limit, quiet), kept, "{kind:?}");
        }
    }
}

#[test]
fn a_log_of_two_thousand_instants_is_a_row_of_eight_kilobytes_at_most() {
    let limit = rate(Kind::Log, "minute", 2_000, 60_000);
    let (mut object, mut now) = (Object::<Account>::new(), START);
    // Several windows long: what no longer counts is not kept.
    for _ in 0..10_000 {
        assert!(object.admits(&ask(from_ref(&limit), 1), now));
        now = now.after(Millis(30));
    }
    object.rest(now.after(Millis(500)));
    let scattered = object.rows[&0].len();
    let mut crowded = Object::<Account>::new();
    for unit in 0..2_000 {
        assert!(crowded.admits(&ask(from_ref(&limit), 1), START.after(Millis(unit / 100))));
    }
    crowded.rest(START.after(Millis(1_000)));
    let crowded = crowded.rows[&0].len();
    println!("2,000 units: {scattered} bytes as 2,000 runs, {crowded} as 20");
    assert!(scattered <= 8_000 && crowded <= 200);
}
