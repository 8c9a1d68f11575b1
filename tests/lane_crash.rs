//! What a crash keeps from use, and for how long: memory lost in the middle of calls, before the quiet write.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::lease::Holder;
use headgate::limit::Name;
use headgate::object::{Account, Page};
use headgate::subject::{Leases, Mark, Renewal};
use headgate::time::{Millis, UnixMillis};
use std::collections::BTreeMap;
use support::object::{Object, free, taken_by};
use support::{Random, START, ask, ask_slot, lane, lease};

/// One and a half leases, which is as long as a row lets any of them last.
const HORIZON: Millis = Millis(45_000);

/// What the row keeps of the lane.
fn kept(object: &Object<Account>) -> Leases {
    let page = Page::decode(&object.rows[&0]).unwrap();
    match &page.subjects[0].1[0].mark {
        Mark::Concurrency(_, leases) => leases.clone(),
        _ => panic!("a lane"),
    }
}

#[test]
fn a_crash_with_sixty_of_a_hundred_held_loses_a_quarter_until_the_horizon_and_nothing_after() {
    let limits = [lane("priority", 100)];
    let (mut object, now) = taken_by(&limits, 60);
    // Rows came with the leases 0, 1, 3, 7, 15, 31 and 57, each a quarter of the slots further at most.
    assert_eq!(object.rows_written, 7);
    object.lose_memory();
    assert_eq!(free(&mut object, &limits, now), 100 - 58 - 25);
    for (released, number) in (1..).zip(0..58) {
        assert!(object.release(&[lease(number)], now), "named: {number}");
        assert_eq!(free(&mut object, &limits, now), 100 - 58 - 25 + released);
    }
    assert!(!object.release(&[lease(58), lease(59)], now), "unnamed");
    let back = START.after(Millis(57)).after(HORIZON);
    assert_eq!(free(&mut object, &limits, UnixMillis(back.0 - 1)), 75);
    assert_eq!(free(&mut object, &limits, back), 100);
}

#[test]
fn whenever_it_crashes_while_filling_a_lane_loses_what_its_row_allows_and_a_quarter_at_most() {
    for slots in [1, 2, 3, 10, 100] {
        let limits = [lane("priority", slots)];
        for taken in 1..=slots {
            let (mut object, now) = taken_by(&limits, taken);
            let row = kept(&object);
            let named = row.named.len() as u64;
            let unnamed = row.unnamed.count;
            assert!(unnamed <= slots.div_ceil(4));
            assert!(taken <= named + unnamed, "more alive than the row says");
            object.lose_memory();
            let left = slots.saturating_sub(named + unnamed);
            assert_eq!(free(&mut object, &limits, now), left);
            let all: Vec<_> = (0..taken).map(lease).collect();
            object.release(&all, now);
            assert_eq!(free(&mut object, &limits, now), slots - unnamed);
            let until = row.unnamed.until;
            assert!(until <= now.after(HORIZON));
            let just_before = UnixMillis(until.0 - 1);
            assert_eq!(free(&mut object, &limits, just_before), slots - unnamed);
            assert_eq!(free(&mut object, &limits, until), slots);
        }
    }
}

#[test]
fn holders_whose_names_a_crash_lost_go_on_and_their_slots_are_not_given_away() {
    let limits = [lane("priority", 100)];
    let (mut object, mut now) = taken_by(&limits, 60);
    object.lose_memory();
    let renewal = |number| Renewal {
        lane: Name::try_from("priority").unwrap(),
        lease: lease(number),
        incarnation: 1,
    };
    now = now.after(Millis(10_000));
    for number in 0..60 {
        let grant = object.renew(&renewal(number), now).unwrap();
        assert_eq!((grant.lasts, grant.incarnation), (Millis(30_000), 2));
    }
    // Those two count twice until the horizon.
    assert_eq!(free(&mut object, &limits, now), 100 - 60 - 25);
    let horizon = START.after(Millis(57)).after(HORIZON);
    let just_before = UnixMillis(now.after(Millis(30_000)).0 - 1);
    assert_eq!(free(&mut object, &limits, just_before), 100 - 60 - 25);
    let after = [lease(58), lease(59)];
    assert!(object.release(&after, just_before), "named again");
    assert_eq!(free(&mut object, &limits, horizon), 100, "nobody renewed");
}

