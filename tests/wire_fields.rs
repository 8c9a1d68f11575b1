//! The fields of the draft, read back by an independent parser of structured fields (RFC 9651).

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::Limit;
use headgate::object::Account;
use headgate::policy::Dialect;
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};
use headgate::wire::{limit_headers, retry_after};
use proptest::prelude::*;
use sfv::{BareItem, Item, ListEntry, Parser};
use support::any::{kept, story};
use support::object::{Object, taken_by};
use support::{START, ask_slot, lane, limit};

/// The items of a list that has no inner lists: the names, and what is said of each.
fn items(field: &str) -> Vec<Item> {
    let list: sfv::List = Parser::new(field).parse().unwrap();
    let item = |entry| match entry {
        ListEntry::Item(item) => item,
        ListEntry::InnerList(_) => panic!("an inner list in {field}"),
    };
    list.into_iter().map(item).collect()
}

fn name(item: &Item) -> &str {
    item.bare_item.as_string().unwrap().as_str()
}

/// The keys of an item's parameters, in order.
fn keys(item: &Item) -> Vec<&str> {
    item.params.keys().map(|key| key.as_str()).collect()
}

fn integer(item: &Item, key: &str) -> u64 {
    let value = item.params.get(key).and_then(BareItem::as_integer);
    u64::try_from(i64::from(value.unwrap())).unwrap()
}

/// What `RateLimit-Policy` must say of a limit.
fn policy_says(item: &Item, limit: &Limit) {
    assert_eq!(name(item), limit.name.as_str());
    assert_eq!(integer(item, "q"), limit.algorithm.units());
    match limit.algorithm.window(START) {
        Some(Millis(ms)) if ms % 1_000 == 0 => {
            assert_eq!(keys(item), ["q", "w"]);
            assert_eq!(integer(item, "w"), ms / 1_000);
        }
        Some(_) => assert_eq!(keys(item), ["q"], "windows are whole seconds"),
        None => {
            assert_eq!(keys(item), ["q", "qu"]);
            let unit = item.params["qu"].as_string().unwrap().as_str();
            assert_eq!(unit, "concurrent-requests");
        }
    }
}

/// Both fields carry what the decision says, and nothing else.
fn carry(decision: &Decision) {
    let headers = limit_headers(&Dialect::neutral(), decision);
    let field = |name| {
        let found = headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| items(value)).unwrap_or_default()
    };
    let policies = field("RateLimit-Policy");
    assert_eq!(policies.len(), decision.standings.len());
    for (item, standing) in policies.iter().zip(&decision.standings) {
        policy_says(item, &standing.limit);
    }
    let denied = decision.outcome != Outcome::Admitted;
    let shown = decision.standings.iter();
    let shown: Vec<_> = shown.filter(|s| s.violated || !denied).collect();
    let limits = field("RateLimit");
    assert_eq!(limits.len(), shown.len());
    for (item, standing) in limits.iter().zip(shown) {
        assert_eq!(name(item), standing.limit.name.as_str());
        assert_eq!(integer(item, "r"), standing.remaining);
        if standing.limit.is_lane() {
            assert_eq!(keys(item), ["r"]);
            continue;
        }
        assert_eq!(keys(item), ["r", "t"]);
        let t = integer(item, "t");
        assert!(
            t > 0 || standing.remaining > 0,
            "nothing left, and no time until there is"
        );
        assert!(
            t.saturating_mul(1_000) >= standing.next.0,
            "capacity before the window ends"
        );
        assert!(retry_after(decision).is_none_or(|most| t <= most));
    }
}

proptest! {
    #![proptest_config(kept())]

    #[test]
    fn an_independent_parser_reads_of_every_decision_what_it_says(story in story(), behind in 0..2_000_u64) {
        let mut object = Object::<Account>::new();
        for (ask, now) in story.asks() {
            let decision = object.ask(&ask, now);
            carry(&decision);
            carry(&Decision { behind: Millis(behind), ..decision });
        }
    }

    #[test]
    fn it_reads_lanes_beside_rates_as_well(slots in 1..10_u64, taken in 0..10_u64, units in 1..20_u64) {
        let limits = [limit("minute", units, 60_000, units), lane("priority", slots)];
        let (mut object, now) = taken_by(&limits, taken.min(slots).min(units));
        carry(&object.ask(&ask_slot(&limits, 100), now));
    }
}

#[test]
fn no_number_has_more_digits_than_the_standard_allows() {
    let slow = [limit("slow", 1, 31_622_400_000, 1)];
    let mut object = Object::<Account>::new();
    object.ask(&ask_slot(&slow, 1), START);
    let denied = object.ask(&ask_slot(&slow, 2), START);
    assert_ne!(denied.outcome, Outcome::Admitted);
    carry(&Decision {
        behind: Millis(u64::MAX),
        ..denied.clone()
    });
    carry(&Decision {
        behind: Millis(u64::MAX),
        now: UnixMillis(u64::MAX),
        outcome: Outcome::Never,
        ..denied
    });
}
