//! A shard's room: it is bounded, newcomers share it, and nobody pays for another's flood.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::{MAX_ARRIVAL_ADDRESSES, MAX_SUBJECTS, SHARD_PAGES};
use headgate::limit::{Limit, Name};
use headgate::object::{Ask, Shard};
use headgate::subject::Outcome;
use headgate::time::{Millis, UnixMillis};
use std::collections::BTreeMap;
use support::crowd::{ask_of, brought};
use support::object::Object;
use support::oracle::Oracle;
use support::{Random, START, limit};

const ROOM: u64 = MAX_SUBJECTS as u64;

/// Three at once, and another only after an hour.
fn slow() -> Vec<Limit> {
    vec![limit("slow", 3, 3 * 3_600_000, 3)]
}

/// A shard full of subjects that have spent one unit of three each.
fn full_shard() -> Object<Shard> {
    let mut object = Object::<Shard>::new();
    for number in 0..ROOM {
        assert!(object.admits(&ask_of(number, &slow(), 1), START));
    }
    assert_eq!(object.machine().len(), MAX_SUBJECTS);
    object
}

fn grants(object: &mut Object<Shard>, number: u64, now: UnixMillis) -> u64 {
    let asked = (0..10).take_while(|_| object.admits(&ask_of(number, &slow(), 1), now));
    asked.count() as u64
}

#[test]
fn a_flood_of_a_hundred_thousand_subjects_stays_within_memory_and_rows() {
    for (refill_seconds, pause) in [(60, 3), (60, 40), (86_400, 10)] {
        let limits = [limit("some", 20, refill_seconds * 1_000, 20)];
        let (mut object, mut random) = (Object::<Shard>::new(), Random(refill_seconds));
        let (mut now, mut most) = (START, 0);
        for number in 0..100_000 {
            now = now.after(Millis(random.below(2 * pause)));
            object.ask(&ask_of(number, &limits, 1 + random.below(3)), now);
            if number % 20_000 == 19_999 {
                object.lose_memory();
            }
            most = most.max(object.machine().len());
            assert!(object.rows.len() <= usize::from(SHARD_PAGES));
        }
        let bytes: usize = object.rows.values().map(Vec::len).sum();
        println!(
            "at most {most} subjects, {bytes} bytes in {} rows",
            object.rows.len()
        );
        assert!(most <= MAX_SUBJECTS + 1 && bytes < 256 * MAX_SUBJECTS);
    }
}

#[test]
fn newcomers_without_room_share_one_bucket_and_residents_keep_theirs() {
    let mut object = full_shard();
    let shared: u64 = (0..100)
        .map(|stranger| grants(&mut object, ROOM + stranger, START))
        .sum();
    assert_eq!(shared, 3, "one bucket for a hundred of them");
    assert_eq!(object.machine().len(), MAX_SUBJECTS + 1);
    for resident in [0, 1, ROOM - 1] {
        assert_eq!(grants(&mut object, resident, START), 2);
    }
}

#[test]
fn what_newcomers_share_outlives_memory_like_any_subject() {
    let mut object = full_shard();
    assert_eq!(grants(&mut object, ROOM, START), 3);
    object.lose_memory();
    assert_eq!(grants(&mut object, ROOM + 1, START), 0);
    assert_eq!(object.machine().len(), MAX_SUBJECTS + 1);
}

#[test]
fn newcomers_get_their_own_again_when_room_comes_back() {
    let mut object = full_shard();
    // One stays, the others will be full again.
    assert_eq!(grants(&mut object, 7, START), 2);
    assert_eq!(grants(&mut object, ROOM, START), 3);
    let hour = START.after(Millis(3_600_000));
    let just_before = UnixMillis(hour.0 - 1);
    assert_eq!(grants(&mut object, ROOM + 1, just_before), 0, "no room yet");
    // A full shard is not searched more than once a second.
    let later = hour.after(Millis(1_000));
    // One that has spent of what is shared starts where that stands now; the others never had anything.
    assert_eq!(grants(&mut object, ROOM, later), 1);
    for stranger in 1..50 {
        assert_eq!(grants(&mut object, ROOM + stranger, later), 3);
    }
    assert_eq!(grants(&mut object, 7, later), 1, "let go only what is full");
    assert_eq!(object.machine().len(), 52);
}

#[test]
fn a_network_brings_twenty_newcomers_a_minute_and_others_as_many() {
    let mut object = Object::<Shard>::new();
    let mut admitted = |network: u64, number: u64, now: UnixMillis| {
        let ask = brought(network, 100 * network + number, &slow(), 2);
        object.admits(&ask, now)
    };
    for network in 0..3 {
        for number in 0..20 {
            assert!(admitted(network, number, START), "{network}, {number}");
        }
    }
    // Of all that come beyond, one finds two units in the bucket that they share.
    let beyond = (0..3).map(|network| (20..30).filter(|n| admitted(network, *n, START)).count());
    assert_eq!(beyond.sum::<usize>(), 1);
    // A place comes back each three seconds; subjects that are known need none.
    let later = START.after(Millis(3_000));
    assert!(!admitted(0, 31, UnixMillis(later.0 - 1)));
    assert!(admitted(0, 32, later));
    assert!(!admitted(0, 33, later));
    assert!(admitted(1, 34, later));
    assert!(
        !admitted(0, 32, later.after(Millis(1))),
        "of its own budget"
    );
    assert!(admitted(0, 32, later.after(Millis(3_600_000))));
}

