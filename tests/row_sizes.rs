//! No limit takes more of a row than it is said to, and whoever is counted apart leaves room for the others. What happens
//! where there is none is in `row_room`.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::{
    MAX_LOGGED, MAX_PARTITION_RUNS, MAX_PARTITIONS, MAX_PARTS, MAX_ROW_BYTES, MAX_SLOTS,
    MAX_SUBJECTS, MAX_UNITS, MAX_WINDOW, ROOM_IN_ROW,
};
use headgate::limit::{Algorithm, Limit, Partition};
use headgate::object::{Account, Owner, Page, PageError, Shard};
use headgate::subject::{Kept, Leases, Mark};
use headgate::time::{Millis, UnixMillis};
use support::crowd::ask_of;
use support::object::Object;
use support::rates::{KINDS, Kind, of_part, sized};
use support::{START, ask, ask_slot, lane, lease};

const YEAR: u64 = MAX_WINDOW.0;

fn largest<O: Owner>(object: &Object<O>) -> usize {
    object.rows.values().map(Vec::len).max().unwrap_or(0)
}

/// The limits whose state may have so many runs at most, over the longest window.
fn long(runs: u64) -> [Limit; 2] {
    [
        sized(Kind::Log, "log", runs, YEAR, 1),
        sized(Kind::Sliding, "sliding", MAX_UNITS, YEAR, runs),
    ]
}

/// What a limit's row comes to when each of its runs is as long as can be.
fn spent(limit: &Limit, runs: u64) -> usize {
    let (mut object, mut now) = (Object::<Account>::new(), START);
    for _ in 0..runs {
        assert!(object.admits(
            &ask(std::slice::from_ref(limit), limit.algorithm.units() / runs),
            now
        ));
        now = now.after(Millis(YEAR / runs - 1));
    }
    largest(&object)
}

#[test]
fn no_limit_takes_more_of_a_row_than_it_is_said_to() {
    let [log, _] = long(MAX_LOGGED);
    let [_, sliding] = long(MAX_PARTS);
    let [short, few] = long(MAX_PARTITION_RUNS).map(|limit| of_part(&limit, 1));
    for (limit, runs) in [
        (log, MAX_LOGGED),
        (sliding, MAX_PARTS),
        (short, MAX_PARTITION_RUNS),
        (few, MAX_PARTITION_RUNS),
    ] {
        let (bytes, most) = (spent(&limit, runs) as u64, limit.algorithm.most_row_bytes());
        println!("{}: {bytes} of {most} bytes", limit.name);
        assert!(bytes <= most && most < 2 * bytes);
        assert!(most <= Algorithm::MOST_ROW_BYTES);
    }
    for kind in KINDS {
        let limit = sized(kind, "one", 1, YEAR, 1);
        assert!(
            spent(&limit, 1) as u64 <= limit.algorithm.most_row_bytes(),
            "{kind:?}"
        );
    }
    let limit = [lane("lane", MAX_SLOTS)];
    let most = limit[0].algorithm.most_row_bytes();
    assert_eq!(most, Algorithm::MOST_ROW_BYTES);
    let mut object = Object::<Account>::new();
    for number in 0..MAX_SLOTS {
        assert!(object.admits(&ask_slot(&limit, number), START));
    }
    object.rest(START.after(Millis(1_000)));
    let bytes = largest(&object) as u64;
    assert!(bytes > 200_000 && bytes <= limit[0].algorithm.most_row_bytes());
}

#[test]
fn as_many_long_partitions_as_have_room_are_counted_apart_and_further_ones_together() {
    for limit in long(MAX_PARTITION_RUNS) {
        let (mut object, mut apart) = (Object::<Account>::new(), 0);
        for first in (0..MAX_PARTITIONS as u64).step_by(64) {
            let parts = (first..first + 64).map(|part| of_part(&limit, part));
            let decision = object.ask(&ask(&parts.collect::<Vec<_>>(), 1), START);
            let parts = decision.standings.iter().map(|it| it.limit.partition);
            apart += parts.filter(|it| *it != Some(Partition::OVERFLOW)).count() as u64;
        }
        println!("{}: {apart} apart", limit.name);
        assert!(apart >= 1_000);
        assert!(apart * limit.algorithm.most_row_bytes() <= ROOM_IN_ROW);
    }
}

#[test]
fn a_page_has_room_for_as_many_long_logs_as_its_row_holds() {
    let limits = [sized(Kind::Log, "log", 2_000, YEAR, 1)];
    let (mut object, mut now) = (Object::<Shard>::new(), START);
    for turn in 0..8 {
        for number in 0..MAX_SUBJECTS as u64 / 2 {
            object.ask(&ask_of(number, &limits, 1), now);
        }
        now = now.after(Millis(YEAR / 2_000 + turn));
    }
    assert_eq!(
        object.machine().len(),
        MAX_SUBJECTS / 2,
        "shorter than their row's room"
    );
    let many = [sized(Kind::Log, "log", MAX_LOGGED, YEAR, 1)];
    let mut object = Object::<Shard>::new();
    for number in 0..MAX_SUBJECTS as u64 {
        object.ask(&ask_of(number, &many, 1), START);
    }
    let subjects = object.machine().len() as u64;
    println!("{subjects} subjects");
    let most = many[0].algorithm.most_row_bytes();
    assert!(subjects > 1_000 && subjects <= 64 * (ROOM_IN_ROW / most) + 1);
    // Those that are full again leave room.
    let next = START.after(Millis(2 * YEAR));
    for number in 10_000..10_100 {
        object.ask(&ask_of(number, &many, 1), next);
    }
    assert_eq!(object.machine().len() as u64, subjects + 100);
}

#[test]
fn a_page_that_is_larger_than_a_row_is_an_error_and_not_a_part_of_it() {
    let named = (0..MAX_ROW_BYTES as u64 / 22).map(|number| (lease(number), UnixMillis(START.0)));
    let limit = lane("lane", MAX_SLOTS);
    let headgate::limit::Algorithm::Concurrency(rule) = limit.algorithm else {
        return;
    };
    let leases = Leases {
        named: named.collect(),
        ..Leases::default()
    };
    let mut kept = Kept {
        version: 1,
        record: 0,
        name: limit.name,
        partition: None,
        shadow: false,
        mark: Mark::Concurrency(rule, leases.clone()),
    };
    let page = |kept: &Kept| Page {
        clock: START,
        subjects: vec![(headgate::object::SubjectId([0; 16]), vec![kept.clone()])],
        ..Page::default()
    };
    assert_eq!(page(&kept).encode(), Err(PageError::TooLarge));
    let named = leases.named[..80_000].to_vec();
    kept.mark = Mark::Concurrency(
        rule,
        Leases {
            named,
            ..Leases::default()
        },
    );
    let row = page(&kept).encode();
    assert!(row.is_ok_and(|row| row.len() <= MAX_ROW_BYTES));
}
