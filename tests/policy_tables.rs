//! What finds routes and prefixes in few steps finds what trying all of them would, one after the other.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::MAX_PATTERN_BYTES;
use headgate::policy::{Policy, Route, Sharing};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::any::kept;

/// What patterns are made of: few segments, so that many are alike, by case or by escapes.
const SEGMENTS: [&str; 8] = ["*", "{}", "{key}", "a", "A", "b", "a:b", "a%20b"];

/// What paths are made of, those that no normalised path has among them.
const ASKED: [&str; 11] = [
    "a", "A", "b", "B", "a:b", "a%3Ab", "a%3aB", "a%20b", "%2A", "%", "",
];

const METHODS: [&str; 4] = ["GET", "HEAD", "POST", "get"];

fn policy(fields: &Value) -> Policy {
    let mut policy = json!({ "version": 1, "tiers": { "standard": { "limits": [] } } });
    for (field, value) in fields.as_object().unwrap() {
        policy[field] = value.clone();
    }
    Policy::parse(&policy.to_string()).unwrap()
}

/// Patterns as they are written: some longer than any path, some with a tail.
fn pattern() -> impl Strategy<Value = String> {
    let length = prop_oneof![8 => 0..5_usize, 1 => 14..20_usize];
    let segments = length.prop_flat_map(|length| vec(select(&SEGMENTS[..]), length));
    (segments, any::<bool>()).prop_map(|(segments, is_open)| {
        let mut parts = vec![String::new()];
        for (at, segment) in segments.iter().enumerate() {
            parts.push(match *segment {
                "{}" => format!("{{name-{at}}}"),
                // One key alone is allowed.
                "{key}" if parts.iter().any(|part| part == "{key}") => "*".to_owned(),
                segment => segment.to_owned(),
            });
        }
        let pattern = parts.join("/");
        match (is_open, pattern.is_empty()) {
            (true, _) => pattern + "/**",
            (false, true) => "/".to_owned(),
            (false, false) => pattern,
        }
    })
}

/// Each costs as much as its place says, so that no two are equal.
fn routes() -> impl Strategy<Value = Value> {
    let methods = prop_oneof![
        2 => Just(Vec::new()),
        1 => subsequence(&METHODS[..3], 1..=3),
    ];
    vec((pattern(), methods), 1..40).prop_map(|routes| {
        let route = |(cost, (path, methods)): (usize, (String, Vec<&str>))| {
            if methods.is_empty() {
                json!({ "path": path, "cost": cost })
            } else {
                json!({ "path": path, "cost": cost, "methods": methods })
            }
        };
        routes.into_iter().enumerate().map(route).collect()
    })
}

fn path() -> impl Strategy<Value = String> {
    let length = prop_oneof![8 => 0..6_usize, 1 => 14..21_usize];
    let segments = length.prop_flat_map(|length| vec(select(&ASKED[..]), length));
    (segments, any::<bool>()).prop_map(|(segments, is_folder)| {
        let mut parts = vec![""];
        parts.extend(&segments);
        if is_folder || segments.is_empty() {
            parts.push("");
        }
        parts.join("/")
    })
}

/// What a policy says of a key, by the definition: the longest beginning that tells.
fn told<'k>(
    rules: &BTreeMap<String, Option<String>>,
    key: &'k str,
) -> Option<(String, Sharing<'k>)> {
    let tells = |length: &usize| {
        let until = rules.get(&key[..*length])?;
        let sharing = match until {
            None => Sharing::Key(key),
            Some(until) => match key[*length..].find(until.as_str())? {
                0 => return None,
                captured => Sharing::Capture(&key[..length + captured]),
            },
        };
        Some((tier_of(&key[..*length]), sharing))
    };
    // The key goes beyond what it begins with.
    (0..key.len()).rev().find_map(|length| tells(&length))
}

/// A tier of its own for each prefix.
fn tier_of(prefix: &str) -> String {
    format!("t{prefix}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..kept() })]

    #[test]
    fn the_route_that_is_found_is_the_first_that_matches(
        routes in routes(),
        ignore_case in any::<bool>(),
        asked in vec((select(&METHODS[..]), path()), 1..20),
    ) {
        let policy = policy(&json!({ "routes": routes, "paths": { "ignore_case": ignore_case } }));
        for (method, path) in &asked {
            let matches = |route: &&Route| route.matches(method, path, ignore_case);
            let first = policy.routes.iter().find(matches);
            prop_assert_eq!(policy.route(method, path), first, "{} {}", method, path);
        }
    }

    #[test]
    fn the_prefix_that_is_found_is_the_longest_that_tells(
        rules in btree_map("[ab_]{0,6}", option::of(select(&["_", "__", "ab"][..])), 1..30),
        keys in vec("[ab_]{0,10}", 1..20),
    ) {
        let rules: BTreeMap<String, Option<String>> = rules
            .into_iter()
            .map(|(prefix, until)| (prefix, until.map(str::to_owned)))
            .collect();
        let policy = keyed(&rules);
        for key in &keys {
            let found = policy.tier_of_prefix(key);
            let found = found.map(|(tier, sharing)| (tier.name.to_string(), sharing));
            prop_assert_eq!(found, told(&rules, key), "{}", key);
        }
    }
}

fn keyed(rules: &BTreeMap<String, Option<String>>) -> Policy {
    let (mut tiers, mut prefixes, mut keys) = (json!({}), json!({}), json!({}));
    for (prefix, until) in rules {
        let tier = tier_of(prefix);
        tiers[&tier] = json!({ "limits": [] });
        let rule = match until {
            None => json!(tier),
            Some(until) => json!({ "tier": tier, "capture_until": until }),
        };
        if prefix.is_empty() {
            keys["default"] = rule;
        } else {
            prefixes[prefix] = rule;
        }
    }
    keys["prefixes"] = prefixes;
    policy(&json!({ "tiers": tiers, "keys": keys }))
}

#[test]
fn as_many_routes_and_prefixes_as_a_policy_may_have_are_all_found() {
    let route = |n: usize| json!({ "path": format!("/v1/r{n}/*"), "cost": n });
    let prefixes: BTreeMap<String, Option<String>> =
        (0..500).map(|n| (format!("p{n}_"), None)).collect();
    let mut policy = serde_json::Map::new();
    policy.insert("routes".into(), (0..1_000).map(route).collect());
    let (routed, keyed) = (self::policy(&policy.into()), keyed(&prefixes));
    for n in 0..1_000 {
        let found = routed.route("GET", &format!("/v1/r{n}/x")).unwrap();
        assert_eq!(found.cost, u64::try_from(n).unwrap());
        assert_eq!(routed.route("GET", &format!("/v1/r{n}")), None);
    }
    for n in 0..500 {
        let key = format!("p{n}_1");
        let (tier, _) = keyed.tier_of_prefix(&key).unwrap();
        assert_eq!(tier.name.as_str(), format!("tp{n}_"));
    }
}

#[test]
fn a_pattern_as_long_as_may_be_is_found() {
    let path = "/a".repeat(MAX_PATTERN_BYTES / 2);
    let routes = json!([{ "path": path.replacen('a', "*", 500) }, { "path": "/**", "cost": 2 }]);
    let policy = policy(&json!({ "routes": routes }));
    let cost = |path: &str| policy.route("GET", path).unwrap().cost;
    assert_eq!(cost(&path), 1);
    assert_eq!(cost(&path[2..]), 2);
    assert_eq!(cost(&(path + "/b")), 2);
}
