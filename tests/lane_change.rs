//! What becomes of leases when the limits of an account change.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::lease::LeaseId;
use headgate::limit::{Algorithm, Concurrency, Limit, Name};
use headgate::object::{Account, Ask, Page};
use headgate::subject::{Kept, Mark, Outcome, Renewal};
use headgate::time::{Millis, UnixMillis};
use std::slice::from_ref;
use support::object::Object;
use support::{Random, START, ask, ask_slot, lane, lease, limit};

fn of_version(version: u64, ask: Ask) -> Ask {
    Ask { version, ..ask }
}

/// What a request asks of a lane of so many slots, in a policy of this version.
fn slot_of(version: u64, slots: u64, number: u64) -> Ask {
    of_version(version, ask_slot(&[lane("priority", slots)], number))
}

/// A look under the same.
fn look(version: u64, slots: u64) -> Ask {
    of_version(version, ask(&[lane("priority", slots)], 0))
}

fn renewal(number: u64, incarnation: u64) -> Renewal {
    Renewal {
        lane: Name::try_from("priority").unwrap(),
        lease: lease(number),
        incarnation,
    }
}

/// An account with leases 0 to `taken` of a lane of so many slots, in a policy of version 1.
fn taken_by(slots: u64, taken: u64) -> Object<Account> {
    let mut object = Object::<Account>::new();
    for number in 0..taken {
        assert!(object.admits(&slot_of(1, slots, number), START), "{number}");
    }
    object
}

fn remaining(object: &mut Object<Account>, ask: &Ask, now: UnixMillis) -> u64 {
    object.ask(ask, now).standings[0].remaining
}

/// What the row keeps, and the names in it.
fn kept(object: &Object<Account>) -> Vec<(Kept, Vec<LeaseId>)> {
    let page = Page::decode(&object.rows[&0]).unwrap();
    let named = |kept: Kept| match &kept.mark {
        Mark::Concurrency(_, leases) => (kept.clone(), leases.named.iter().map(|n| n.0).collect()),
        _ => (kept, Vec::new()),
    };
    let (_, kept) = page.subjects.into_iter().next().unwrap();
    kept.into_iter().map(named).collect()
}

#[test]
fn a_raised_lane_lets_in_as_many_more_and_no_others() {
    let mut object = taken_by(2, 2);
    assert!(!object.admits(&slot_of(1, 2, 2), START));
    assert!(object.admits(&slot_of(2, 4, 2), START));
    assert!(object.admits(&slot_of(2, 4, 3), START));
    assert!(!object.admits(&slot_of(2, 4, 4), START));
}

#[test]
fn who_is_in_a_lowered_lane_stays_in_and_nobody_follows_until_it_is_below_the_new_number() {
    for crashes in [false, true] {
        let mut object = taken_by(5, 5);
        let mut incarnation = 1;
        object.rest(START.after(Millis(500)));
        let now = START.after(Millis(10_000));
        assert_eq!(remaining(&mut object, &look(2, 3), now), 0);
        if crashes {
            object.lose_memory();
            assert_eq!(remaining(&mut object, &look(2, 3), now), 0);
            incarnation = 2;
        }
        for number in 0..5 {
            let grant = object.renew(&renewal(number, 1), now).unwrap();
            assert_eq!(grant.incarnation, incarnation);
            assert!(object.admits(&slot_of(2, 3, number), now), "in already");
        }
        for released in 0..3 {
            assert!(!object.admits(&slot_of(2, 3, 9), now), "{released}");
            assert!(object.release(&[lease(released)], now));
        }
        assert!(object.admits(&slot_of(2, 3, 9), now));
        assert!(!object.admits(&slot_of(2, 3, 10), now));
    }
}

#[test]
fn a_newer_lane_holds_though_older_policies_still_ask_and_memory_is_lost() {
    let mut object = Object::<Account>::new();
    assert!(object.admits(&slot_of(7, 1, 0), START));
    for version in [6, 1, 0] {
        let decision = object.ask(&slot_of(version, 100, 1), START);
        assert_eq!(decision.outcome, Outcome::NotYet(Millis(1_000)));
        assert_eq!(decision.standings[0].limit, lane("priority", 1));
        object.lose_memory();
    }
    assert!(object.admits(&slot_of(8, 2, 1), START));
}

