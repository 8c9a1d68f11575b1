//! What a row has no room for is refused by itself, before anything is charged, and all else goes on.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::{MAX_LOGGED, MAX_ROW_BYTES, MAX_SLOTS, MOST_IN_ROW};
use headgate::limit::Limit;
use headgate::object::{Account, Ask, Owner, Shard, SubjectId};
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};
use std::slice::from_ref;
use support::object::Object;
use support::rates::{Kind, sized};
use support::{START, ask, ask_reserving, ask_slot, cap, lane, limit, order};

const DAY: u64 = 86_400_000;

/// Logs of as many units as a log may have, by number.
fn logs(numbers: std::ops::Range<u64>) -> Vec<Limit> {
    numbers
        .map(|number| sized(Kind::Log, &format!("log{number}"), MAX_LOGGED, DAY, 1))
        .collect()
}

fn small() -> [Limit; 1] {
    [limit("minute", 1_000, 60_000, 1_000)]
}

/// An ask of one of the subjects on the first page.
fn of(number: u8, limits: &[Limit], cost: u64) -> Ask {
    let mut id = [number; 16];
    id[0] = 0;
    Ask {
        subject: Some(SubjectId(id)),
        ..ask(limits, cost)
    }
}

fn of_version(version: u64, limits: &[Limit]) -> Ask {
    Ask {
        version,
        ..ask(limits, 1)
    }
}

fn is_refused_for_room(decision: &Decision) -> bool {
    decision.outcome == Outcome::NoRoom && decision.standings.is_empty()
}

fn largest<O: Owner>(object: &Object<O>) -> usize {
    object.rows.values().map(Vec::len).max().unwrap()
}

/// Asks until each log has had all of its units, each at an instant of its own and far enough from the one before to
/// take a row three bytes.
fn spend<O: Owner>(object: &mut Object<O>, asks: &[Ask], mut now: UnixMillis) -> UnixMillis {
    for _ in 1..MAX_LOGGED {
        now = now.after(Millis(130));
        for ask in asks {
            assert!(object.admits(ask, now));
        }
    }
    now
}

#[test]
fn a_subject_that_its_page_has_no_room_for_is_refused_and_nobody_else_on_it_is() {
    let (small, logs) = (small(), logs(0..12));
    let mut shard = Object::<Shard>::new();
    for number in 1..=11 {
        assert!(shard.admits(&of(number, &small, 1), START));
    }
    let asks: Vec<Ask> = (1..=11).map(|number| of(number, &logs, 1)).collect();
    let outcomes: Vec<Outcome> = asks.iter().map(|it| shard.ask(it, START).outcome).collect();
    assert_eq!(outcomes[..4], [Outcome::Admitted; 4]);
    assert_eq!(outcomes[4..], [Outcome::NoRoom; 7]);
    let written = shard.rows_written;
    assert!(is_refused_for_room(&shard.ask(&asks[10], START)));
    assert_eq!((shard.rows_written, shard.machine().len()), (written, 11));
    // All of it is used, and every row can be written.
    let now = spend(&mut shard, &asks[..4], START);
    let bytes = largest(&shard);
    assert!(
        bytes > MAX_ROW_BYTES / 2 && bytes <= MAX_ROW_BYTES,
        "{bytes}"
    );
    for number in 1..=11 {
        let left = shard.ask(&of(number, &small, 1), now).standings[0].remaining;
        assert!(left >= 998, "{number}: {left}");
    }
    assert!(shard.admits(&of(99, &small, 1), now), "a newcomer");
    shard.lose_memory();
    assert!(is_refused_for_room(&shard.ask(&asks[10], now)));
    let day = now.after(Millis(DAY + 10_000));
    assert!(shard.admits(&asks[10], day), "there is room again");
}

