//! Rows of lanes, which outlive a version as all others do.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::{Algorithm, Level};
use headgate::object::{Account, Owner, Page, PageError, SubjectId};
use headgate::subject::{Kept, Leases, Mark, Unnamed};
use headgate::time::Millis;
use headgate::usage::Series;
use support::object::Object;
use support::pins::{LANE_ROW, LANE_ROW_WITH_LOST, bytes, hex};
use support::{START, ask_slot, lane, lease, limit};

/// An account with five leases: its row names four and allows two more.
fn account() -> Object<Account> {
    let mut object = Object::<Account>::new();
    for number in 0..5 {
        let now = START.after(Millis(number));
        assert!(object.admits(&ask_slot(&[lane("priority", 8)], number), now));
    }
    object
}

/// The same after memory loss and one more call.
fn account_with_lost() -> Object<Account> {
    let mut object = account();
    object.lose_memory();
    let now = START.after(Millis(1_000));
    assert!(object.admits(&ask_slot(&[lane("priority", 8)], 9), now));
    object
}

/// What the row of an account keeps of its lane.
fn leases(row: &[u8]) -> Leases {
    let page = Page::decode(row).unwrap();
    match &page.subjects[0].1[0].mark {
        Mark::Concurrency(_, leases) => leases.clone(),
        _ => panic!("a lane"),
    }
}

#[test]
fn row_with_a_lane_unchanged() {
    assert_eq!(hex(&account().rows[&0]), LANE_ROW);
    assert_eq!(hex(&account_with_lost().rows[&0]), LANE_ROW_WITH_LOST);
}

#[test]
fn rows_of_old_still_mean_what_they_meant() {
    let until = |granted| START.after(Millis(granted + 45_000));
    let granted = |number| (lease(number), until(number));
    let unnamed = Unnamed {
        count: 2,
        until: until(3),
    };
    let written = Leases {
        named: (0..4).map(granted).collect(),
        unnamed,
        lost: vec![],
    };
    assert_eq!(leases(&bytes(LANE_ROW)), written);
    let mut named = written.named;
    named.push((lease(9), until(1_000)));
    let with_lost = Leases {
        named,
        unnamed: Unnamed {
            count: 0,
            until: until(1_000),
        },
        lost: vec![unnamed],
    };
    assert_eq!(leases(&bytes(LANE_ROW_WITH_LOST)), with_lost);
    for (row, free, incarnation) in [(LANE_ROW, 2, 2), (LANE_ROW_WITH_LOST, 1, 3)] {
        let mut account = Account::load(&[bytes(row)]).unwrap();
        let ask = ask_slot(&[lane("priority", 8)], 0);
        let (decision, effects) = account.handle(&ask, START);
        assert_eq!(decision.standings[0].remaining, free);
        assert_eq!(decision.grant.unwrap().incarnation, incarnation);
        assert_eq!(effects, [], "in already");
    }
}

#[test]
fn a_row_with_a_lane_that_is_cut_short_or_goes_on_is_an_error() {
    for row in [LANE_ROW, LANE_ROW_WITH_LOST].map(bytes) {
        for length in 1..row.len() {
            assert_eq!(Page::decode(&row[..length]), Err(PageError::Corrupt));
            assert!(Account::load(&[row[..length].into()]).is_err());
        }
        for more in 0..=255 {
            let longer = [row.as_slice(), &[more]].concat();
            assert_eq!(Page::decode(&longer), Err(PageError::Corrupt));
        }
    }
}

#[test]
fn a_rule_with_the_mark_of_another_kind_is_an_error() {
    let (lane, rate) = (lane("priority", 8), limit("minute", 20, 60_000, 20));
    let (Algorithm::Concurrency(slots), Algorithm::TokenBucket(bucket)) =
        (lane.algorithm, rate.algorithm)
    else {
        panic!()
    };
    let kept = |name, mark| Kept {
        version: 1,
        record: 0,
        name,
        partition: None,
        shadow: false,
        mark,
    };
    let marks = vec![
        kept(lane.name, Mark::Concurrency(slots, Leases::default())),
        kept(rate.name, Mark::TokenBucket(bucket, Level(0))),
    ];
    let page = Page {
        account: None,
        usage: Series::default(),
        subjects: vec![(SubjectId([0; 16]), marks)],
        ..Page::default()
    };
    let row = page.encode().unwrap();
    // Rule 0 with no leases, rule 1 at level 0; neither of a partition. Then that there is no account, nothing told, and
    // no minute, hour or day in which anything was used.
    let (rest, marks) = row.split_at(row.len() - 16);
    assert_eq!(marks, [0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(Page::decode(&row), Ok(page));
    for (first, second) in [(1, 1), (0, 0), (1, 0), (2, 1), (0, 2)] {
        let marks = [first, 0, 1, 0, 0, 0, 0, second, 0, 0, 0, 0, 0, 0, 0, 0];
        let row = [rest, &marks].concat();
        assert_eq!(Page::decode(&row), Err(PageError::Corrupt));
        assert_eq!(Account::load(&[row]), Err(PageError::Corrupt));
    }
}