#[test]
fn known_subjects_do_not_count_as_newcomers_of_their_network() {
    let limits = [limit("second", 10, 1_000, 10)];
    let (mut object, mut now) = (Object::<Shard>::new(), START);
    for round in 0..50 {
        for number in 0..15 {
            let decision = object.ask(&brought(1, number, &limits, 1), now);
            assert_eq!(decision.outcome, Outcome::Admitted);
            assert_eq!(decision.standings[0].remaining, 9, "round {round}");
        }
        now = now.after(Millis(100));
    }
}

#[test]
fn looks_and_costs_too_high_use_up_nobodys_place() {
    let mut object = Object::<Shard>::new();
    for number in 0..100 {
        assert!(object.admits(&brought(1, number, &slow(), 0), START));
        assert!(!object.admits(&brought(1, number, &slow(), 4), START));
    }
    for number in 0..20 {
        assert!(
            object.admits(&brought(1, number, &slow(), 3), START),
            "{number}"
        );
    }
}

#[test]
fn a_newcomer_that_looks_sees_what_it_will_get() {
    let mut object = full_shard();
    for number in 0..100 {
        let newcomer = ROOM + number;
        let seen = object.ask(&ask_of(newcomer, &slow(), 0), START);
        let left = seen.standings[0].remaining;
        assert_eq!(
            object.admits(&ask_of(newcomer, &slow(), 1), START),
            left >= 1
        );
    }
}

#[test]
fn each_tier_has_a_bucket_of_its_own_for_newcomers_without_room() {
    let mut object = full_shard();
    let mut of_tier = |tier: &str, number: u64| {
        let tier = Name::try_from(tier).unwrap();
        let ask = ask_of(ROOM + number, &slow(), 3);
        object.admits(&Ask { tier, ..ask }, START)
    };
    assert!(of_tier("small", 1) && of_tier("large", 2));
    assert!(!of_tier("small", 3) && !of_tier("large", 4));
}

#[test]
fn owners_that_routes_name_share_nothing_with_newcomers_of_their_tier() {
    let mut object = full_shard();
    let mut of_kind = |kind: Option<&str>, number: u64| {
        let kind = kind.map(|kind| Name::try_from(kind).unwrap());
        let ask = ask_of(ROOM + number, &slow(), 3);
        object.admits(&Ask { kind, ..ask }, START)
    };
    let kinds = [None, Some("email"), Some("code")];
    assert!(kinds.into_iter().zip(0..).all(|(kind, n)| of_kind(kind, n)));
    assert!(!kinds.into_iter().zip(3..).any(|(kind, n)| of_kind(kind, n)));
}

#[test]
fn sharing_and_then_not_gives_nobody_more_than_its_limit() {
    let limits = [limit("some", 4, 20_000, 4)];
    let mut admitted = 0;
    for seed in 0..20 {
        let (mut random, mut now) = (Random(seed), START);
        let mut object = Object::<Shard>::new();
        let mut oracles: BTreeMap<u64, Oracle> = BTreeMap::new();
        for step in 0..4_000 {
            now = now.after(Millis(random.below(100)));
            if random.one_in(300) {
                object.lose_memory();
            }
            // More than the networks may bring at once: some share first and get a place later.
            let (number, cost) = (random.below(90), 1 + random.below(3));
            let network = if random.one_in(4) { 3 } else { number % 3 };
            if object.admits(&brought(network, number, &limits, cost), now) {
                let oracle = oracles
                    .entry(number)
                    .or_insert_with(|| Oracle::new(&limits));
                assert!(oracle.take(cost, now), "seed {seed}, step {step}");
                admitted += 1;
            }
        }
    }
    println!("{admitted} admitted");
    assert!(admitted > 10_000);
}

#[test]
fn more_networks_than_can_be_watched_share_the_bucket_until_some_are_forgotten() {
    let mut object = Object::<Shard>::new();
    let networks = MAX_ARRIVAL_ADDRESSES as u64;
    for network in 0..networks {
        assert!(object.admits(&brought(network, network, &slow(), 3), START));
    }
    let strangers = networks..networks + 20;
    let shared = strangers
        .clone()
        .filter(|n| object.admits(&brought(*n, *n, &slow(), 3), START));
    assert_eq!(shared.count(), 1);
    let later = START.after(Millis(3_000));
    let own = strangers.filter(|n| object.admits(&brought(*n, 1_000_000 + *n, &slow(), 3), later));
    assert_eq!(own.count(), 20);
}

#[test]
fn a_stranger_that_looks_or_is_denied_leaves_nothing_behind() {
    let mut object = Object::<Shard>::new();
    assert!(object.admits(&ask_of(0, &slow(), 1), START));
    let (rows, written) = (object.rows.clone(), object.rows_written);
    for stranger in 1..1_000 {
        assert!(object.admits(&ask_of(stranger, &slow(), 0), START));
        let never = object.ask(&ask_of(stranger, &slow(), 4), START);
        assert_eq!(never.outcome, Outcome::Never);
    }
    assert_eq!(object.machine().len(), 1);
    assert_eq!((object.rows, object.rows_written), (rows, written));
}
