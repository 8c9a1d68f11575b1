//! A shard's subjects: each has its own budget, whatever its neighbours do and whenever memory is lost.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::{MAX_SUBJECTS, QUIET_AFTER};
use headgate::limit::Limit;
use headgate::object::{Ask, Owner, Shard, SubjectId};
use headgate::subject::Outcome;
use headgate::time::{Millis, UnixMillis};
use std::collections::BTreeMap;
use support::crowd::{ask_of, subject};
use support::object::{Fault, Object};
use support::oracle::Oracle;
use support::{Random, START, limit};

const STEPS: u64 = 200_000;

/// Subjects of different tiers live side by side: fast refills and slow ones, one limit and two.
fn limits_of(number: u64) -> Vec<Limit> {
    match number % 4 {
        0 => vec![limit("second", 100, 1_000, 100)],
        1 => vec![
            limit("second", 5, 1_000, 5),
            limit("minute", 60, 60_000, 60),
        ],
        2 => vec![limit("minute", 20, 60_000, 20)],
        _ => vec![limit("odd", 7, 3_000, 30)],
    }
}

/// What a subject asks, all of them on two pages: every row is about many.
fn crowded(number: u64, cost: u64) -> Ask {
    let mut ask = ask_of(number, &limits_of(number), cost);
    if let Some(SubjectId([first, ..])) = &mut ask.subject {
        *first %= 8;
    }
    ask
}

#[test]
fn every_subject_keeps_its_own_budget_with_memory_lost_at_random() {
    let (mut admitted, mut refused, mut lost) = (0_u64, 0_u64, 0_u64);
    // Few subjects and short pauses, then many and long ones.
    for (seed, subjects, pause, losses) in [
        (1, 40, 6, 20),
        (2, 40, 60, 20),
        (3, 300, 3, 20),
        (4, 9, 3, 200),
    ] {
        let (mut random, mut now) = (Random(seed), START);
        let mut object = Object::<Shard>::new();
        let mut oracles: BTreeMap<u64, Oracle> = BTreeMap::new();
        for step in 0..STEPS / 4 {
            now = now.after(Millis(random.below(2 * pause)));
            if !random.one_in(8) {
                object.rest(now);
            }
            // Some subjects come much more often than others.
            let number = random.below(subjects).min(random.below(subjects));
            let oracle = oracles
                .entry(number)
                .or_insert_with(|| Oracle::new(&limits_of(number)));
            if random.one_in(20) {
                let most = allowance_after_a_loss(&object, number, now);
                assert!(
                    most <= oracle.left(now).into_iter().min().unwrap(),
                    "would over-admit: seed {seed}, step {step}"
                );
            }
            if random.one_in(losses) {
                object.lose_memory();
                lost += 1;
            }
            let ask = crowded(number, random.below(3));
            let decision = match random.below(100) {
                0 => object.ask_with_fault(&ask, now, Fault::BeforeWrite),
                1 => object.ask_with_fault(&ask, now, Fault::AfterWrite),
                _ => Some(object.ask(&ask, now)),
            };
            if decision.is_some_and(|decision| decision.outcome == Outcome::Admitted) {
                assert!(
                    oracle.take(ask.cost, now),
                    "over-admission: seed {seed}, step {step}"
                );
                admitted += 1;
            } else {
                refused += 1;
            }
        }
    }
    println!("{admitted} admitted, {refused} refused, memory lost {lost} times, over-admission 0");
    assert!(admitted > STEPS / 2 && refused > STEPS / 20 && lost > STEPS / 50);
}

/// What a subject could take at once if memory were lost now.
fn allowance_after_a_loss(object: &Object<Shard>, number: u64, now: UnixMillis) -> u64 {
    let mut object = object.clone();
    object.lose_memory();
    let looked = object.ask(&crowded(number, 0), now);
    let left = looked.standings.iter().map(|s| s.remaining);
    left.min().unwrap()
}

#[test]
fn without_memory_loss_every_decision_is_the_oracles_though_full_subjects_are_let_go() {
    let (mut random, mut now) = (Random(5), START);
    let (mut object, mut oracles) = (Object::<Shard>::new(), BTreeMap::new());
    let (mut most, mut sweeps) = (0, 0);
    for step in 0..STEPS / 4 {
        now = now.after(Millis(random.below(11)));
        object.rest(now);
        let number = random.below(8_000);
        let limits = [limit("second", 4, 1_000, 4), limit("odd", 7, 3_000, 6)];
        let (cost, before) = (random.below(6), object.machine().len());
        let decision = object.ask(&ask_of(number, &limits, cost), now);
        let oracle = oracles
            .entry(number)
            .or_insert_with(|| Oracle::new(&limits));
        let passes = oracle.take(cost, now);
        assert_eq!(decision.outcome == Outcome::Admitted, passes, "step {step}");
        let remaining: Vec<u64> = decision.standings.iter().map(|s| s.remaining).collect();
        assert_eq!(remaining, oracle.left(now), "step {step}");
        most = most.max(before);
        sweeps += u64::from(object.machine().len() < before);
    }
    println!("at most {most} subjects, {sweeps} sweeps");
    assert!(most == MAX_SUBJECTS && sweeps > 3);
}

