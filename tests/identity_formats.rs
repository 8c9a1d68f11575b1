//! Names in KV and of objects, and records of keys, as they are written: changing one loses what is written.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use headgate::identity::{HashKey, Record, shard_of};
use headgate::limit::Name;
use support::pins::hex;

#[test]
fn names_of_records_objects_and_subjects_unchanged() {
    // printf 'key\0sk_live_1' | openssl dgst -sha256 -hmac 'a secret of at least 32 bytes...'
    let hash = HashKey::new(b"a secret of at least 32 bytes...").unwrap();
    assert_eq!(
        hash.record_name("sk_live_1"),
        "key:e13877e26d53f41d67af680e4a382ef729733f75ac7419f4098715a806f3536f"
    );
    assert_eq!(
        hash.account_name("acme"),
        "66b23563089028b3e1620aca9722e1633fe6ba1b7435a933c7285de975ae4dce"
    );
    assert_eq!(
        hex(&hash.subject("network", "192.0.2.1").0),
        "f2611258331551fcdf0d4634d2067362"
    );
    let name = |text| Name::try_from(text).unwrap();
    assert_eq!(
        hex(&hash.owner(&name("email"), "ada@example.com").0),
        "4be84e24df8ec06ca74cf76c9a231645"
    );
    assert_eq!(
        hex(&hash.partition(&name("for-sale"), "e1").0),
        "f2afa118b2dd6c1e9850b520e722b25e"
    );
    assert_eq!(hash.deployment(), "8afd88c2");
    assert_eq!(shard_of(hash.subject("network", "192.0.2.1"), 64), 34);
}

#[test]
fn record_format_unchanged() {
    let text = r#"{"account":"acme","tier":"standard","version":1790000000}"#;
    let record = Record::parse(text).unwrap();
    let told = (record.account.as_str(), record.tier.as_str());
    assert_eq!(
        (told, record.version),
        (("acme", "standard"), 1_790_000_000)
    );
    assert_eq!(serde_json::to_string(&record).unwrap(), text);
    let without = Record::parse(r#"{"account":"acme","tier":"standard"}"#).unwrap();
    assert_eq!(without.version, 0, "older than any that has one");
    assert_eq!(without.label, None);
    let labelled = r#"{"account":"acme","tier":"standard","version":7,"label":"Ada's"}"#;
    let record = Record::parse(labelled).unwrap();
    assert_eq!(record.label.as_deref(), Some("Ada's"));
    assert_eq!(serde_json::to_string(&record).unwrap(), labelled);
    assert!(!record.shows_would_deny);
    let shown = r#"{"account":"acme","tier":"standard","version":7,"shows_would_deny":true}"#;
    let record = Record::parse(shown).unwrap();
    assert!(record.shows_would_deny);
    assert_eq!(serde_json::to_string(&record).unwrap(), shown);
    assert!(Record::parse(r#"{"account":"...","tier":"a"}"#).is_ok());
    for bad in [
        "",
        "{}",
        "null",
        r#"{"account":"","tier":"a"}"#,
        r#"{"account":".","tier":"a"}"#,
        r#"{"account":"..","tier":"a"}"#,
        r#"{"account":"a","tier":"A"}"#,
        r#"{"account":"a","tier":"a","x":1}"#,
    ] {
        assert!(Record::parse(bad).is_err(), "{bad}");
    }
}
