//! Limits that become shadow limits, and shadow limits that become limits: what is used of them stays used, the newest
//! policy says which they are, and what is enforced is never passed.

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
use headgate::time::Millis;
use std::slice::from_ref;
use support::object::{Fault, Object};
use support::oracle::Oracle;
use support::rates::{KINDS, most, of_part, random_pause, random_rate};
use support::{Random, START, ask, ask_slot, lane, limit};

/// An ask under a limit as the policy of that version has it.
fn of_version(version: u64, limit: &Limit, is_shadow: bool, cost: u64) -> Ask {
    let (limits, shadows) = if is_shadow {
        (vec![], vec![limit.clone()])
    } else {
        (vec![limit.clone()], vec![])
    };
    Ask {
        version,
        shadows,
        ..ask(&limits, cost)
    }
}

fn passes(object: &mut Object<Account>, ask: &Ask) -> bool {
    object.ask(ask, START).outcome == Outcome::Admitted
}

#[test]
fn what_a_shadow_limit_was_charged_stays_used_when_it_is_enforced() {
    for is_lost in [false, true] {
        let (mut object, minute) = (Object::<Account>::new(), limit("minute", 10, 60_000, 10));
        for _ in 0..25 {
            assert!(passes(&mut object, &of_version(1, &minute, true, 1)));
        }
        if is_lost {
            object.rest(START.after(Millis(500)));
            object.lose_memory();
        }
        assert!(!passes(&mut object, &of_version(2, &minute, false, 1)));
        object.lose_memory();
        assert!(!passes(&mut object, &of_version(2, &minute, false, 1)));
    }
}

#[test]
fn what_a_limit_was_charged_stays_used_when_it_becomes_a_shadow() {
    let (mut object, minute) = (Object::<Account>::new(), limit("minute", 10, 60_000, 10));
    for _ in 0..10 {
        assert!(passes(&mut object, &of_version(1, &minute, false, 1)));
    }
    assert!(!passes(&mut object, &of_version(1, &minute, false, 1)));
    let decision = object.ask(&of_version(2, &minute, true, 1), START);
    assert_eq!(decision.outcome, Outcome::Admitted);
    assert_eq!(decision.would_deny, [minute.name]);
}

#[test]
fn the_newest_policy_says_what_is_a_shadow_even_after_memory_is_lost() {
    let minute = limit("minute", 10, 60_000, 10);
    for part in [None, Some(7)] {
        let minute = part.map_or_else(|| minute.clone(), |part| of_part(&minute, part));
        for is_lost in [false, true] {
            let (mut object, mut other) = (Object::<Account>::new(), Object::<Account>::new());
            for _ in 0..10 {
                assert!(passes(&mut object, &of_version(2, &minute, false, 1)));
                assert!(passes(&mut other, &of_version(2, &minute, true, 1)));
            }
            other.rest(START.after(Millis(500)));
            if is_lost {
                object.lose_memory();
                other.lose_memory();
            }
            assert!(!passes(&mut object, &of_version(1, &minute, true, 1)));
            let decision = other.ask(&of_version(1, &minute, false, 1), START);
            assert_eq!(decision.outcome, Outcome::Admitted);
            assert_eq!(decision.would_deny, from_ref(&minute.name));
        }
    }
}

#[test]
fn a_lane_that_is_enforced_counts_who_came_while_it_was_a_shadow() {
    let (mut object, lanes) = (Object::<Account>::new(), [lane("lane", 3)]);
    let as_shadow = |number| Ask {
        limits: vec![],
        shadows: lanes.to_vec(),
        ..ask_slot(&lanes, number)
    };
    for number in 0..5 {
        assert!(passes(&mut object, &as_shadow(number)));
    }
    let enforced = |number| Ask {
        version: 2,
        ..ask_slot(&lanes, number)
    };
    assert!(!passes(&mut object, &enforced(7)));
    object.lose_memory();
    assert!(!passes(&mut object, &enforced(7)));
    assert!(!object.release(&[ask_slot(&lanes, 4).lease.unwrap()], START));
    assert!(!passes(&mut object, &enforced(7)), "that one held no slot");
    assert!(object.release(&[ask_slot(&lanes, 0).lease.unwrap()], START));
    assert!(passes(&mut object, &enforced(7)));
}

#[test]
fn nothing_passes_beyond_a_limit_while_it_is_enforced_whatever_it_was_before() {
    let mut random = Random(5);
    let (mut admitted, mut denied) = (0, 0);
    for world in 0..280 {
        let limit = random_rate(KINDS[world % 7], "one", &mut random);
        let (mut object, mut now) = (Object::<Account>::new(), START);
        let (mut version, mut is_shadow) = (1, true);
        let mut oracle = Oracle::new(from_ref(&limit));
        for _ in 0..400 {
            if random.one_in(4) {
                now = now.after(random_pause(&limit, &mut random));
            }
            if !random.one_in(8) {
                object.rest(now);
            }
            if random.one_in(20) {
                object.lose_memory();
            }
            if random.one_in(40) {
                (version, is_shadow) = (version + random.below(2), !is_shadow);
                oracle = Oracle::new(from_ref(&limit));
            }
            let most = if random.one_in(4) { most(&limit) } else { 2 };
            let cost = 1 + random.below(most);
            let ask = of_version(version, &limit, is_shadow, cost);
            let decision = match random.below(30) {
                0 => object.ask_with_fault(&ask, now, Fault::BeforeWrite),
                1 => object.ask_with_fault(&ask, now, Fault::AfterWrite),
                _ => Some(object.ask(&ask, now)),
            };
            let Some(decision) = decision else { continue };
            let passes = decision.outcome == Outcome::Admitted;
            assert!(passes || !is_shadow);
            if passes && !is_shadow {
                assert!(oracle.take(cost, now), "{cost} under {limit:?}");
                admitted += 1;
            }
            denied += u64::from(!passes);
        }
    }
    println!("{admitted} admitted, {denied} denied while enforced");
    assert!(admitted > 5_000 && denied > 5_000);
}
