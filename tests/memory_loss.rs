//! Write-ahead marks: whatever is lost and whenever, no more passes than the limits allow, and a client that
//! keeps within them is not refused.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::Limit;
use headgate::object::{Account, Owner};
use headgate::subject::Outcome;
use headgate::time::{Millis, UnixMillis};
use support::object::{Fault, Object};
use support::oracle::Oracle;
use support::{Random, START, ask, limit, ticksupply};

const STEPS: u64 = 1_000_000;

fn mixes() -> Vec<Vec<Limit>> {
    vec![
        ticksupply(),
        vec![
            limit("second", 100, 1_000, 100),
            limit("minute", 3_000, 60_000, 3_000),
        ],
        vec![
            limit("odd", 7, 60_000, 3),
            limit("day", 999, 86_400_000, 40),
        ],
        vec![limit("one", 1, 11_000, 1)],
    ]
}

/// A pause as clients make them: mostly bursts, sometimes seconds, sometimes long.
fn pause(random: &mut Random) -> Millis {
    Millis(match random.below(100) {
        0..50 => 0,
        50..80 => random.below(50),
        80..95 => random.below(2_000),
        95..99 => random.below(15_000),
        _ => random.below(400_000),
    })
}

#[test]
fn a_million_steps_with_memory_lost_at_random_admit_nothing_beyond_the_limits() {
    let (mut admitted, mut lost, mut rows) = (0_u64, 0_u64, 0);
    for (seed, limits) in (1..).zip(mixes()) {
        let (mut random, mut now) = (Random(seed), START);
        let (mut object, mut oracle) = (Object::<Account>::new(), Oracle::new(&limits));
        for step in 0..STEPS / 4 {
            now = now.after(pause(&mut random));
            if !random.one_in(8) {
                object.rest(now);
            }
            if random.one_in(20) {
                object.lose_memory();
                lost += 1;
            }
            let ask = ask(&limits, random.below(3));
            let decision = match random.below(50) {
                0 => object.ask_with_fault(&ask, now, Fault::BeforeWrite),
                1 => object.ask_with_fault(&ask, now, Fault::AfterWrite),
                _ => Some(object.ask(&ask, now)),
            };
            if decision.is_some_and(|d| d.outcome == Outcome::Admitted) {
                assert!(
                    oracle.take(ask.cost, now),
                    "over-admission: seed {seed}, step {step}"
                );
                admitted += 1;
            }
        }
        rows += object.rows_written;
    }
    println!(
        "{STEPS} steps, {admitted} admitted, memory lost {lost} times, {rows} rows, over-admission 0"
    );
    assert!(admitted > STEPS / 20 && lost > STEPS / 25);
}

#[test]
fn without_memory_loss_every_decision_and_every_remaining_is_the_oracles() {
    for (seed, limits) in (11..).zip(mixes()) {
        let (mut random, mut now) = (Random(seed), START);
        let (mut object, mut oracle) = (Object::<Account>::new(), Oracle::new(&limits));
        for step in 0..50_000 {
            now = now.after(pause(&mut random));
            object.rest(now);
            let cost = random.below(4);
            let decision = object.ask(&ask(&limits, cost), now);
            let passes = oracle.take(cost, now);
            assert_eq!(
                decision.outcome == Outcome::Admitted,
                passes,
                "seed {seed}, step {step}"
            );
            let remaining: Vec<u64> = decision.standings.iter().map(|s| s.remaining).collect();
            assert_eq!(remaining, oracle.left(now), "seed {seed}, step {step}");
        }
    }
}

#[test]
fn two_instances_at_once_still_hold_the_limit_together() {
    let limits = ticksupply();
    for seed in 0..200 {
        let (mut random, mut now, mut oracle) = (Random(seed), START, Oracle::new(&limits));
        let mut object = Object::<Account>::new();
        for _ in 0..random.below(60) {
            now = now.after(Millis(random.below(400)));
            assert!(!object.admits(&ask(&limits, 1), now) || oracle.take(1, now));
        }
        // The platform starts a second instance on the same rows; the first one can no longer write.
        let mut cut_off = object.clone();
        object.lose_memory();
        for _ in 0..600 {
            now = now.after(Millis(random.below(30)));
            let unwritten = random.one_in(2)
                && cut_off.memory.is_some()
                && cut_off
                    .ask_with_fault(&ask(&limits, 1), now, Fault::BeforeWrite)
                    .is_some_and(|d| d.outcome == Outcome::Admitted);
            assert!(
                !unwritten || oracle.take(1, now),
                "the old instance over-admitted: seed {seed}"
            );
            assert!(
                !object.admits(&ask(&limits, 1), now) || oracle.take(1, now),
                "seed {seed}"
            );
        }
    }
}