#[test]
fn a_crash_after_the_quiet_write_loses_nothing() {
    let limits = [lane("priority", 100)];
    let (mut object, now) = taken_by(&limits, 60);
    let released: Vec<_> = (0..60).step_by(3).map(lease).collect();
    object.release(&released, now);
    object.rest(now.after(Millis(500)));
    object.lose_memory();
    let now = now.after(Millis(500));
    assert_eq!(free(&mut object, &limits, now), 60);
    let rest: Vec<_> = (0..60).map(lease).collect();
    assert!(object.release(&rest, now));
    assert_eq!(free(&mut object, &limits, now), 100);
}

#[test]
fn the_quiet_write_comes_for_the_one_lane_that_was_left_as_well() {
    let (priority, regular) = (lane("priority", 4), lane("regular", 4));
    let (one, other, both) = ([priority.clone()], [regular.clone()], [priority, regular]);
    let (mut object, mut now) = taken_by(&one, 1);
    for number in 10..14 {
        assert!(object.admits(&ask_slot(&other, number), now));
    }
    let released: Vec<_> = (10..14).map(lease).collect();
    for free in [[3, 0], [3, 4]] {
        now = now.after(Millis(500));
        object.rest(now);
        let mut forgetful = object.clone();
        forgetful.lose_memory();
        let looked = forgetful.ask(&ask(&both, 0), now).standings;
        let remaining: Vec<u64> = looked.iter().map(|s| s.remaining).collect();
        assert_eq!(remaining, free);
        object.release(&released, now);
    }
}

#[test]
fn a_late_renewal_after_a_crash_revives_nothing_that_was_granted_since() {
    let limits = [lane("priority", 100)];
    let (mut object, now) = taken_by(&limits, 60);
    object.lose_memory();
    assert!(object.admits(&ask_slot(&limits, 99), now));
    let free_before = free(&mut object, &limits, now);
    assert!(object.release(&[lease(99)], now));
    let late = |incarnation| Renewal {
        lane: Name::try_from("priority").unwrap(),
        lease: lease(99),
        incarnation,
    };
    assert_eq!(object.renew(&late(2), now), None);
    assert_eq!(object.renew(&late(3), now), None, "of no life yet");
    assert_eq!(free(&mut object, &limits, now), free_before + 1);
}

/// Twenty asks a second of calls that last up to four seconds, while memory is lost every few asks. Returns how
/// many passed, and the account with what is open when the last crash comes.
fn crash_loop(slots: u64, seed: u64) -> (u64, Object<Account>, BTreeMap<u64, UnixMillis>) {
    let limits = [lane("priority", slots)];
    let (mut random, mut now) = (Random(seed), START);
    let mut object = Object::<Account>::new();
    let (mut open, mut admitted) = (BTreeMap::new(), 0);
    for number in 0..2_400 {
        now = START.after(Millis(50 * number));
        object.rest(now);
        for over in open.extract_if(.., |_, done| *done <= now) {
            object.release(&[lease(over.0)], now);
        }
        let decision = object.ask(&ask_slot(&limits, number), now);
        if let Some(grant) = decision.grant {
            let ends = Holder::new(grant, now).ends();
            open.insert(number, ends.min(now.after(Millis(random.below(4_000)))));
            admitted += 1;
        }
        assert!(open.len() as u64 <= slots, "seed {seed}, ask {number}");
        if random.one_in(4) {
            object.lose_memory();
        }
    }
    object.lose_memory();
    open.insert(u64::MAX, now);
    (admitted, object, open)
}

#[test]
fn a_crash_loop_never_admits_too_many_and_all_is_back_one_horizon_after_its_end() {
    for slots in [1, 2, 10, 100] {
        let limits = [lane("priority", slots)];
        for seed in 0..20 {
            let (admitted, mut object, mut open) = crash_loop(slots, seed);
            let last = open.remove(&u64::MAX).unwrap();
            assert!(admitted >= 2 * slots, "{admitted} of a lane of {slots}");
            let held: Vec<_> = open.into_keys().map(lease).collect();
            object.release(&held, last);
            // Calls go on, one after the other, and so do rows.
            for call in 0..45 {
                let now = last.after(Millis(1_000 * call));
                object.rest(now);
                object.ask(&ask_slot(&limits, 10_000 + call), now);
                object.release(&[lease(10_000 + call)], now);
            }
            assert_eq!(free(&mut object, &limits, last.after(HORIZON)), slots);
        }
    }
}
