//! Policies whose routes name limits.

use headgate::policy::Policy;
use serde_json::{Value, json};

/// A policy with one limit, counted so, on a route.
pub fn counted(path: &str, mut limit: Value, fields: &Value) -> Policy {
    for (field, value) in [
        ("algorithm", json!("token-bucket")),
        ("units", json!(1)),
        ("window", json!("1m")),
    ] {
        limit[field] = value;
    }
    let mut policy = json!({
        "version": 1,
        "tiers": { "standard": { "limits": [] } },
        "limits": { "some": limit },
        "routes": [{ "path": path, "limits": ["some"] }]
    });
    for (field, value) in fields.as_object().unwrap() {
        policy[field] = value.clone();
    }
    Policy::parse(&policy.to_string()).unwrap()
}
