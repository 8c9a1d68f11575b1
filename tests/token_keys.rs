//! Which keys a token may be verified with, and when published keys are asked for.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headgate::bounds::{MAX_JWKS_BYTES, MAX_PUBLISHED_KEYS};
use headgate::identity::{ASK_WITHIN, PublishedKeys, Step, Token};
use headgate::policy::{Jwk, Policy, TokenAlgorithm, Tokens, read_jwks};
use headgate::time::{Millis, UnixMillis};
use serde_json::{Value, json};

fn encoded(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// A key of a kind; none here has signed anything.
fn key(kty: &str, kid: Option<&str>) -> Value {
    let number = |bytes| encoded(vec![1; bytes]);
    let mut key = match kty {
        "oct" => json!({ "kty": kty, "k": number(32) }),
        "RSA" => json!({ "kty": kty, "n": number(256), "e": "AQAB" }),
        _ => json!({ "kty": kty, "crv": "P-256", "x": number(32), "y": number(32) }),
    };
    if let Some(kid) = kid {
        key["kid"] = json!(kid);
    }
    key
}

fn rules(keys: &[Value]) -> Tokens {
    let rules = json!({
        "algorithms": ["HS256", "RS256", "ES256"],
        "keys": keys,
        "account": "sub",
        "tier": { "name": "standard" },
    });
    let policy =
        json!({ "version": 1, "tiers": { "standard": { "limits": [] } }, "tokens": rules });
    Policy::parse(&policy.to_string()).unwrap().tokens.unwrap()
}

fn token(header: &Value) -> String {
    format!("{}.{}.AAAA", encoded(header.to_string()), encoded("{}"))
}

fn published(keys: &[Value]) -> Vec<Jwk> {
    read_jwks(&json!({ "keys": keys }).to_string()).unwrap()
}

#[test]
fn a_key_is_tried_for_its_own_algorithm_and_its_own_name_alone() {
    let names = [None, Some("1"), Some("2")];
    let kinds = ["oct", "RSA", "EC"];
    let keys: Vec<Value> = kinds
        .iter()
        .flat_map(|kty| names.map(|kid| key(kty, kid)))
        .collect();
    let rules = rules(&keys);
    for (alg, kty) in ["HS256", "RS256", "ES256"].iter().zip(kinds) {
        for kid in [None, Some("1"), Some("3")] {
            let mut header = json!({ "alg": alg });
            if let Some(kid) = kid {
                header["kid"] = json!(kid);
            }
            let text = token(&header);
            let token = Token::parse(&text, &rules).unwrap();
            let tried: Vec<&Value> = keys
                .iter()
                .zip(&rules.keys)
                .filter(|(_, key)| token.suits(key))
                .map(|(key, _)| key)
                .collect();
            let meant = |key: &&Value| {
                key["kty"] == kty
                    && (kid.is_none() || key["kid"].is_null() || key["kid"] == *kid.unwrap())
            };
            assert_eq!(
                tried,
                keys.iter().filter(meant).collect::<Vec<_>>(),
                "{header}"
            );
        }
    }
}

#[test]
fn a_key_reads_back_as_what_makes_it_up() {
    for kty in ["oct", "RSA", "EC"] {
        let rules = rules(&[key(kty, Some("1"))]);
        let back: Value = serde_json::from_str(&rules.keys[0].to_json()).unwrap();
        assert_eq!(back, key(kty, None));
        assert_eq!(rules.keys[0].kid.as_deref(), Some("1"));
        let shown = format!("{rules:?}");
        assert!(!shown.contains(&encoded([1; 32])), "{shown}");
    }
}

#[test]
fn of_published_keys_those_count_that_are_understood_and_no_secret() {
    let with = |field: &str, value: &str| {
        let mut key = key("RSA", None);
        key[field] = json!(value);
        key
    };
    let good = [
        key("EC", Some("1")),
        with("use", "sig"),
        with("alg", "RS256"),
        with("x5t", "any"),
    ];
    let bad = [
        key("oct", None),
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "AA" }),
        json!({}),
        json!(1),
        with("use", "enc"),
        with("alg", "RS512"),
        with("alg", "HS256"),
        with("n", &encoded([1; 255])),
        with("n", &encoded([1; 513])),
        with("e", ""),
        with("e", "AQA="),
    ];
    assert_eq!(published(&good).len(), good.len());
    assert!(published(&bad).is_empty());
    assert!(
        published(&good)
            .iter()
            .all(|key| key.algorithm != TokenAlgorithm::Hs256)
    );
    let many = |count| json!({ "keys": vec![key("EC", None); count] }).to_string();
    assert!(read_jwks(&many(MAX_PUBLISHED_KEYS)).is_ok());
    let large = format!("{{\"keys\":[]}}{}", " ".repeat(MAX_JWKS_BYTES));
    for bad in [
        &many(MAX_PUBLISHED_KEYS + 1),
        &large,
        "",
        "[]",
        "{}",
        "{\"keys\":{}}",
        "{\"keys\":[],\"keys\":[]}",
    ] {
        assert!(read_jwks(bad).is_err(), "{bad:.40}");
    }
}

