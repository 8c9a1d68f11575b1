//! What somebody can do who writes the policy, and what not: it names no secret, and no policy that is right makes a
//! message that an object would not read.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::{KeyHash, Named};
use headgate::alert::Alerting;
use headgate::bounds::{
    MAX_ACCOUNT_BYTES, MAX_ENTRIES, MAX_LIMITS, MAX_MESSAGE_BYTES, MAX_NAME_BYTES,
};
use headgate::identity::HashKey;
use headgate::limit::{Limit, Name};
use headgate::loan::Lend;
use headgate::object::{Ask, Message, SubjectId, Terms};
use headgate::policy::{Policy, Reason};
use headgate::time::Millis;
use headgate::wire::Denial;
use serde_json::{Value, json};
use support::{ask, lease};

/// Leases that may ride on one message.
const RIDING: u64 = 500;

/// The longest name that ends so.
fn long(end: usize) -> String {
    let end = format!("-{end}");
    format!("{}{end}", "n".repeat(MAX_NAME_BYTES - end.len()))
}

/// A limit whose numbers are as long as they may be.
fn rate(name: Option<usize>) -> Value {
    let mut rate = json!({"algorithm": "token-bucket", "units": 999_999_999, "burst": 999_999_999, "window": "366d"});
    if let Some(name) = name {
        rate["name"] = json!(long(name));
    }
    rate
}

/// A policy with as much of everything as one request can meet.
fn most() -> Policy {
    let numbers = 0..MAX_LIMITS;
    let per = |at: usize| {
        let mut rate = rate(None);
        rate["per"] = json!("path:part");
        (long(100 + at), rate)
    };
    let of_routes: serde_json::Map<String, Value> = numbers.clone().map(per).collect();
    let tier = long(0);
    let policy = json!({
        "version": 9_007_199_254_740_991_u64,
        "tiers": { &tier: { "limits": numbers.map(|at| rate(Some(at))).collect::<Vec<_>>() } },
        "limits": &of_routes,
        "billing": { "blocked": vec!["\u{1}".repeat(64); MAX_LIMITS] },
        "routes": [{ "path": "/{part}", "limits": of_routes.keys().collect::<Vec<_>>() }],
    });
    Policy::parse(&policy.to_string()).unwrap()
}

#[test]
fn the_most_that_a_policy_can_ask_of_an_object_is_a_message_that_it_reads() {
    let policy = most();
    let hash_key = HashKey::new(&[b'k'; 32]).unwrap();
    let partitioned = |limit: &Limit| Limit {
        partition: Some(hash_key.partition(&limit.name, "x")),
        ..limit.clone()
    };
    let of_route = policy.routes[0].limits.iter();
    let of_tier = policy.tiers[0].limits.iter().cloned();
    let limits: Vec<Limit> = of_tier
        .chain(of_route.map(|it| partitioned(&it.limit)))
        .collect();
    assert_eq!(limits.len(), 2 * MAX_LIMITS);
    let reserves =
        (0..MAX_LIMITS).map(|at| (Name::try_from(long(at).as_str()).unwrap(), u64::MAX / 4));
    let most = Ask {
        version: policy.version,
        record: u64::MAX,
        lease: Some(lease(u64::MAX)),
        released: vec![lease(u64::MAX); usize::try_from(RIDING).unwrap()],
        tier: policy.tiers[0].name.clone(),
        kind: Some(policy.tiers[0].name.clone()),
        subject: Some(SubjectId([255; 16])),
        brought_by: Some(SubjectId([255; 16])),
        terms: Terms {
            key: Some(KeyHash([255; 16])),
            reserves: reserves.collect(),
            refundable: true,
            blocked: policy.blocked.clone(),
            tells: true,
            alerting: Some(Alerting {
                percents: policy.alerts.clone(),
                named: Named {
                    api: Some("a".repeat(MAX_NAME_BYTES)),
                    account: Some("a".repeat(MAX_ACCOUNT_BYTES)),
                },
            }),
            looks: false,
            repeated: vec![(limits[0].name.clone(), u64::MAX); 8],
            lend: Some(Lend {
                loan: lease(u64::MAX),
                requests: u64::MAX,
                lasts: Millis(u64::MAX),
            }),
        },
        ..ask(&limits, u64::MAX)
    };
    let bytes = Message::Ask(most).encode().len();
    println!("{bytes} bytes of {MAX_MESSAGE_BYTES}");
    assert!(bytes <= MAX_MESSAGE_BYTES);
}

#[test]
fn no_blank_of_a_policy_stands_for_a_secret() {
    let blanks = [
        "{secret}",
        "{HASH_KEY}",
        "{hash_key}",
        "{ORIGIN_SECRET}",
        "{origin_secret}",
        "{ADMIN_TOKEN}",
        "{token}",
        "{key}",
        "{api_key}",
        "{authorization}",
        "{account}",
        "{email}",
        "{address}",
        "{X-Api-Key}",
        "${HASH_KEY}",
        "{{secret}}",
        "%{secret}",
        "{env.HASH_KEY}",
    ];
    let policy = json!({
        "version": 1,
        "tiers": { "standard": { "limits": [] } },
        "dialect": { "denials": { "unauthenticated": { "status": 401, "body": { "said": blanks.join(" ") } } } },
    });
    let policy = Policy::parse(&policy.to_string()).unwrap();
    let denial = Denial::without_decision(&policy, Reason::Unauthenticated, "r-1", "No.");
    let body: Value = serde_json::from_str(&denial.body).unwrap();
    assert_eq!(
        body["said"],
        json!(blanks.join(" ")),
        "they stand as they were written"
    );
}

#[test]
fn a_policy_has_a_bounded_number_of_everything() {
    let tier = json!({ "limits": [] });
    let parse = |count: usize| {
        let many = |item: fn(usize) -> Value| (0..count).map(item).collect::<Vec<_>>();
        let map = |value: &Value| {
            (0..count)
                .map(|at| (format!("n{at}"), value.clone()))
                .collect::<serde_json::Map<_, _>>()
        };
        let whole = json!({ "version": 1, "tiers": { "standard": tier }, "routes": many(|at| json!({ "path": format!("/{at}") })) });
        let tiers = json!({ "version": 1, "tiers": map(&tier) });
        let prefixes = json!({ "version": 1, "tiers": { "standard": tier }, "keys": { "prefixes": map(&json!("standard")) } });
        let limits =
            json!({ "version": 1, "tiers": { "standard": tier }, "limits": map(&rate(None)) });
        [whole, tiers, prefixes, limits].map(|policy| Policy::parse(&policy.to_string()).is_ok())
    };
    assert_eq!(parse(MAX_ENTRIES), [true; 4]);
    assert_eq!(parse(MAX_ENTRIES + 1), [false; 4]);
}