#[test]
fn of_two_definitions_in_one_version_each_holds_for_those_who_ask_by_it() {
    let mut object = taken_by(4, 2);
    assert!(!object.admits(&slot_of(1, 2, 2), START));
    assert!(object.admits(&slot_of(1, 4, 2), START));
    for (slots, free) in [(2, 0), (3, 0), (4, 1), (9, 6), (2, 0)] {
        assert_eq!(remaining(&mut object, &look(1, slots), START), free);
    }
}

#[test]
fn two_definitions_that_alternate_never_let_in_more_than_the_looser() {
    for seed in 0..100 {
        let (mut random, mut now) = (Random(seed), START);
        let slots = [1 + random.below(8), 1 + random.below(8)];
        let (mut object, mut open) = (Object::<Account>::new(), Vec::new());
        for number in 0..400 {
            now = now.after(Millis(random.below(40)));
            if random.one_in(3) {
                object.rest(now);
            }
            if seed % 2 == 0 && random.one_in(30) {
                object.lose_memory();
            }
            // Nobody holds a slot for so long that its lease ends.
            open.retain(|(_, since)| now.since(*since) < Millis(29_000));
            if !open.is_empty() && random.one_in(2) {
                let which = usize::try_from(random.below(open.len() as u64)).unwrap();
                let (number, _) = open.swap_remove(which);
                object.release(&[lease(number)], now);
            }
            let of = slots[usize::from(number % 2 == 0)];
            if object.admits(&slot_of(1, of, number), now) {
                open.push((number, now));
                assert!(open.len() as u64 <= of, "seed {seed}, {number}");
            }
        }
    }
}

/// The lane of two slots, with leases of another length.
fn lasting(lasts: u64) -> Limit {
    let rule = Concurrency::new(2, Millis(lasts), Millis(250), Millis(1_000)).unwrap();
    Limit {
        algorithm: Algorithm::Concurrency(rule),
        ..lane("priority", 2)
    }
}

#[test]
fn another_length_of_leases_holds_for_grants_and_renewals_from_then_on() {
    for lasts in [5_000, 60_000] {
        let newer = [lasting(lasts)];
        let newer = |number| of_version(2, ask_slot(&newer, number));
        let mut object = taken_by(2, 1);
        let now = START.after(Millis(20_000));
        let grant = object.ask(&newer(1), now).grant.unwrap();
        assert_eq!(grant.lasts, Millis(lasts));
        // Each ends when its holder was told that it would.
        let old_end = START.after(Millis(30_000));
        let new_end = now.after(Millis(lasts));
        let (first, last) = (old_end.min(new_end), old_end.max(new_end));
        assert!(!object.admits(&newer(2), UnixMillis(first.0 - 1)));
        let mut both = object.clone();
        assert!(object.admits(&newer(2), first));
        // And a renewal is told the new length.
        let other = u64::from(first == old_end);
        let renewed = both.renew(&renewal(other, 1), first).unwrap();
        assert_eq!(renewed.lasts, Millis(lasts));
        let look = of_version(2, ask(&[lasting(lasts)], 0));
        let end = last.max(first.after(Millis(lasts)));
        assert_eq!(remaining(&mut both, &look, UnixMillis(end.0 - 1)), 1);
        assert_eq!(remaining(&mut both, &look, end), 2);
    }
}