#[test]
fn a_bucket_that_was_full_at_the_last_write_does_not_grant_its_lead_twice() {
    let limits = [limit("second", 100, 1_000, 100)];
    let (mut object, mut oracle) = (Object::<Account>::new(), Oracle::new(&limits));
    let mut now = START;
    for _ in 0..40 {
        // Long enough that the clock alone carries the live state up to the mark.
        now = now.after(Millis(90));
        for _ in 0..300 {
            let passes = object.admits(&ask(&limits, 1), now);
            assert!(!passes || oracle.take(1, now));
        }
        object.lose_memory();
    }
}

#[test]
fn one_call_every_eleven_seconds_is_never_refused_and_writes_one_row() {
    let limits = [
        limit("minute", 6, 60_000, 2),
        limit("hour", 330, 3_600_000, 2),
    ];
    let (mut object, mut now) = (Object::<Account>::new(), START);
    for call in 0..2_000 {
        assert!(object.admits(&ask(&limits, 1), now), "call {call}");
        assert_eq!(
            object.machine().next_wake(),
            None,
            "exact at once, no timer"
        );
        object.lose_memory();
        now = now.after(Millis(11_000));
    }
    assert_eq!(object.rows_written, 2_000);
}

#[test]
fn bursts_of_nine_tenths_of_what_the_pause_refills_are_never_refused() {
    let limits = [limit("minute", 200, 60_000, 200)];
    let (mut object, mut now, mut calls) = (Object::<Account>::new(), START, 0);
    drain(&mut object, &limits, now);
    for _ in 0..1_000 {
        now = now.after(Millis(11_000));
        object.rest(now);
        object.lose_memory();
        for _ in 0..33 {
            assert!(object.admits(&ask(&limits, 1), now));
            calls += 1;
        }
    }
    println!(
        "bursts of 33 with 11 s pauses: {:.3} rows per request",
        ratio(object.rows_written, calls)
    );
}

fn drain(object: &mut Object<Account>, limits: &[Limit], now: UnixMillis) {
    let is_empty = (0..10_000).any(|_| !object.admits(&ask(limits, 1), now));
    assert!(is_empty, "no end to it");
}

#[expect(clippy::cast_precision_loss, reason = "a figure to print")]
fn ratio(rows: u64, requests: u64) -> f64 {
    rows as f64 / requests as f64
}

/// Rows per admitted request for calls that come `gap` apart, over 20 minutes.
fn rows_per_request(limits: &[Limit], gap: Millis) -> f64 {
    let (mut object, mut now, mut admitted) = (Object::<Account>::new(), START, 0);
    while now < START.after(Millis(1_200_000)) {
        now = now.after(gap);
        object.rest(now);
        admitted += u64::from(object.admits(&ask(limits, 1), now));
    }
    ratio(object.rows_written, admitted)
}

#[test]
fn rows_per_admitted_request_stay_within_the_budget() {
    let steady = rows_per_request(&ticksupply(), Millis(300));
    let fast = rows_per_request(&[limit("minute", 6_000, 60_000, 6_000)], Millis(10));
    println!("rows per admitted request: {steady:.4} at 200/min, {fast:.4} at 100/s");
    assert!(steady <= 0.06 && fast <= 0.01);
}

#[test]
fn a_crash_costs_less_than_the_documented_lead() {
    let limits = ticksupply();
    for seed in 0..300 {
        let (mut random, mut now) = (Random(seed), START);
        let (mut object, mut oracle) = (Object::<Account>::new(), Oracle::new(&limits));
        for _ in 0..50 + random.below(400) {
            now = now.after(Millis(random.below(200)));
            assert!(!object.admits(&ask(&limits, 1), now) || oracle.take(1, now));
        }
        object.lose_memory();
        let left = object.ask(&ask(&limits, 0), now).standings;
        for ((standing, exact), lead) in left.iter().zip(oracle.left(now)).zip([20, 17]) {
            assert!(
                exact - standing.remaining < lead,
                "seed {seed}: {exact} became {}",
                standing.remaining
            );
        }
    }
}
