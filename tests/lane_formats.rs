//! Rows and messages of lanes, which outlive a version as all others do.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::lease::Grant;
use headgate::limit::{Algorithm, Level, Name};
use headgate::object::{Account, Answer, Ask, Message, Owner, Page, PageError, Release, SubjectId};
use headgate::subject::{Kept, Leases, Mark, Renewal, Unnamed};
use headgate::time::Millis;
use serde::de::DeserializeOwned;
use serde_json::{from_str, to_string};
use std::fmt::Debug;
use support::object::Object;
use support::pins::{LANE_ROW, LANE_ROW_WITH_LOST, bytes, hex};
use support::{START, ask, ask_slot, lane, lease, limit};

const LEASE: &str = r#""07000000000000000000000000000000""#;

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

/// Messages and what they look like.
fn messages() -> Vec<(Message, String)> {
    let ask = Ask {
        version: 7,
        record: 1_790_000_000,
        released: vec![lease(7), lease(7)],
        ..ask_slot(&[lane("priority", 8)], 7)
    };
    let renew = Renewal {
        lane: Name::try_from("priority").unwrap(),
        lease: lease(7),
        incarnation: 3,
    };
    let leases = vec![lease(7)];
    let limit = concat!(
        r#"{"name":"priority","algorithm":{"concurrency":{"slots":8,"lease":30000,"#,
        r#""patience":250,"retry_after":1000}}}"#,
    );
    let asked = format!(
        r#"{{"ask":{{"version":7,"record":1790000000,"cost":1,"lease":{LEASE},"released":[{LEASE},{LEASE}],"tier":"standard","limits":[{limit}]}}}}"#
    );
    vec![
        (Message::Ask(ask), asked),
        (
            Message::Renew(renew),
            format!(r#"{{"renew":{{"lane":"priority","lease":{LEASE},"incarnation":3}}}}"#),
        ),
        (
            Message::Release(Release { leases }),
            format!(r#"{{"release":{{"leases":[{LEASE}]}}}}"#),
        ),
    ]
}

/// Answers and what they look like.
fn answers() -> Vec<(Answer, String)> {
    let limits = [lane("priority", 1)];
    let mut object = Object::<Account>::new();
    let granted = object.ask(&ask_slot(&limits, 7), START);
    let refused = object.ask(&ask_slot(&limits, 8), START);
    let decided = |outcome: &str, rest: &str| {
        format!(
            concat!(
                r#"{{"decided":{{"now":1790000000000,"outcome":{},"standings":[{{"limit":{{"name":"priority","#,
                r#""algorithm":{{"concurrency":{{"slots":1,"lease":30000,"patience":250,"retry_after":1000}}}}}},"#,
                r#""remaining":0,"wait":{}}}}}"#,
            ),
            outcome, rest
        )
    };
    let grant = Grant {
        lasts: Millis(30_000),
        incarnation: 1,
    };
    vec![
        (
            Answer::Decided(granted),
            decided(
                r#""admitted""#,
                r#"0,"next":1000,"full":0,"violated":false}],"grant":{"lasts":30000,"incarnation":1}"#,
            ),
        ),
        (
            Answer::Decided(refused),
            decided(
                r#"{"not_yet":1000}"#,
                r#"1000,"next":1000,"full":0,"violated":true}]"#,
            ),
        ),
        (
            Answer::Renewed(Some(grant)),
            r#"{"renewed":{"lasts":30000,"incarnation":1}}"#.to_owned(),
        ),
        (Answer::Renewed(None), r#"{"renewed":null}"#.to_owned()),
        (Answer::Released, r#""released""#.to_owned()),
    ]
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
fn messages_about_leases_unchanged() {
    for (message, text) in messages() {
        assert_eq!(to_string(&message).unwrap(), text);
        assert_eq!(from_str::<Message>(&text).unwrap(), message);
    }
    for (answer, text) in answers() {
        assert_eq!(to_string(&answer).unwrap(), text);
        assert_eq!(from_str::<Answer>(&text).unwrap(), answer);
    }
    // What asks for no slot does not speak of leases at all.
    let without = r#"{"version":1,"record":0,"cost":1,"tier":"standard","limits":[]}"#;
    assert_eq!(to_string(&ask(&[], 1)).unwrap(), without);
    assert_eq!(from_str::<Ask>(without).unwrap(), ask(&[], 1));
}

/// The same text with a field more in one of its objects after the other; not in what names a variant.
fn each_with_more<T: DeserializeOwned + PartialEq + Debug>(value: &T, text: &str) -> usize {
    let variants = [
        r#"{"ask":"#,
        r#"{"renew":"#,
        r#"{"release":"#,
        r#"{"decided":"#,
        r#"{"renewed":"#,
        r#"{"concurrency":"#,
        r#"{"not_yet":"#,
    ];
    let is_open = |at: &usize| {
        !variants
            .iter()
            .any(|variant| text[*at..].starts_with(variant))
    };
    let objects = text.match_indices('{').map(|(at, _)| at).filter(is_open);
    let more = |at: usize| format!(r#"{}"later":{{"x":[1]}},{}"#, &text[..=at], &text[at + 1..]);
    let read = objects.map(|at| assert_eq!(from_str::<T>(&more(at)).unwrap(), *value));
    read.count()
}

#[test]
fn fields_that_a_later_version_adds_are_passed_over() {
    let read = messages()
        .into_iter()
        .map(|(message, text)| each_with_more(&message, &text));
    assert_eq!(read.collect::<Vec<_>>(), [3, 1, 1]);
    let read = answers()
        .into_iter()
        .map(|(answer, text)| each_with_more(&answer, &text));
    assert_eq!(read.collect::<Vec<_>>(), [5, 4, 1, 0, 0]);
}

#[test]
fn lanes_and_leases_out_of_range_do_not_travel() {
    let (_, text) = messages().remove(0);
    for (part, bad) in [
        (r#""slots":8"#, r#""slots":0"#),
        (r#""slots":8"#, r#""slots":10001"#),
        (r#""lease":30000"#, r#""lease":1999"#),
        (r#""lease":30000"#, r#""lease":3600001"#),
        (r#""patience":250"#, r#""patience":2001"#),
        (r#""retry_after":1000"#, r#""retry_after":0"#),
        (r#""lease":"07"#, r#""lease":"0"#),
        (r#""lease":"07"#, r#""lease":"0707"#),
        (r#""released":["07"#, r#""released":["0g"#),
    ] {
        let changed = text.replace(part, bad);
        assert_ne!(changed, text);
        assert!(from_str::<Message>(&changed).is_err(), "{bad}");
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
        mark,
    };
    let marks = vec![
        kept(lane.name, Mark::Concurrency(slots, Leases::default())),
        kept(rate.name, Mark::TokenBucket(bucket, Level(0))),
    ];
    let page = Page {
        account: None,
        subjects: vec![(SubjectId([0; 16]), marks)],
        ..Page::default()
    };
    let row = page.encode().unwrap();
    // Rule 0 with no leases, rule 1 at level 0; neither of a partition. Then that there is no account.
    let (rest, marks) = row.split_at(row.len() - 12);
    assert_eq!(marks, [0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    assert_eq!(Page::decode(&row), Ok(page));
    for (first, second) in [(1, 1), (0, 0), (1, 0), (2, 1), (0, 2)] {
        let marks = [first, 0, 1, 0, 0, 0, 0, second, 0, 0, 0, 0];
        let row = [rest, &marks].concat();
        assert_eq!(Page::decode(&row), Err(PageError::Corrupt));
        assert_eq!(Account::load(&[row]), Err(PageError::Corrupt));
    }
}