#[test]
fn a_name_that_becomes_a_rate_and_a_lane_again_forgets_neither() {
    let rate = limit("priority", 5, 3_600_000, 5);
    let rated = |version, cost| of_version(version, ask(from_ref(&rate), cost));
    for crashes in [false, true] {
        let crash = |object: &mut Object<Account>| {
            object.rest(START.after(Millis(500)));
            if crashes {
                object.lose_memory();
            }
        };
        let now = START.after(Millis(500));
        let mut object = taken_by(3, 2);
        crash(&mut object);
        assert!(object.admits(&rated(2, 4), now), "four of five units");
        crash(&mut object);
        // The newest holds, for whoever asks.
        let decision = object.ask(&slot_of(1, 3, 7), now);
        assert_eq!(decision.standings[0].limit, rate);
        assert_eq!(
            (decision.outcome, decision.grant),
            (Outcome::Admitted, None)
        );
        assert!(!object.admits(&slot_of(1, 3, 8), now), "no unit left");
        assert!(object.renew(&renewal(0, 1), now).is_some(), "still in");
        crash(&mut object);
        // Back again: two are in, as ever.
        assert!(object.admits(&slot_of(3, 3, 2), now));
        assert!(!object.admits(&slot_of(3, 3, 3), now));
        let decision = object.ask(&rated(2, 1), now);
        assert_eq!(decision.standings[0].limit, lane("priority", 3));
        assert_ne!(decision.outcome, Outcome::Admitted, "without a lease");
        crash(&mut object);
        assert!(!object.admits(&rated(4, 1), now), "no free burst");
    }
}

#[test]
fn of_one_policy_the_newer_key_record_says_how_many_slots() {
    let mut object = Object::<Account>::new();
    for number in 0..2 {
        let ask = slot_of(3, 2, number);
        assert!(object.admits(&Ask { record: 10, ..ask }, START));
    }
    for (record, asked, enforced, free) in [
        // Upgraded, still asked for by an edge that knows the old record, downgraded.
        (11, 20, 20, 18),
        (10, 2, 20, 18),
        (12, 1, 1, 0),
        (11, 20, 1, 0),
    ] {
        let ask = look(3, asked);
        let decision = object.ask(&Ask { record, ..ask }, START);
        let standing = &decision.standings[0];
        assert_eq!(standing.limit, lane("priority", enforced));
        assert_eq!(standing.remaining, free, "{record}");
    }
}

#[test]
fn two_lanes_of_an_account_fill_apart_and_share_their_rows() {
    let (priority, regular) = (lane("priority", 2), lane("regular", 3));
    let mut object = taken_by(2, 2);
    assert!(!object.admits(&ask_slot(from_ref(&priority), 2), START));
    for number in 10..13 {
        assert!(object.admits(&ask_slot(from_ref(&regular), number), START));
    }
    assert!(!object.admits(&ask_slot(from_ref(&regular), 13), START));
    object.rest(START.after(Millis(500)));
    let names: Vec<_> = kept(&object).into_iter().map(|(_, named)| named).collect();
    assert_eq!(
        names,
        [vec![lease(0), lease(1)], (10..13).map(lease).collect()]
    );
    object.lose_memory();
    // A release says of no lane, and each lane lets go its own.
    assert!(object.release(&[lease(0), lease(11)], START));
    let both = [priority, regular];
    let rows = object.rows_written;
    let decision = object.ask(&ask_slot(&both, 20), START);
    assert_eq!(decision.outcome, Outcome::Admitted);
    assert_eq!(object.rows_written, rows + 1, "one row for both");
    assert!(
        kept(&object)
            .iter()
            .all(|(_, named)| named.contains(&lease(20)))
    );
    let left: Vec<u64> = decision.standings.iter().map(|s| s.remaining).collect();
    assert_eq!(left, [0, 0]);
    assert!(object.release(&[lease(20)], START));
    let looked = object.ask(&ask(&both, 0), START).standings;
    assert!(looked.iter().all(|standing| standing.remaining == 1));
}

#[test]
fn a_lane_of_an_older_policy_stays_in_rows_while_anybody_may_be_in_it() {
    let minute = [limit("minute", 1_000, 60_000, 1_000)];
    for (released, at, lanes) in [(false, 44_999, 1), (false, 45_000, 0), (true, 1_000, 0)] {
        let mut object = taken_by(2, 1);
        assert!(!released || object.release(&[lease(0)], START));
        let now = START.after(Millis(at));
        object.rest(now);
        object.lose_memory();
        assert!(object.admits(&of_version(2, ask(&minute, 1)), now));
        assert_eq!(kept(&object).len(), 1 + lanes, "{released}, {at}");
    }
}