#[test]
fn an_account_goes_on_under_the_logs_that_its_row_has_room_for() {
    let logs = logs(0..64);
    let mut account = Object::<Account>::new();
    let admitted = |log: &&Limit| account.admits(&ask(from_ref(*log), 1), START);
    let (apart, without): (Vec<&Limit>, Vec<&Limit>) = logs.iter().partition(admitted);
    let most = MOST_IN_ROW / logs[0].algorithm.most_row_bytes();
    assert_eq!(apart.len() as u64, most);
    assert_eq!(apart.len() + without.len(), 64);
    let apart: Vec<Limit> = apart.into_iter().cloned().collect();
    let now = spend(&mut account, &[ask(&apart, 1)], START);
    let bytes = largest(&account);
    assert!(
        bytes > MAX_ROW_BYTES / 2 && bytes <= MAX_ROW_BYTES,
        "{bytes}"
    );
    for _ in 0..2 {
        assert!(is_refused_for_room(
            &account.ask(&ask(from_ref(without[0]), 1), now)
        ));
        let both = [apart[0].clone(), without[0].clone()];
        assert!(is_refused_for_room(&account.ask(&ask(&both, 1), now)));
        let left = account.ask(&ask(&apart, 0), now).standings;
        assert!(left.iter().all(|it| it.remaining == 0));
        account.lose_memory();
    }
    let later = now.after(Millis(DAY + 10_000));
    assert!(account.admits(&ask(from_ref(without[0]), 1), later));
}

#[test]
fn a_newer_policy_gets_no_more_room_than_there_is_and_the_older_one_goes_on() {
    let short = |number: u64| sized(Kind::Log, &format!("log{number}"), 8_000, DAY, 1);
    let mut account = Object::<Account>::new();
    let admits = |number: &u64| account.admits(&of_version(1, &[short(*number)]), START);
    let known = (0..99).take_while(admits).count() as u64;
    for log in logs(0..known) {
        let decision = account.ask(&of_version(2, from_ref(&log)), START);
        let grows = log.algorithm.most_row_bytes() - short(0).algorithm.most_row_bytes();
        assert!(grows * known > MOST_IN_ROW / 10);
        if is_refused_for_room(&decision) {
            assert!(account.admits(&of_version(1, &[short(known - 1)]), START));
            return;
        }
    }
    unreachable!("all of them have grown");
}

#[test]
fn a_lane_that_the_row_has_no_room_for_gives_no_slot() {
    let lanes: Vec<Limit> = (0..10)
        .map(|n| lane(&format!("lane{n}"), MAX_SLOTS))
        .collect();
    let mut account = Object::<Account>::new();
    let slot = |number: usize| ask_slot(&lanes[number..=number], number as u64);
    for number in 0..8 {
        assert!(account.admits(&slot(number), START));
    }
    let refused = account.ask(&slot(8), START);
    assert!(is_refused_for_room(&refused) && refused.grant.is_none());
    // A lane that nobody has been in for a while leaves room.
    let later = START.after(Millis(120_000));
    assert!(account.admits(&slot(8), later));
}

#[test]
fn a_cap_that_the_row_has_no_room_for_is_neither_reserved_nor_reconciled() {
    let mut account = Object::<Account>::new();
    let caps: Vec<Limit> = (0..300).map(|n| cap(&format!("cap{n}"), 5)).collect();
    let reserve = |number: usize| {
        let name = caps[number].name.to_string();
        ask_reserving(&caps[number..=number], number as u64, &[(&name, 1)])
    };
    let reserved = (0..300).take_while(|number| account.admits(&reserve(*number), START));
    let reserved = reserved.count();
    assert!((200..300).contains(&reserved), "{reserved}");
    assert!(is_refused_for_room(&account.ask(&reserve(reserved), START)));
    let said = |number: usize| order("PUT", &format!("caps/cap{number}"), r#"{"settled": 3}"#);
    assert_eq!(account.operate(&said(reserved), START).status, 409);
    assert_eq!(account.operate(&said(0), START).status, 200);
}
