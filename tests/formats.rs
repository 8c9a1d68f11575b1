//! Bytes and texts that outlive a version: rows, messages between edge and object, names in KV. What a
//! deployed version wrote must still be read by the next, so none of these may change by accident.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::{Algorithm, Level, Limit, Partition};
use headgate::object::{Account, Ask, Owner, Page, Shard, SubjectId};
use headgate::subject::{Decision, Kept, Mark, Outcome};
use headgate::time::Millis;
use proptest::prelude::*;
use support::any::{kept as config, story};
use support::object::Object;
use support::pins::{ACCOUNT_ROW, RATE_ALGORITHMS, RATE_ROWS, SHARD_PAGE, asked_by, bytes, hex};
use support::rates::{Kind, of_part, rate};
use support::{START, ask, limit, ticksupply};

const ASK: &str = concat!(
    r#"{"version":7,"record":1790000000,"cost":2,"tier":"standard","limits":[{"name":"minute","#,
    r#""algorithm":{"token-bucket":{"units":20,"window":60000,"burst":5}}}],"#,
    r#""subject":[3,3,3,3,3,3,3,3,3,3,3,3,3,3,3,3],"#,
    r#""brought_by":[255,255,255,255,255,255,255,255,255,255,255,255,255,255,255,255]}"#,
);
const ASK_OF_OWNER: &str = concat!(
    r#"{"version":1,"record":0,"cost":1,"tier":"standard","kind":"minute","limits":[{"name":"for-sale","#,
    r#""algorithm":{"token-bucket":{"units":10,"window":86400000,"burst":10}},"#,
    r#""partition":[9,9,9,9,9,9,9,9,9,9,9,9,9,9,9,9]}]}"#,
);
const DECISION: &str = concat!(
    r#"{"now":1790000000000,"outcome":{"not_yet":6000},"standings":[{"limit":{"name":"minute","#,
    r#""algorithm":{"token-bucket":{"units":20,"window":60000,"burst":5}}},"remaining":0,"#,
    r#""wait":6000,"next":3000,"full":15000,"violated":true}]}"#,
);

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
            mark: Mark::TokenBucket(rule, Level(mark)),
        }
    };
    let minute = limit("minute", 20, 60_000, 20);
    let day = limit("day", 1_000_000_000, 31_622_400_000, 1);
    let (one, two) = (SubjectId([1; 16]), SubjectId([2; 16]));
    Page {
        account: None,
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

fn asked() -> Ask {
    Ask {
        version: 7,
        record: 1_790_000_000,
        subject: Some(SubjectId([3; 16])),
        brought_by: Some(SubjectId([255; 16])),
        ..ask(&[limit("minute", 20, 60_000, 5)], 2)
    }
}

/// A limit that counts a part of its subject.
fn per_value() -> Limit {
    Limit {
        partition: Some(Partition([9; 16])),
        ..limit("for-sale", 10, 86_400_000, 10)
    }
}

/// A denial, as its object answers it.
fn decided() -> Decision {
    let limits = [limit("minute", 20, 60_000, 5)];
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask(&limits, 5), START));
    object.ask(&ask(&limits, 2), START)
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
    let part = serde_json::to_string(&of_part(&limit("one", 1, 1, 1), 7)).unwrap();
    assert!(
        part.ends_with(r#","partition":[7,0,0,0,0,0,0,0,1,1,1,1,1,1,1,1]}"#),
        "{part}"
    );
}

#[test]
fn ask_format_unchanged() {
    assert_eq!(serde_json::to_string(&asked()).unwrap(), ASK);
    let email = Ask {
        kind: Some(asked().limits[0].name.clone()),
        ..ask(&[per_value()], 1)
    };
    let text = serde_json::to_string(&email).unwrap();
    assert_eq!(text, ASK_OF_OWNER);
    assert_eq!(serde_json::from_str::<Ask>(&text).unwrap(), email);
    let account = r#"{"version":1,"record":0,"cost":1,"tier":"standard","limits":[]}"#;
    assert_eq!(serde_json::to_string(&ask(&[], 1)).unwrap(), account);
}

#[test]
fn decision_format_unchanged() {
    assert_eq!(serde_json::to_string(&decided()).unwrap(), DECISION);
    for (outcome, text) in [
        (Outcome::Admitted, r#""admitted""#),
        (Outcome::Never, r#""never""#),
    ] {
        assert_eq!(serde_json::to_string(&outcome).unwrap(), text);
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

#[test]
fn fields_that_a_later_version_adds_are_passed_over() {
    let with_more = |text: &str| {
        let text = text.replacen('{', r#"{"later":{"x":[1]},"#, 1);
        text.replacen(r#"{"name":"#, r#"{"mode":"shadow","name":"#, 1)
    };
    assert_eq!(
        serde_json::from_str::<Ask>(&with_more(ASK)).unwrap(),
        asked()
    );
    assert_eq!(
        serde_json::from_str::<Decision>(&with_more(DECISION)).unwrap(),
        decided()
    );
    // An account's ask has neither subject nor network; an older version may say so with null.
    let null =
        r#"{"version":1,"cost":1,"tier":"standard","limits":[],"subject":null,"brought_by":null}"#;
    assert_eq!(serde_json::from_str::<Ask>(null).unwrap(), ask(&[], 1));
}

#[test]
fn limits_out_of_range_do_not_travel() {
    for (part, bad) in [
        (r#""units":20"#, r#""units":0"#),
        (r#""units":20"#, r#""units":1000000001"#),
        (r#""window":60000"#, r#""window":0"#),
        (r#""window":60000"#, r#""window":31622400001"#),
        (r#""burst":5"#, r#""burst":0"#),
        (r#""name":"minute""#, r#""name":"Minute""#),
        (r#""token-bucket""#, r#""leaky-bucket""#),
    ] {
        let text = ASK.replace(part, bad);
        assert_ne!(text, ASK);
        assert!(serde_json::from_str::<Ask>(&text).is_err(), "{bad}");
    }
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
