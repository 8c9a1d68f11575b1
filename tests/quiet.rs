//! The quiet write: half a second after the last grant, and from then on losing memory costs nothing.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::QUIET_AFTER;
use headgate::limit::Limit;
use headgate::object::{Account, Owner};
use headgate::subject::Outcome;
use headgate::time::{Millis, UnixMillis};
use proptest::prelude::*;
use support::any::{kept, story};
use support::object::Object;
use support::{START, ask, limit, ticksupply};

/// An account with so many grants behind it, `gap` apart, and the time of the last one.
fn with_grants(limits: &[Limit], count: u64, gap: Millis) -> (Object<Account>, UnixMillis) {
    let (mut object, mut now) = (Object::<Account>::new(), START);
    for _ in 0..count {
        now = now.after(gap);
        assert!(object.admits(&ask(limits, 1), now));
    }
    (object, now)
}

#[test]
fn marks_double_while_grants_keep_coming_and_end_with_one_exact_write() {
    let mut rows = Vec::new();
    let (mut object, mut now) = (Object::<Account>::new(), START);
    for call in 1..=40 {
        now = now.after(Millis(1));
        let before = object.rows_written;
        assert!(object.admits(&ask(&ticksupply(), 1), now));
        if object.rows_written > before {
            rows.push(call);
        }
    }
    // Marks that cover 1, 2, 4, 8, 16 units, then what the hourly limit may reserve: 17.
    assert_eq!(rows, [1, 2, 4, 8, 16, 32]);
    let wake = object.machine().next_wake();
    assert_eq!(wake, Some(now.after(QUIET_AFTER)));
    let before = object.rows_written;
    object.rest(now.after(Millis(499)));
    assert_eq!(object.rows_written, before, "not yet quiet");
    object.rest(now.after(Millis(60_000)));
    assert_eq!(object.rows_written, before + 1);
}

#[test]
fn a_pause_of_half_a_second_makes_the_next_mark_exact_again() {
    for (pause, wakes) in [(499, true), (500, false), (11_000, false)] {
        let (mut object, last) = with_grants(&ticksupply(), 16, Millis(10));
        let now = last.after(Millis(pause));
        object.rest(now);
        // Enough grants of one instant to pass the mark that the last ones left.
        let mut rows = Vec::new();
        while rows.len() < 2 {
            let before = object.rows_written;
            assert!(object.admits(&ask(&ticksupply(), 1), now));
            if object.rows_written > before {
                rows.push(object.machine().next_wake().is_some());
            }
        }
        assert_eq!(rows, [wakes, true], "after {pause} ms");
    }
}

#[test]
fn refusals_and_looks_do_not_put_the_quiet_write_off() {
    let (mut object, last) = with_grants(&ticksupply(), 30, Millis(10));
    let quiet = last.after(QUIET_AFTER);
    for ms in (0..500).step_by(50) {
        object.ask(&ask(&ticksupply(), 0), last.after(Millis(ms)));
        object.ask(&ask(&ticksupply(), 500), last.after(Millis(ms)));
        assert_eq!(object.machine().next_wake(), Some(quiet));
    }
    object.rest(quiet);
    assert_eq!(object.machine().next_wake(), None);
}

#[test]
fn a_mark_that_time_has_overtaken_needs_no_write() {
    let limits = [limit("second", 100, 1_000, 100)];
    let (mut object, last) = with_grants(&limits, 40, Millis(10));
    assert!(object.machine().next_wake().is_some(), "behind its mark");
    let rows = object.rows_written;
    object.rest(last.after(Millis(10_000)));
    assert_eq!(
        object.rows_written, rows,
        "full again long before it is quiet"
    );
}

#[test]
fn a_wake_that_comes_late_or_too_early_or_twice_does_no_harm() {
    let (mut object, last) = with_grants(&ticksupply(), 20, Millis(10));
    let early = object.machine().wake(last.after(Millis(499)));
    assert_eq!(early, [], "not yet quiet");
    assert_eq!(object.machine().wake(last.after(Millis(3_000))).len(), 1);
    assert_eq!(object.machine().wake(last.after(Millis(3_000))), []);
    let mut fresh = Object::<Account>::new();
    assert_eq!(fresh.machine().wake(START), []);
}

proptest! {
    #![proptest_config(kept())]

    #[test]
    fn the_quiet_write_comes_half_a_second_after_the_last_grant_and_only_while_behind(story in story()) {
        let (mut object, mut last) = (Object::<Account>::new(), START);
        for (ask, now) in story.asks() {
            object.rest(now);
            if object.admits(&ask, now) && ask.cost > 0 {
                last = now;
            }
            let wake = object.machine().next_wake();
            prop_assert!(wake.is_none_or(|wake| wake == last.after(QUIET_AFTER)));
            // Without one there is nothing to lose.
            if wake.is_none() {
                let lost = without_memory(&object);
                prop_assert_eq!(seen(&object, &story.limits, now), seen(&lost, &story.limits, now));
            }
        }
    }

    #[test]
    fn after_the_quiet_write_losing_memory_changes_no_decision(story in story(), cut in 1..59_usize) {
        let mut object = Object::<Account>::new();
        for (ask, now) in story.asks().take(cut) {
            object.rest(now);
            object.ask(&ask, now);
        }
        let last = story.calls[cut.min(story.calls.len()) - 1].at;
        object.rest(last.after(QUIET_AFTER));
        prop_assert_eq!(object.machine().next_wake(), None);
        let mut forgetful = without_memory(&object);
        for (ask, now) in story.asks().skip(cut) {
            let now = now.after(QUIET_AFTER);
            prop_assert_eq!(object.ask(&ask, now), forgetful.ask(&ask, now));
        }
    }

    #[test]
    fn a_decision_writes_one_row_at_most_and_only_a_grant_does(story in story()) {
        let mut object = Object::<Account>::new();
        for (ask, now) in story.asks() {
            let before = object.rows_written;
            let outcome = object.ask(&ask, now).outcome;
            let may_write = u64::from(outcome == Outcome::Admitted && ask.cost > 0);
            prop_assert!(object.rows_written - before <= may_write);
        }
    }
}

fn without_memory(object: &Object<Account>) -> Object<Account> {
    let mut object = object.clone();
    object.lose_memory();
    object
}

/// When each bucket is full: as exactly as a client could ever tell two states apart.
fn seen(object: &Object<Account>, limits: &[Limit], now: UnixMillis) -> Vec<Millis> {
    let decision = object.clone().ask(&ask(limits, 0), now);
    decision.standings.iter().map(|s| s.full).collect()
}
