//! Shadow limits on what is in flight, and in requests that are asked again.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::lease::LeaseId;
use headgate::object::{Account, Ask};
use headgate::subject::{Outcome, Renewal};
use headgate::time::{Millis, UnixMillis};
use std::collections::BTreeMap;
use support::object::Object;
use support::shadows::{beside, enforced, names};
use support::{Random, START, ask, lane, limit};

#[test]
fn a_shadow_lane_counts_the_exchanges_that_it_would_let_in() {
    let (mut random, mut said) = (Random(4), 0);
    for _ in 0..50 {
        let slots = 1 + random.below(6);
        let shadows = [lane("lane", slots)];
        let limits = [limit("minute", 40, 60_000, 40)];
        let (mut with, mut without) = (Object::<Account>::new(), Object::<Account>::new());
        // When the lease of whom the lane would have let in ends.
        let mut held: BTreeMap<u64, UnixMillis> = BTreeMap::new();
        let mut now = START;
        for number in 0..400_u64 {
            now = now.after(Millis(if random.one_in(30) {
                31_000
            } else {
                random.below(1_500)
            }));
            with.rest(now);
            without.rest(now);
            held.retain(|_, ends| *ends > now);
            if random.one_in(2) {
                let over = random.below(number + 1);
                held.remove(&over);
                with.release(&[lease(over)], now);
            }
            let asked = Ask {
                lease: Some(lease(number)),
                ..ask(&limits, 1)
            };
            let decision = with.ask(&beside(&asked, &shadows), now);
            let is_full = held.len() as u64 >= slots;
            let is_admitted = decision.outcome == Outcome::Admitted;
            assert_eq!(names(&decision) == ["lane"], is_admitted && is_full);
            assert_eq!(decision.grant.is_some(), is_admitted && !is_full);
            if decision.grant.is_some() {
                held.insert(number, now.after(Millis(30_000)));
            }
            said += u64::from(is_admitted && is_full);
            assert_eq!(enforced(decision), enforced(without.ask(&asked, now)));
        }
    }
    assert!(said > 1_000, "{said}");
}

fn lease(number: u64) -> LeaseId {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_le_bytes());
    LeaseId(id)
}

#[test]
fn a_request_that_is_asked_again_is_judged_once() {
    let (limits, shadows) = ([lane("lane", 8)], [limit("minute", 2, 60_000, 2)]);
    let mut object = Object::<Account>::new();
    let asked = |number| Ask {
        lease: Some(lease(number)),
        ..beside(&ask(&limits, 1), &shadows)
    };
    for number in [1, 1, 1, 2, 2] {
        assert_eq!(names(&object.ask(&asked(number), START)), [""; 0]);
    }
    assert_eq!(names(&object.ask(&asked(3), START)), ["minute"]);
    assert_eq!(names(&object.ask(&asked(3), START)), [""; 0]);
}

#[test]
fn a_slot_of_a_shadow_lane_is_renewed_and_costs_no_row() {
    let shadows = [lane("lane", 1)];
    let mut object = Object::<Account>::new();
    let limits = [limit("minute", 40, 60_000, 40)];
    let asked = |number| Ask {
        lease: Some(lease(number)),
        ..beside(&ask(&limits, 1), &shadows)
    };
    let grant = object.ask(&asked(1), START).grant.unwrap();
    let renewal = Renewal {
        lane: shadows[0].name.clone(),
        lease: lease(1),
        incarnation: grant.incarnation,
    };
    let rows = object.rows_written;
    for third in 1..9 {
        let now = START.after(Millis(third * 10_000));
        assert!(object.renew(&renewal, now).is_some());
    }
    assert_eq!(object.rows_written, rows);
    let after = START.after(Millis(100_000));
    assert_eq!(names(&object.ask(&asked(2), after)), ["lane"]);
    let ended = START.after(Millis(110_000));
    assert!(object.renew(&renewal, ended).is_none());
    assert_eq!(names(&object.ask(&asked(3), ended)), [""; 0]);
}

#[test]
fn a_slot_of_a_shadow_lane_outlives_memory_that_is_lost_in_quiet() {
    let shadows = [lane("lane", 1)];
    let mut object = Object::<Account>::new();
    let asked = |number| Ask {
        lease: Some(lease(number)),
        ..beside(&ask(&[], 1), &shadows)
    };
    object.ask(&asked(1), START);
    assert_eq!(object.rows_written, 0, "it is no promise");
    let quiet = START.after(Millis(500));
    object.rest(quiet);
    assert_eq!(object.rows_written, 1);
    object.lose_memory();
    assert_eq!(names(&object.ask(&asked(2), quiet)), ["lane"]);
    object.release(&[lease(1)], quiet);
    object.rest(quiet.after(Millis(500)));
    object.lose_memory();
    assert_eq!(names(&object.ask(&asked(3), quiet)), [""; 0]);
}