/// What is to be done for a token of key `kid` at an instant.
fn step(known: &PublishedKeys, seconds: u64, kid: &str) -> &'static str {
    match known.step(UnixMillis(Millis::from_seconds(seconds).0), |key| {
        key.kid.as_deref() == Some(kid)
    }) {
        Step::Use { degraded: true, .. } => "use old",
        Step::Use { .. } => "use",
        Step::Ask => "ask",
        Step::Wait => "wait",
        Step::GiveUp => "give up",
    }
}

/// One request asks at an instant, for a token of key `kid`, and hears at once; of nothing it hears nothing.
fn asked(known: &mut PublishedKeys, seconds: u64, kid: &str, answer: Option<&str>) {
    assert_eq!(step(known, seconds, kid), "ask");
    let now = UnixMillis(Millis::from_seconds(seconds).0);
    known.ask(now);
    assert_ne!(step(known, seconds, kid), "ask", "one at a time");
    match answer {
        Some(name) => known.learn(published(&[key("EC", Some(name))]), now, |key| {
            key.kid.as_deref() == Some(kid)
        }),
        None => known.fail(now),
    }
}

#[test]
fn keys_are_asked_for_once_in_ten_minutes_and_the_last_ones_hold_meanwhile() {
    let mut known = PublishedKeys::default();
    asked(&mut known, 1_000, "a", Some("a"));
    assert_eq!(step(&known, 1_599, "a"), "use");
    asked(&mut known, 1_600, "a", None);
    for at in [1_600, 1_629] {
        assert_eq!(step(&known, at, "a"), "use old");
        assert_eq!(step(&known, at, "b"), "give up", "it may be a new one");
    }
    asked(&mut known, 1_630, "a", None);
    asked(&mut known, 999_999, "a", Some("b"));
    assert_eq!(step(&known, 999_999, "b"), "use", "rotated");
}

#[test]
fn an_unknown_name_makes_us_ask_at_once_and_then_each_half_minute_at_most() {
    let mut known = PublishedKeys::default();
    asked(&mut known, 1_000, "a", Some("a"));
    asked(&mut known, 1_001, "b", Some("b"));
    asked(&mut known, 1_002, "made-up", Some("b"));
    for at in [1_002, 1_031] {
        assert_eq!(
            step(&known, at, "another"),
            "use",
            "the ones that are known, in vain"
        );
        assert_eq!(step(&known, at, "b"), "use");
    }
    asked(&mut known, 1_032, "another", Some("b"));
}

#[test]
fn without_any_key_nobody_asks_for_a_second_after_a_failure() {
    let mut known = PublishedKeys::default();
    asked(&mut known, 1_000, "a", None);
    assert_eq!(step(&known, 1_000, "a"), "give up");
    asked(&mut known, 1_001, "a", Some("a"));
}

#[test]
fn who_asks_and_is_gone_is_waited_for_no_longer_than_an_answer_may_take() {
    let mut known = PublishedKeys::default();
    known.ask(UnixMillis(0));
    let at = |now| known.step(now, |_| true);
    assert_eq!(at(UnixMillis(0).after(ASK_WITHIN)), Step::Wait);
    assert_eq!(
        at(UnixMillis(0).after(ASK_WITHIN).after(Millis(1))),
        Step::Ask
    );
}
