//! Which accounts collectors name, and how.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::collector::{AccountUse, Collector, Report, Summary, Top, metrics, overview, points};
use headgate::limit::Name;
use headgate::time::{Millis, UnixMillis};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::{Random, START};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

fn later(ms: u64) -> UnixMillis {
    START.after(Millis(ms))
}

fn told(summaries: &[Summary]) -> Value {
    serde_json::from_str(&overview(summaries, START).body).unwrap()
}

#[test]
fn whoever_has_more_than_its_share_of_the_requests_is_in_the_list_and_never_with_too_many() {
    for seed in 0..40 {
        let (mut random, mut top) = (Random(seed), Top::new(20));
        let mut book: BTreeMap<String, u64> = BTreeMap::new();
        for _ in 0..5_000 {
            // A few ask often, very many seldom.
            let number = if random.one_in(2) {
                random.below(8)
            } else {
                random.below(2_000)
            };
            let account = format!("account-{number}");
            *book.entry(account.clone()).or_default() += 1;
            top.place(&account, |it| it.requests).unwrap().requests += 1;
        }
        assert!(top.iter().count() <= 20);
        for it in top.iter() {
            assert!(it.requests <= book[&*it.account]);
        }
        for (account, count) in book.iter().filter(|(_, count)| **count > 5_000 / 20) {
            assert!(
                top.iter().any(|it| *it.account == **account),
                "{account}: {count}"
            );
        }
    }
}

#[test]
fn the_overview_names_who_asks_most_who_is_refused_most_and_who_is_near_a_limit() {
    let name = Name::try_from("minute").unwrap();
    let mut collector = Collector::default();
    let of = |kind: &str, number: u64, requests, denied, share: u64| AccountUse {
        requests,
        denied,
        nearest: Some((name.clone(), share)),
        ..AccountUse::of(&format!("{kind}-{number}"))
    };
    for number in 0..30 {
        let accounts = vec![
            of("busy", number, 1_000, 0, 10),
            of("refused", number, 60, 60, 20),
            of("near", number, 1, 0, 90),
            of("small", number, 1, 0, 79),
        ];
        let report = Report {
            accounts,
            ..Report::default()
        };
        collector.hear(&report, None, later(number));
    }
    let all = told(&[collector.summary(later(MINUTE))]);
    let names = |kind: &str| {
        let accounts = all["accounts"].as_array().unwrap().iter();
        let of_kind = accounts.filter(|it| it["account"].as_str().unwrap().starts_with(kind));
        of_kind.count()
    };
    assert_eq!(
        [names("busy"), names("refused"), names("near")],
        [30, 30, 30]
    );
    assert_eq!(all["accounts"][0]["requests"], 1_000);
    let hours = later(3 * HOUR);
    assert_eq!(
        told(&[collector.summary(hours)])["accounts"],
        json!([]),
        "only of the last two hours"
    );
    assert_eq!(told(&[collector.summary(hours)])["minutes"], json!([]));
}

#[test]
fn what_a_name_holds_stays_inside_its_text() {
    let report = Report {
        accounts: vec![
            AccountUse::of("\"}],<img>\\"),
            AccountUse::of(&"x".repeat(128)),
        ],
        ..Report::default()
    };
    let written: Value = serde_json::from_str(&points(&report)).unwrap();
    assert_eq!(written[0]["indexes"], json!(["\"}],<img>\\"]));
    assert_eq!(written[1]["indexes"][0].as_str().unwrap().len(), 96);
    assert_eq!(written[1]["blobs"][1].as_str().unwrap().len(), 128);
    let mut collector = Collector::default();
    collector.hear(&report, None, START);
    let summary = collector.summary(START);
    assert_eq!(
        told(std::slice::from_ref(&summary))["accounts"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert!(!metrics(&[summary]).body.contains("img"));
}