#[test]
fn a_subject_is_kept_while_its_mark_can_be_granted_into_though_its_bucket_is_full() {
    let limits = [limit("second", 100, 1_000, 100)];
    // Two on one page, so that a grant of one writes the row of the other.
    let [busy, other] = [1, 2].map(|last| {
        let mut id = [9; 16];
        id[15] = last;
        move |ask: Ask| Ask {
            subject: Some(SubjectId(id)),
            ..ask
        }
    });
    let ask = support::ask(&limits, 1);
    let (mut object, mut oracle, mut now) = (Object::<Shard>::new(), Oracle::new(&limits), START);
    for _ in 0..30 {
        now = now.after(Millis(10));
        assert!(object.admits(&busy(ask.clone()), now) && oracle.take(1, now));
    }
    now = now.after(Millis(15));
    assert!(object.admits(&other(ask.clone()), now));
    let mut unwritten = 0;
    loop {
        let mut next = object.clone();
        assert!(next.admits(&busy(ask.clone()), now));
        if next.rows_written > object.rows_written {
            break;
        }
        (object, unwritten) = (next, unwritten + 1);
        assert!(oracle.take(1, now));
    }
    assert!(unwritten > 0);
    object.lose_memory();
    while object.admits(&busy(ask.clone()), now) {
        assert!(oracle.take(1, now), "granted again what was granted before");
    }
}

#[test]
fn a_decision_writes_one_row_at_most() {
    let (mut random, mut now, mut object) = (Random(6), START, Object::<Shard>::new());
    for _ in 0..20_000 {
        now = now.after(Millis(random.below(20)));
        object.rest(now);
        let (number, before) = (random.below(300), object.rows_written);
        object.ask(&ask_of(number, &limits_of(number), random.below(3)), now);
        assert!(object.rows_written - before <= 1);
    }
}

#[test]
fn a_subject_falls_quiet_by_itself_however_busy_the_others_are() {
    let limits = [limit("minute", 200, 60_000, 200)];
    let (mut object, mut now) = (Object::<Shard>::new(), START);
    for _ in 0..30 {
        now = now.after(Millis(10));
        assert!(object.admits(&ask_of(0, &limits, 1), now));
    }
    let quiet = now.after(QUIET_AFTER);
    assert_eq!(object.machine().next_wake(), Some(quiet));
    while now < quiet {
        now = now.after(Millis(50));
        object.rest(now);
        assert!(object.admits(&ask_of(1, &limits, 1), now));
    }
    let wake = object.machine().next_wake();
    assert!(
        wake.is_some_and(|wake| wake > quiet),
        "now for the busy one"
    );
    let exact = object.ask(&ask_of(0, &limits, 0), now);
    object.lose_memory();
    assert_eq!(object.ask(&ask_of(0, &limits, 0), now), exact);
}

#[test]
fn once_all_are_quiet_losing_memory_changes_no_decision() {
    for seed in 0..30 {
        let (mut random, mut now, mut object) = (Random(seed), START, Object::<Shard>::new());
        for _ in 0..300 {
            now = now.after(Millis(random.below(10)));
            object.rest(now);
            let number = random.below(12);
            object.ask(
                &ask_of(number, &limits_of(number), 1 + random.below(2)),
                now,
            );
        }
        // Then everybody at once, so that one wake is for all.
        for call in 0..120 {
            let number = call % 12;
            object.ask(&ask_of(number, &limits_of(number), 1), now);
        }
        now = now.after(QUIET_AFTER);
        object.rest(now);
        assert_eq!(object.machine().next_wake(), None);
        let mut forgetful = object.clone();
        forgetful.lose_memory();
        for _ in 0..300 {
            now = now.after(Millis(random.below(10)));
            let number = random.below(12);
            let ask = ask_of(number, &limits_of(number), random.below(3));
            assert_eq!(
                object.ask(&ask, now),
                forgetful.ask(&ask, now),
                "seed {seed}"
            );
        }
    }
}

#[test]
fn subjects_spread_over_all_pages() {
    let limits = [limit("day", 5, 86_400_000, 5)];
    let mut object = Object::<Shard>::new();
    for number in 0..1_000 {
        assert!(object.admits(&ask_of(number, &limits, 1), START));
    }
    assert_eq!(object.rows.len(), 64);
    for (page, bytes) in &object.rows {
        let row = headgate::object::Page::decode(bytes).unwrap();
        for (id, _) in &row.subjects {
            assert_eq!(id.0[0] / 4, *page, "pages are ranges of ids");
        }
    }
    object.lose_memory();
    assert_eq!(object.machine().len(), 1_000);
    assert_ne!(subject(1), subject(2));
}
