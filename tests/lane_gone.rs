//! Slots of holders that are gone, and of holders whose lease was shortened.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::lease::Holder;
use headgate::limit::{Algorithm, Concurrency, Limit, Name};
use headgate::object::{Account, Ask, Effect, Owner, Page};
use headgate::subject::{Decision, Renewal};
use headgate::time::Millis;
use support::object::{Object, free};
use support::{Random, START, ask, ask_slot, lane, lease, limit};

/// One and a half leases.
const HORIZON: Millis = Millis(45_000);

#[test]
fn the_slot_of_a_dead_holder_is_back_after_a_horizon_though_memory_is_lost_at_each_pause() {
    let limits = [lane("priority", 10)];
    let mut object = Object::<Account>::new();
    assert!(
        object.admits(&ask_slot(&limits, 0), START),
        "never released"
    );
    for call in 1..20 {
        let now = START.after(Millis(11_000 * call));
        assert!(object.admits(&ask_slot(&limits, call), now));
        assert!(object.release(&[lease(call)], now.after(Millis(100))));
        object.rest(now.after(Millis(10_000)));
        object.lose_memory();
    }
    let now = START.after(Millis(11_000 * 20));
    assert!(now.since(START) > HORIZON);
    assert_eq!(free(&mut object, &limits, now), 10);
}

#[test]
fn the_quiet_write_does_not_name_what_has_ended() {
    let limits = [lane("priority", 2)];
    let mut object = Object::<Account>::new();
    assert!(
        object.admits(&ask_slot(&limits, 0), START),
        "never released"
    );
    let now = START.after(Millis(29_800));
    assert!(object.admits(&ask_slot(&limits, 1), now));
    assert!(object.release(&[lease(1)], now));
    let now = START.after(Millis(30_300));
    object.rest(now);
    let remembered = free(&mut object.clone(), &limits, now);
    object.lose_memory();
    assert_eq!((remembered, free(&mut object, &limits, now)), (2, 2));
}

#[test]
fn a_crash_at_any_time_keeps_no_more_than_half_from_use_beyond_what_is_held() {
    for slots in [1, 2, 5, 10, 100] {
        let limits = [lane("priority", slots)];
        let (mut random, mut object) = (Random(slots), Object::<Account>::new());
        let (mut held, mut now) = (Vec::new(), START);
        for number in 0..3_000 {
            now = now.after(Millis(random.below(40)));
            object.rest(now);
            if random.one_in(2) && object.admits(&ask_slot(&limits, number), now) {
                held.push(lease(number));
            } else if !held.is_empty() {
                let at = usize::try_from(random.next()).unwrap() % held.len();
                assert!(object.release(&[held.swap_remove(at)], now));
            }
            let mut crashed = object.clone();
            crashed.lose_memory();
            crashed.release(&held, now);
            let lost = slots - free(&mut crashed, &limits, now);
            assert!(lost <= 2 * slots.div_ceil(4), "{lost} of {slots}");
        }
    }
}

#[test]
fn a_crash_right_after_everybody_has_gone_keeps_a_quarter_from_use() {
    let limits = [lane("priority", 8)];
    let mut object = Object::<Account>::new();
    for number in 0..8 {
        assert!(object.admits(&ask_slot(&limits, number), START));
    }
    let all: Vec<_> = (0..8).map(lease).collect();
    assert!(object.release(&all, START));
    object.lose_memory();
    let left = free(&mut object, &limits, START);
    assert!(left >= 8 - 2, "{left}");
}

#[test]
fn a_slot_is_not_given_away_while_the_answer_that_shortens_its_lease_is_on_its_way() {
    let one_slot = |lasts| Limit {
        name: Name::try_from("priority").unwrap(),
        algorithm: Algorithm::Concurrency(
            Concurrency::new(1, Millis(lasts), Millis(0), Millis(1_000)).unwrap(),
        ),
        partition: None,
    };
    let (long, short) = ([one_slot(30_000)], [one_slot(2_000)]);
    let mut object = Object::<Account>::new();
    let grant = object.ask(&ask_slot(&long, 0), START).grant.unwrap();
    let holder = Holder::new(grant, START);
    let newer = |number| Ask {
        version: 2,
        ..ask_slot(&short, number)
    };
    let now = holder.renew();
    assert!(!object.admits(&newer(1), now));
    let renew = Renewal {
        lane: long[0].name.clone(),
        lease: lease(0),
        incarnation: holder.incarnation(),
    };
    // What it says to this is lost.
    object.renew(&renew, now);
    let now = now.after(Millis(2_000));
    assert!(now < holder.ends(), "still entitled to its slot");
    assert!(!object.admits(&newer(1), now), "two in a lane of one");
}

#[test]
fn a_lane_of_an_older_policy_is_let_go_when_the_lease_of_a_dead_holder_has_ended() {
    let minute = [limit("minute", 1_000, 60_000, 1_000)];
    let mut object = Object::<Account>::new();
    let lanes = [lane("priority", 2)];
    assert!(object.admits(&ask_slot(&lanes, 0), START), "never released");
    let newer = Ask {
        version: 2,
        ..ask(&minute, 1)
    };
    assert!(object.admits(&newer, START.after(Millis(100_000))));
    let page = Page::decode(&object.rows[&0]).unwrap();
    assert_eq!(page.subjects[0].1.len(), 1);
}

/// A lease of 0 s, renewed at 26 s at a new instance; what the one before, cut off from its rows, then says at 30 s to
/// another. `before` calls one after the other decide how many unnamed leases its row allows.
fn asked_when_cut_off(slots: u64, before: u64) -> (Decision, Vec<Effect>) {
    let limits = [lane("priority", slots)];
    let at = |ms| START.after(Millis(ms));
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask_slot(&limits, 0), START));
    for number in 10..10 + before {
        let now = at(24_900 + 10 * number);
        assert!(object.admits(&ask_slot(&limits, number), now));
        assert!(object.release(&[lease(number)], now.after(Millis(5))));
    }
    for number in 1..slots {
        assert!(object.admits(&ask_slot(&limits, number), at(25_100 + number)));
    }
    let mut cut_off: Account = object.memory.clone().unwrap();
    object.lose_memory();
    let renew = Renewal {
        lane: limits[0].name.clone(),
        lease: lease(0),
        incarnation: 1,
    };
    assert!(object.renew(&renew, at(26_000)).is_some());
    cut_off.handle(&ask_slot(&limits, 99), at(30_000))
}

#[test]
fn an_instance_that_is_cut_off_gives_away_no_slot_of_a_lease_that_may_go_on_elsewhere() {
    for (slots, before) in [2, 4, 8]
        .into_iter()
        .flat_map(|n| (0..9).map(move |m| (n, m)))
    {
        let (decision, effects) = asked_when_cut_off(slots, before);
        let is_granted = decision.grant.is_some() && effects.is_empty();
        assert!(!is_granted, "{slots} slots, {before} calls before");
    }
}
