//! Whose tier a key has that only its beginning tells.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use headgate::policy::{Policy, Sharing};
use serde_json::{Value, json};

fn policy(keys: &Value) -> Policy {
    let tiers = json!({ "small": { "limits": [] }, "large": { "limits": [] } });
    let policy = json!({ "version": 1, "tiers": tiers, "keys": keys });
    Policy::parse(&policy.to_string()).unwrap()
}

#[test]
fn keys_that_no_prefix_fits_have_the_default_tier() {
    let keys = json!({ "prefixes": { "tt_admin_": "large" }, "default": "small" });
    let policy = policy(&keys);
    let tier = |key: &'static str| {
        let (tier, sharing) = policy.tier_of_prefix(key).unwrap();
        assert_eq!(sharing, Sharing::Key(key));
        tier.name.to_string()
    };
    assert_eq!(tier("tt_admin_1"), "large");
    for key in ["tt_admin_", "tt_adminx", "TT_ADMIN_1", "x"] {
        assert_eq!(tier(key), "small", "{key}");
    }
}

#[test]
fn the_longest_prefix_holds_whatever_the_order() {
    let orders = [
        r#"{"tt_":"small","tt_live_":"large","tt_live_eu_":"small"}"#,
        r#"{"tt_live_eu_":"small","tt_live_":"large","tt_":"small"}"#,
        r#"{"tt_live_":"large","tt_":"small","tt_live_eu_":"small"}"#,
    ];
    for prefixes in orders {
        // As text: the order of fields is what is tested.
        let text = format!(
            r#"{{"version":1,"tiers":{{"small":{{"limits":[]}},"large":{{"limits":[]}}}},"keys":{{"prefixes":{prefixes}}}}}"#
        );
        let policy = Policy::parse(&text).unwrap();
        let tier = |key: &str| {
            policy
                .tier_of_prefix(key)
                .map(|(tier, _)| tier.name.as_str())
        };
        assert_eq!(tier("tt_1"), Some("small"));
        assert_eq!(tier("tt_live_1"), Some("large"));
        assert_eq!(tier("tt_live_eu_1"), Some("small"));
        assert_eq!(tier("tt_live_eu"), Some("large"));
        for unknown in ["", "tt", "tt_", "TT_1", " tt_1", "x_tt_1"] {
            assert_eq!(tier(unknown), None, "{unknown:?}");
        }
        // Nothing follows the prefix: known by the shorter one alone.
        assert_eq!(tier("tt_live_"), Some("small"));
    }
}

#[test]
fn keys_that_are_alike_up_to_the_separator_share_what_is_captured() {
    let until = |until: &str| json!({ "tier": "large", "capture_until": until });
    let prefixes = json!({ "tt_": "small", "tt_live_": until("_"), "tt_test_": until("--") });
    let policy = policy(&json!({ "prefixes": prefixes }));
    let told = |key| {
        let (tier, sharing) = policy.tier_of_prefix(key)?;
        Some((tier.name.as_str(), sharing))
    };
    for (key, captured) in [
        ("tt_live_acme_1", "tt_live_acme"),
        ("tt_live_acme_1_2", "tt_live_acme"),
        ("tt_live_acme_", "tt_live_acme"),
        ("tt_live_a_cme", "tt_live_a"),
        ("tt_test_a-b--1", "tt_test_a-b"),
    ] {
        assert_eq!(told(key), Some(("large", Sharing::Capture(captured))));
    }
    // Without a separator, or with nothing before it, the longer prefix does not tell.
    for key in ["tt_live_acme", "tt_live__1", "tt_live_", "tt_test_a-1"] {
        assert_eq!(told(key), Some(("small", Sharing::Key(key))));
    }
    assert_eq!(told("tx_live_acme_1"), None);
}
