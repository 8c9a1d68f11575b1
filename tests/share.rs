//! A share of a limit is a limit of its own, never more than the whole and never nothing.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::{Algorithm, Limit, Share};
use headgate::object::{Account, Ask};
use headgate::subject::Outcome;
use headgate::time::Millis;
use support::object::Object;
use support::rates::{KINDS, sized};
use support::{START, ask, cap, lane, limit, quota};

const DAY: u64 = 86_400_000;

fn share(percent: u64, whole: &Limit, cost: u64) -> Limit {
    let algorithm = Share::new(percent).of(&whole.algorithm, cost);
    Limit {
        algorithm,
        ..whole.clone()
    }
}

/// How many requests of that cost pass at once.
fn burst(limit: &Limit, cost: u64) -> u64 {
    let mut object = Object::<Account>::new();
    let ask: Ask = ask(std::slice::from_ref(limit), cost);
    let mut passed = 0;
    while passed < 1_000 && object.ask(&ask, START).outcome == Outcome::Admitted {
        passed += 1;
    }
    passed
}

#[test]
fn a_tenth_of_a_limit_lets_a_tenth_pass_at_once() {
    for kind in KINDS {
        let whole = sized(kind, "day", 200, DAY, 24);
        let tenth = share(10, &whole, 1);
        assert_eq!(burst(&tenth, 1), 20, "{kind:?}");
        let windows = [&tenth, &whole].map(|limit| limit.algorithm.window(START));
        assert_eq!(windows[0], windows[1], "{kind:?}");
    }
}

#[test]
fn a_bucket_refills_by_its_share_too() {
    let tenth = quota(&share(10, &limit("minute", 200, 60_000, 50), 1));
    assert_eq!(
        (tenth.units(), tenth.burst(), tenth.window()),
        (20, 5, Millis(60_000))
    );
    let dear = quota(&share(10, &limit("minute", 200, 60_000, 50), 40));
    assert_eq!((dear.units(), dear.burst()), (20, 40));
}

#[test]
fn a_share_is_never_more_than_the_limit_and_at_least_one_unit() {
    for kind in KINDS {
        for units in [1, 2, 3, 9, 99, 100, 101] {
            let whole = sized(kind, "day", units, DAY, 24);
            for percent in [1, 2, 33, 50, 99, 100] {
                let passed = burst(&share(percent, &whole, 1), 1);
                let exact = units * percent / 100;
                assert_eq!(passed, exact.max(1), "{percent} % of {units}, {kind:?}");
            }
        }
    }
}

#[test]
fn a_cost_that_the_limit_allows_at_once_passes_under_every_share_and_another_never() {
    for kind in KINDS {
        let whole = sized(kind, "day", 50, DAY, 24);
        assert_eq!(burst(&share(10, &whole, 50), 50), 1, "{kind:?}");
        assert_eq!(burst(&share(10, &whole, 51), 51), 0, "{kind:?}");
        assert!(share(10, &whole, 51).algorithm.units() <= 50);
    }
}

#[test]
fn requests_of_any_cost_spend_of_the_same_share() {
    let orders = [(&[3, 20, 1, 3, 1, 3, 20, 1][..], 9), (&[20, 1, 3, 20], 20)];
    for kind in KINDS {
        let whole = sized(kind, "day", 100, DAY, 24);
        for (costs, expected) in orders {
            let mut object = Object::<Account>::new();
            let mut spent = 0;
            for cost in costs {
                let ask = ask(&[share(10, &whole, *cost)], *cost);
                if object.ask(&ask, START).outcome == Outcome::Admitted {
                    spent += cost;
                }
            }
            assert_eq!(spent, expected, "{kind:?}");
        }
    }
}

#[test]
fn a_lane_has_a_share_of_its_slots_and_nobody_waits_for_one() {
    let Algorithm::Concurrency(whole) = lane("lane", 30).algorithm else {
        unreachable!("a lane is one")
    };
    for (percent, slots) in [(1, 1), (10, 3), (39, 11), (100, 30)] {
        let Algorithm::Concurrency(share) = share(percent, &lane("lane", 30), 500).algorithm else {
            unreachable!("a lane stays one")
        };
        assert_eq!((share.slots(), share.patience()), (slots, Millis(0)));
        assert_eq!(share.lease(), whole.lease());
        assert_eq!(share.retry_after(), whole.retry_after());
    }
}

#[test]
fn of_a_cap_there_is_no_share() {
    let cap = cap("active", 7);
    assert_eq!(share(10, &cap, 1), cap);
}

#[test]
fn a_share_is_one_to_a_hundred_percent() {
    let percents = [0, 1, 100, 101, u64::MAX].map(|percent| Share::new(percent).percent());
    assert_eq!(percents, [1, 1, 100, 100, 100]);
}
