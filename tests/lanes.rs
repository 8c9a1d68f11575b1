//! Lanes: how many are in flight, whose slot is whose, and what becomes of a slot that nobody frees.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::lease::{Grant, LeaseId};
use headgate::limit::Name;
use headgate::object::Ask;
use headgate::subject::{Outcome, Renewal};
use headgate::time::{Millis, UnixMillis};
use support::object::{free, taken_by};
use support::{START, ask_slot, lane, lease, limit};

const LEASE: Millis = Millis(30_000);

fn renewal(number: u64, incarnation: u64) -> Renewal {
    Renewal {
        lane: Name::try_from("priority").unwrap(),
        lease: lease(number),
        incarnation,
    }
}

#[test]
fn as_many_pass_as_there_are_slots_and_the_next_is_told_what_the_policy_says() {
    let limits = [lane("priority", 100)];
    let (mut object, now) = taken_by(&limits, 100);
    let refused = object.ask(&ask_slot(&limits, 100), now);
    assert_eq!(refused.outcome, Outcome::NotYet(Millis(1_000)));
    assert_eq!(refused.grant, None);
    let standing = &refused.standings[0];
    assert_eq!((standing.remaining, standing.violated), (0, true));
}

#[test]
fn a_released_slot_is_free_at_once_and_only_once() {
    let limits = [lane("priority", 2)];
    let (mut object, now) = taken_by(&limits, 2);
    assert!(object.release(&[lease(0)], now));
    assert!(!object.release(&[lease(0)], now), "said twice");
    assert!(!object.release(&[lease(77)], now), "somebody else's");
    assert!(object.admits(&ask_slot(&limits, 2), now));
    assert!(!object.release(&[lease(0)], now), "late");
    assert!(!object.admits(&ask_slot(&limits, 3), now));
}

#[test]
fn a_release_rides_on_the_next_ask() {
    let limits = [lane("priority", 2)];
    let (mut object, now) = taken_by(&limits, 2);
    let riding = Ask {
        released: vec![lease(1)],
        ..ask_slot(&limits, 2)
    };
    assert!(object.admits(&riding, now));
    assert!(!object.admits(&ask_slot(&limits, 3), now));
}

#[test]
fn asking_twice_for_one_request_is_one_slot_and_one_charge() {
    let limits = [lane("priority", 2), limit("minute", 60, 60_000, 60)];
    let (mut object, now) = taken_by(&limits, 1);
    let again = object.ask(&ask_slot(&limits, 0), now);
    assert_eq!(again.outcome, Outcome::Admitted);
    let left: Vec<u64> = again.standings.iter().map(|s| s.remaining).collect();
    assert_eq!(left, [1, 59]);
}

#[test]
fn a_lane_that_is_full_charges_no_rate_and_a_rate_that_refuses_takes_no_slot() {
    let limits = [lane("priority", 1), limit("minute", 2, 60_000, 2)];
    let (mut object, now) = taken_by(&limits, 1);
    for _ in 0..5 {
        assert!(!object.admits(&ask_slot(&limits, 9), now));
    }
    object.release(&[lease(0)], now);
    assert!(object.admits(&ask_slot(&limits, 1), now));
    object.release(&[lease(1)], now);
    let refused = object.ask(&ask_slot(&limits, 2), now);
    let violated: Vec<bool> = refused.standings.iter().map(|s| s.violated).collect();
    assert_eq!(violated, [false, true]);
    assert_eq!(free(&mut object, &limits, now), 1);
}

#[test]
fn a_lease_that_nobody_renews_ends_on_the_millisecond() {
    let limits = [lane("priority", 1)];
    let (mut object, _) = taken_by(&limits, 1);
    let end = START.after(LEASE);
    let just_before = UnixMillis(end.0 - 1);
    assert!(!object.admits(&ask_slot(&limits, 1), just_before));
    assert!(object.admits(&ask_slot(&limits, 1), end));
}

#[test]
fn a_renewed_lease_lasts_from_its_renewal_and_one_that_has_ended_cannot_be_renewed() {
    let limits = [lane("priority", 1)];
    let (mut object, _) = taken_by(&limits, 1);
    let renewed = START.after(Millis(20_000));
    let granted = Grant {
        lasts: LEASE,
        incarnation: 1,
    };
    assert_eq!(object.renew(&renewal(0, 1), renewed), Some(granted));
    let end = renewed.after(LEASE);
    assert!(!object.admits(&ask_slot(&limits, 1), UnixMillis(end.0 - 1)));
    assert_eq!(object.renew(&renewal(0, 1), end), None);
    assert!(object.admits(&ask_slot(&limits, 1), end));
}

#[test]
fn after_memory_loss_named_leases_can_be_freed_and_unnamed_ones_only_end() {
    let limits = [lane("priority", 8)];
    // Rows name the leases 0, 1 and 3; the last one allows two more.
    let (mut object, now) = taken_by(&limits, 5);
    object.lose_memory();
    assert_eq!(free(&mut object, &limits, now), 8 - 4 - 2);
    let unnamed: Vec<LeaseId> = (4..8).map(lease).collect();
    assert!(!object.release(&unnamed, now), "not named in the row");
    assert!(object.release(&[lease(0)], now));
    assert_eq!(free(&mut object, &limits, now), 8 - 3 - 2);
    let granted = |at: u64| START.after(Millis(at + 45_000));
    assert_eq!(free(&mut object, &limits, UnixMillis(granted(1).0 - 1)), 3);
    assert_eq!(free(&mut object, &limits, granted(2)), 5, "its own time");
    assert_eq!(free(&mut object, &limits, granted(3)), 8);
}

#[test]
fn after_memory_loss_a_renewal_adds_its_lease_and_takes_no_unnamed_ones_place() {
    let limits = [lane("priority", 8)];
    let (mut object, now) = taken_by(&limits, 5);
    object.lose_memory();
    let before = free(&mut object, &limits, now);
    assert!(object.renew(&renewal(4, 1), now).is_some());
    assert_eq!(free(&mut object, &limits, now), before - 1);
    object.lose_memory();
    assert_eq!(free(&mut object, &limits, now), before - 1, "written down");
    assert!(object.release(&[lease(4)], now));
}

#[test]
fn a_late_renewal_of_what_was_released_in_this_incarnation_changes_nothing() {
    let limits = [lane("priority", 2)];
    let (mut object, now) = taken_by(&limits, 2);
    object.release(&[lease(0)], now);
    assert_eq!(object.renew(&renewal(0, 1), now), None);
    assert_eq!(free(&mut object, &limits, now), 1);
}
