//! Bytes and texts that outlive a version: rows, rules in exports. What a deployed version wrote must still be read by
//! the next, so none of these may change by accident.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::{Algorithm, Level, Limit};
use headgate::object::{Account, Owner, Page, Shard, SubjectId};
use headgate::subject::{Kept, Mark};
use headgate::time::Millis;
use headgate::usage::Series;
use proptest::prelude::*;
use support::any::{kept as config, story};
use support::object::Object;
use support::pins::{ACCOUNT_ROW, RATE_ALGORITHMS, RATE_ROWS, SHARD_PAGE, asked_by, bytes, hex};
use support::rates::{Kind, of_part, rate};
use support::{START, ask, limit, ticksupply};

/// The row of an account after one call of 5.
fn account_row() -> Vec<u8> {
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask(&ticksupply(), 5), START));
    object.rows[&0].clone()
}

/// A page of two subjects, one of which has met two policies.
fn page() -> Page {
    let kept = |version, limit: Limit, mark| {
        let Algorithm::TokenBucket(rule) = limit.algorithm else {
            panic!()
        };
        Kept {
            version,
            record: 1_790_000_000,
            name: limit.name,
            partition: None,
            shadow: false,
            mark: Mark::TokenBucket(rule, Level(mark)),
        }
    };
    let minute = limit("minute", 20, 60_000, 20);
    let day = limit("day", 1_000_000_000, 31_622_400_000, 1);
    let (one, two) = (SubjectId([1; 16]), SubjectId([2; 16]));
    Page {
        account: None,
        alerts: None,
        usage: Series::default(),
        clock: START,
        version: 9,
        incarnation: 0,
        subjects: vec![
            (
                one,
                vec![kept(9, minute.clone(), u128::from(START.0) * 20 + 60_000)],
            ),
            (two, vec![kept(9, minute, 0), kept(8, day, u128::MAX)]),
        ],
    }
}

#[test]
fn account_row_format_unchanged() {
    assert_eq!(hex(&account_row()), ACCOUNT_ROW);
}

#[test]
fn shard_page_format_unchanged() {
    assert_eq!(hex(&page().encode().unwrap()), SHARD_PAGE);
}

/// The row of an account after five calls of each algorithm, the last of a part of it.
fn rate_row(kind: Kind) -> Vec<u8> {
    let limit = rate(kind, "one", 100, 86_400_000);
    let limits = [limit.clone(), of_part(&limit, 7)];
    let mut object = Object::<Account>::new();
    for call in 0..5 {
        let asked = ask(&limits[..=call / 4], 2);
        let now = START.after(Millis(call.try_into().unwrap()));
        assert!(object.admits(&asked, now));
    }
    object.rows[&0].clone()
}

#[test]
fn row_formats_of_all_algorithms_unchanged() {
    for (kind, row, expected) in RATE_ROWS {
        assert_eq!(hex(&rate_row(kind)), row, "{kind:?}");
        let (page, mut account) = (bytes(row), Object::<Account>::new());
        account.rows.insert(0, page.clone());
        assert_eq!(
            Page::decode(&page).unwrap().encode().unwrap(),
            page,
            "{kind:?}"
        );
        let limit = rate(kind, "one", 100, 86_400_000);
        let look = ask(&[limit.clone(), of_part(&limit, 7)], 0);
        let left = account.ask(&look, START.after(Millis(4))).standings;
        let left: Vec<u64> = left.iter().map(|standing| standing.remaining).collect();
        assert_eq!(left, expected, "{kind:?}");
    }
}

#[test]
fn algorithm_formats_unchanged() {
    for (kind, text) in RATE_ALGORITHMS {
        let limit = rate(kind, "one", 100, 86_400_000);
        let told = serde_json::to_string(&limit.algorithm).unwrap();
        assert_eq!(told, text, "{kind:?}");
        assert_eq!(
            serde_json::from_str::<Algorithm>(text).unwrap(),
            limit.algorithm
        );
    }
}

#[test]
fn rows_of_old_still_mean_what_they_meant() {
    assert_eq!(Page::decode(&bytes(SHARD_PAGE)), Ok(page()));
    let mut account = Account::load(&[bytes(ACCOUNT_ROW)]).unwrap();
    let (decision, effects) = account.handle(&ask(&ticksupply(), 0), START);
    let left: Vec<u64> = decision.standings.iter().map(|s| s.remaining).collect();
    assert_eq!((left, effects), (vec![195, 9_995], vec![]));
    let mut shard = Shard::load(&[bytes(SHARD_PAGE)]).unwrap();
    assert_eq!(shard.len(), 2);
    let (decision, _) = shard.handle(&asked_by(1), START);
    assert_eq!(decision.standings[0].remaining, 19);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_written_is_read_back(story in story()) {
        let mut object = Object::<Account>::new();
        for (ask, now) in story.asks() {
            object.ask(&ask, now);
            if let Some(row) = object.rows.get(&0) {
                let page = Page::decode(row).unwrap();
                prop_assert_eq!(&page.encode().unwrap(), row);
            }
        }
    }
}
