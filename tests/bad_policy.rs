//! What is wrong with a policy is said in one line: where, what was found, what is allowed.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

use headgate::bounds::MAX_POLICY_BYTES;
use headgate::policy::Policy;
use serde::Deserialize;
use serde_json::{Value, json};

/// Policies with one thing wrong, and the error of each. The schema's test reads them, too.
const BAD: &str = include_str!("data/bad_policies.json");

/// What is put at which place (a JSON pointer) of the least policy, and what the parser says to it.
#[derive(Deserialize)]
struct Row {
    at: String,
    is: Value,
    error: String,
}

/// The least that a policy must say.
fn least() -> Value {
    json!({
        "version": 1,
        "tiers": {
            "standard": {
                "limits": [{ "name": "minute", "algorithm": "token-bucket", "units": 200, "window": "1m" }]
            }
        }
    })
}

fn with(at: &str, value: Value) -> Value {
    let mut policy = least();
    let Some((parent, field)) = at.rsplit_once('/') else {
        return value;
    };
    match policy.pointer_mut(parent).unwrap() {
        Value::Array(items) => items[field.parse::<usize>().unwrap()] = value,
        parent => parent[field] = value,
    }
    policy
}

fn error(text: &str) -> String {
    Policy::parse(text).unwrap_err().to_string()
}

#[test]
fn the_least_policy_is_right() {
    assert!(Policy::parse(&least().to_string()).is_ok());
}

#[test]
fn every_bad_policy_is_told_where_and_what_and_what_instead() {
    let rows: Vec<Row> = serde_json::from_str(BAD).unwrap();
    assert!(rows.len() > 100);
    for row in rows {
        let policy = with(&row.at, row.is).to_string();
        assert_eq!(error(&policy), row.error, "{policy}");
    }
}

#[test]
fn what_is_not_json_is_told_with_line_and_column() {
    for (text, expected) in [
        ("", "not JSON: EOF while parsing a value at line 1 column 0"),
        (
            "{\n  \"version\": 1,\n}",
            "not JSON: trailing comma at line 3 column 1",
        ),
        ("{} {}", "not JSON: trailing characters at line 1 column 4"),
        (
            "{\"version\": 1e999}",
            "not JSON: number out of range at line 1 column 17",
        ),
        ("\u{feff}{}", "not JSON: expected value at line 1 column 1"),
    ] {
        assert_eq!(error(text), expected, "{text:?}");
    }
}

#[test]
fn what_is_too_deep_is_refused_before_the_stack_ends() {
    for open in ["[", "{\"a\":"] {
        let deep = error(&open.repeat(50_000));
        let expected = "not JSON: recursion limit exceeded at line 1";
        assert!(deep.starts_with(expected), "{deep}");
    }
}

#[test]
fn what_is_too_large_is_refused_unread() {
    let blank = " ".repeat(MAX_POLICY_BYTES - least().to_string().len());
    let full = least().to_string() + &blank;
    assert!(Policy::parse(&full).is_ok(), "as large as allowed");
    let expected = "found 1048577 bytes, allowed: at most 1048576";
    assert_eq!(error(&(full + " ")), expected);
    assert_eq!(error(&"[".repeat(1_048_577)), expected);
}

#[test]
fn a_field_that_stands_twice_is_refused_wherever_it_stands() {
    for (once, twice, path) in [
        ("\"version\":1", "\"version\":1,\"version\":2", "version"),
        (
            "\"units\":200",
            "\"units\":200,\"units\":200",
            "tiers.standard.limits[0].units",
        ),
        (
            "\"standard\":",
            "\"standard\":{\"limits\":[]},\"standard\":",
            "tiers.standard",
        ),
    ] {
        let policy = least().to_string().replacen(once, twice, 1);
        let expected = format!("{path}: found the field twice, allowed: each field once");
        assert_eq!(error(&policy), expected, "{policy}");
    }
}

#[test]
fn names_and_lists_are_as_long_as_said_and_no_longer() {
    let name = |length: usize| with("/tiers/standard/limits/0/name", json!("a".repeat(length)));
    let routes = |count: usize| with("/routes", json!(vec![json!({ "path": "/a" }); count]));
    let path = |length: usize| {
        let path = format!("/{}", "a".repeat(length - 1));
        with("/routes", json!([{ "path": path }]))
    };
    let prefix = |length: usize| {
        let prefixes = json!({ "k".repeat(length): "standard" });
        with("/keys", json!({ "prefixes": prefixes }))
    };
    let content_type = |length: usize| {
        let style = json!({ "body": "", "content_type": format!("a/{}", "b".repeat(length - 2)) });
        with("/dialect", json!({ "denials": { "quota": style } }))
    };
    for (make, most) in [
        (&name as &dyn Fn(usize) -> Value, 64),
        (&routes, 1_000),
        (&path, 2_048),
        (&prefix, 512),
        (&content_type, 64),
    ] {
        assert!(Policy::parse(&make(most).to_string()).is_ok());
        assert!(Policy::parse(&make(most + 1).to_string()).is_err());
    }
}

#[test]
fn whatever_stands_in_a_policy_its_error_stays_short() {
    let long = "é".repeat(10_000);
    let short = "é".repeat(60);
    for (at, value) in [
        (String::new(), json!({ &long: 1 })),
        ("/tiers".to_owned(), json!({ &long: 1 })),
        ("/on_unavailable".to_owned(), json!(long)),
    ] {
        let said = error(&with(&at, value).to_string());
        assert!(said.contains(&short), "{at}: {said:.300}");
        assert!(said.len() < 1_000, "{at}: {} bytes", said.len());
    }
    let answer = json!([{ "path": "/", "answer": { "body": format!("{{used:{long}}}") } }]);
    assert!(error(&with("/routes", answer).to_string()).len() < 1_000);
}
