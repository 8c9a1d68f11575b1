//! The keys file: what is wrong with it is said, and never a key.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use headgate::identity::{Key, read_keys};
use headgate::policy::{DocumentError, Policy};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::any::kept;

fn read(text: &str) -> Result<Vec<Key>, DocumentError> {
    let policy = Policy::parse(include_str!("../policies/ticksupply.json")).unwrap();
    read_keys(text, &policy, 1)
}

fn error(keys: &Value) -> String {
    read(&keys.to_string()).unwrap_err().to_string()
}

fn entry(key: &str, account: &str, tier: &str) -> Value {
    json!({ "key": key, "account": account, "tier": tier })
}

#[test]
fn each_key_has_an_account_and_the_account_a_tier() {
    let keys = json!([
        entry("k1", "acme", "standard"),
        entry("k2", "acme", "standard"),
        entry("k3", "globex", "trial"),
    ]);
    let keys = read(&keys.to_string()).unwrap();
    let told: Vec<_> = keys
        .iter()
        .map(|key| {
            (
                key.credential.as_str(),
                key.record.account.as_str(),
                key.record.tier.as_str(),
            )
        })
        .collect();
    let expected = [
        ("k1", "acme", "standard"),
        ("k2", "acme", "standard"),
        ("k3", "globex", "trial"),
    ];
    assert_eq!(told, expected);
    assert_eq!(read("[]"), Ok(Vec::new()));
}

#[test]
fn every_bad_keys_file_is_told_where_and_what_instead() {
    const UNSEEN: &str = "found something else, allowed:";
    let key =
        format!("[0].key: {UNSEEN} a key of 1 to 512 visible ASCII characters without a comma");
    let item = format!(
        "[0]: {UNSEEN} an object of key, account and tier, and label and shows_would_deny if need be, each once"
    );
    let list = format!("the document: {UNSEEN} a list of at most 100000 keys");
    let label = format!("[0].label: {UNSEEN} a text of 1 to 128 bytes without control characters");
    let shows = format!("[0].shows_would_deny: {UNSEEN} true or false");
    let account = |found: &str| {
        format!(
            "[0].account: found {found:?}, allowed: 1 to 128 visible ASCII characters, neither \".\" nor \"..\""
        )
    };
    let missing =
        |field: &str| format!("[0].{field}: found nothing, allowed: this field is required");
    let (one, long) = (entry("sk_1", "acme", "standard"), "k".repeat(513));
    for (keys, expected) in [
        (json!([one, entry("sk_1", "globex", "standard")]), format!("[1].key: {UNSEEN} each key once")),
        (json!([entry("sk_1", "acme", "gold")]), "[0].tier: found \"gold\", allowed: a tier of the policy".into()),
        (json!([one, entry("sk_2", "acme", "trial")]), "[1].tier: found \"trial\", allowed: \"standard\", the tier of this account's other keys".into()),
        (json!([entry("sk_1", "acmé", "standard")]), account("acmé")),
        (json!([entry("sk_1", "", "standard")]), account("")),
        (json!([entry("sk_1", "a b", "standard")]), account("a b")),
        (json!([entry("sk_1", ".", "standard")]), account(".")),
        (json!([entry("sk_1", "..", "standard")]), account("..")),
        (json!([entry("sk 1", "acme", "standard")]), key.clone()),
        (json!([entry("sk,1", "acme", "standard")]), key.clone()),
        (json!([entry("ské", "acme", "standard")]), key.clone()),
        (json!([entry("", "acme", "standard")]), key.clone()),
        (json!([entry(&long, "acme", "standard")]), key.clone()),
        (json!([{ "key": 12_345, "account": "acme", "tier": "standard" }]), key),
        (json!([{ "account": "acme", "tier": "standard" }]), missing("key")),
        (json!([{ "key": "sk_1", "tier": "standard" }]), missing("account")),
        (json!([{ "key": "sk_1", "account": "acme" }]), missing("tier")),
        (json!([{ "key": "sk_1", "account": "acme", "tier": "standard", "note": 1 }]), item.clone()),
        (json!([{ "key": "sk_1", "account": "acme", "tier": "standard", "label": "sk\u{1}" }]), label.clone()),
        (json!([{ "key": "sk_1", "account": "acme", "tier": "standard", "label": 7 }]), label),
        (json!([{ "key": "sk_1", "account": "acme", "tier": "standard", "shows_would_deny": "sk_1" }]), shows),
        (json!(["sk_1"]), item),
        (json!("sk_1"), list.clone()),
        (json!({ "sk_1": "acme" }), list),
    ] {
        assert_eq!(error(&keys), expected, "{keys}");
    }
    let broken = read("[\n{\"key\": sk_1}]").unwrap_err().to_string();
    assert_eq!(broken, "not JSON: expected value at line 2 column 9");
}

proptest! {
    #![proptest_config(kept())]

    #[test]
    fn a_key_never_shows_in_an_error_or_in_what_is_logged(
        secret in "sk_live_[a-z0-9]{8}",
        shape in 0..10_usize,
    ) {
        let text = match shape {
            0 => json!([entry(&secret, "acme", "standard"), entry(&secret, "acme", "standard")]),
            1 => json!([secret]),
            2 => json!(secret),
            3 => json!({ &secret: {} }),
            4 => json!([{ &secret: "acme", "tier": "standard" }]),
            5 => json!([{ "key": [secret], "account": "acme", "tier": "standard" }]),
            6 => json!([entry(&format!("{secret} "), "acme", "standard")]),
            7 => json!([entry(&secret, "acme", "gold")]),
            8 => json!([{ "key": "k", "account": "acme", "tier": "standard", "label": [secret] }]),
            _ => json!([entry(&secret, "acme", "standard"), entry(&format!("{secret}2"), "acme", "trial")]),
        };
        let error = read(&text.to_string()).unwrap_err();
        let shown = format!("{error} {error:?}");
        prop_assert!(!shown.contains(&secret), "{shown}");
        let right = json!([entry(&secret, "acme", "standard")]).to_string();
        let logged = format!("{:?}", read(&right).unwrap());
        prop_assert!(!logged.contains(&secret));
    }
}
