//! What is over is not in the row any more, and nobody can tell: whoever reads the row decides as memory does.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::Limit;
use headgate::object::{Account, Ask};
use headgate::time::{Millis, UnixMillis};
use support::object::Object;
use support::rates::{KINDS, Kind, random_pause, random_rate, rate};
use support::{Random, START, ask, limit};

const HOUR: u64 = 3_600_000;

fn of_version(version: u64, limit: &Limit, cost: u64) -> Ask {
    Ask {
        version,
        ..ask(std::slice::from_ref(limit), cost)
    }
}

/// The bytes of the row once another limit has been used.
fn row_after_another(object: &mut Object<Account>, now: UnixMillis) -> usize {
    let written = object.rows_written;
    assert!(object.admits(&of_version(1, &limit("other", 5, 1_000, 5), 1), now));
    assert!(object.rows_written > written);
    object.rows[&0].len()
}

#[test]
fn the_units_of_a_log_leave_the_row_with_the_last_of_them() {
    for kind in [Kind::Log, Kind::Sliding] {
        let log = rate(kind, "log", 1_000, HOUR);
        let (mut object, mut now) = (Object::<Account>::new(), START);
        for _ in 0..1_000 {
            assert!(object.admits(&of_version(1, &log, 1), now));
            now = now.after(Millis(HOUR / 1_000 - 1));
        }
        object.rest(now.after(Millis(600)));
        let used = row_after_another(&mut object, now.after(Millis(1_000)));
        let over = row_after_another(&mut object, now.after(Millis(3 * HOUR)));
        println!("{kind:?}: {used} bytes, then {over}");
        assert!(over < 120 && used > over + 20);
    }
}

/// Both ways to decide an ask: with memory, and from the row.
fn decide_both(live: &mut Object<Account>, ask: &Ask, now: UnixMillis) {
    let mut resumed = live.clone();
    resumed.lose_memory();
    assert_eq!(live.ask(ask, now), resumed.ask(ask, now));
}

#[test]
fn whatever_the_next_policy_says_memory_and_row_decide_alike_once_all_is_over() {
    for old in KINDS {
        for new in KINDS {
            for (units, window, version) in [(10, 24, 2), (10, 24, 1), (5, 1, 2), (50, 2, 2)] {
                let before = rate(old, "one", 10, HOUR);
                let after = rate(new, "one", units, window * HOUR);
                let mut object = Object::<Account>::new();
                assert!(object.admits(&of_version(1, &before, 7), START));
                // A month is the longest.
                let over = START.after(Millis(32 * 24 * HOUR));
                let late = if old == Kind::Month {
                    over
                } else {
                    START.after(Millis(2 * HOUR))
                };
                object.rest(late);
                row_after_another(&mut object, late);
                let now = late.after(Millis(700));
                for cost in [0, 3, 7] {
                    let mut object = object.clone();
                    decide_both(&mut object, &of_version(version, &after, cost), now);
                }
            }
        }
    }
}

#[test]
fn at_random_no_row_says_that_less_is_used_than_memory_does() {
    let (mut over, mut changes) = (0, 0);
    for (seed, kind) in (0..196).zip(KINDS.into_iter().cycle()) {
        let mut random = Random(seed);
        let mut limit = random_rate(kind, "one", &mut random);
        let (mut object, mut now, mut version) = (Object::<Account>::new(), START, 1);
        for _ in 0..200 {
            now = now.after(random_pause(&limit, &mut random));
            object.rest(now);
            let (mut live, mut resumed) = (object.clone(), object.clone());
            resumed.lose_memory();
            let look = of_version(version, &limit, 0);
            let (live, row) = (live.ask(&look, now), resumed.ask(&look, now));
            assert!(row.standings[0].remaining <= live.standings[0].remaining);
            assert!(row.standings[0].full >= live.standings[0].full);
            let is_over = row.standings[0].full.is_zero();
            over += u64::from(is_over);
            if is_over && random.below(3) == 0 {
                (version, changes) = (version + 1, changes + 1);
                limit = random_rate(kind, "one", &mut random);
            }
            object.ask(&of_version(version, &limit, random.below(4)), now);
        }
    }
    println!("{over} times nothing was used, {changes} policies");
    assert!(over > 1_000 && changes > 300);
}
