//! A short run of the simulator, and that it is what it says: the same from the same seed, and full of faults.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use headgate_sim::fault::Fault;
use headgate_sim::report::Report;
use headgate_sim::{replay, run};

/// As much as `npm run mutate:simulate` gives each planted bug.
const SEEDS: u64 = 900;
const STEPS: u64 = 3_000;

#[test]
fn in_many_worlds_no_promise_is_broken_whatever_goes_wrong() {
    let mut sum = Report::default();
    for seed in 0..SEEDS {
        let report = run(seed, STEPS);
        sum.add(&report.unwrap_or_else(|broken| panic!("seed {seed}: {broken}")));
    }
    println!("{sum}");
    assert!(sum.steps >= SEEDS * STEPS / 2);
    for fault in Fault::ALL {
        assert!(
            sum.injected.of(fault) > 0,
            "{} never happened",
            fault.words()
        );
    }
    for (what, count) in [
        ("let in", sum.admitted),
        ("refused", sum.refused),
        ("refused by an isolate that knew it", sum.repeated_denials),
        ("renewed", sum.renewals),
        ("tried out", sum.waits),
        ("lost", sum.losses),
        ("let in beside shadow limits", sum.judged),
        ("let in that shadow limits would deny", sum.would_deny),
    ] {
        assert!(count > 100, "only {count} were {what}");
    }
}

#[test]
fn the_same_seed_is_the_same_world_to_the_last_message() {
    for seed in [1, 7, 42] {
        let (first, its_trace) = replay(seed, STEPS);
        let (second, other_trace) = replay(seed, STEPS);
        assert_eq!(first, second);
        assert!(its_trace.lines().len() > 100);
        assert_eq!(its_trace.lines(), other_trace.lines());
    }
}
