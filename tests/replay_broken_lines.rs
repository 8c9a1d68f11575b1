//! Broken lines of logs: each is told with its number, what was found and what is allowed, and nothing else is lost.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use serde_json::Value;
use support::replayed::{policy_file, report, text};

const GOOD: &str = r#"{"time":1790000000,"method":"GET","path":"/events","address":"192.0.2.1"}"#;

fn new() -> String {
    text(&policy_file("new.json")).to_owned()
}

/// The report of a good line and another.
fn with(line: &str, words: &[&str]) -> Value {
    let new = new();
    let words = [&["--policy", new.as_str()], words].concat();
    report(&format!("{GOOD}\n{line}\n{GOOD}\n"), &words)
}

/// What of a log was not replayed: line, what, found, allowed.
fn only_skipped(told: &Value) -> (u64, String, String, String) {
    let causes = told["skipped"]["causes"].as_array().unwrap();
    assert_eq!(causes.len(), 1, "{told}");
    let first = &causes[0]["first"][0];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (
        first["line"].as_u64().unwrap(),
        text(&causes[0]["what"]),
        text(&first["found"]),
        text(&first["allowed"]),
    )
}

/// Broken lines: what of each is wrong, what is found there, what is allowed.
const BROKEN: &[(&str, &str, &str, &str)] = &[
    (
        "{\"time\":17900000",
        "line",
        "a fault at column",
        "an object in JSON",
    ),
    ("[1]", "line", "JSON that is no object", "an object in JSON"),
    ("", "line", "nothing", "a request"),
    (
        r#"{"method":"GET","path":"/"}"#,
        "time",
        "nothing",
        "a time: 10/Oct/2026",
    ),
    (
        r#"{"time":"yesterday","method":"GET","path":"/"}"#,
        "time",
        "\"yesterday\"",
        "a time",
    ),
    (
        r#"{"time":"2026-02-30T00:00:00Z","method":"GET","path":"/"}"#,
        "time",
        "\"2026-02-30T",
        "a time",
    ),
    (
        r#"{"time":-5,"method":"GET","path":"/"}"#,
        "time",
        "\"-5\"",
        "a time",
    ),
    (
        r#"{"time":1790000000,"path":"/"}"#,
        "request",
        "nothing",
        "METHOD PATH VERSION",
    ),
    (
        r#"{"time":1790000000,"method":"GE T","path":"/"}"#,
        "method",
        "\"GE T\"",
        "letters",
    ),
    (
        r#"{"time":1790000000,"method":"GET","path":"events"}"#,
        "path",
        "something else",
        "a path that begins with a slash",
    ),
    (
        r#"{"time":1790000000,"method":"GET","path":"/","status":"ok"}"#,
        "status",
        "\"ok\"",
        "a number of three digits",
    ),
    (
        r#"{"time":1790000000,"method":"GET","path":"/","duration_ms":-1}"#,
        "duration",
        "\"-1\"",
        "a number, not below zero",
    ),
    (
        r#"{"time":1790000000,"method":"GET","path":"/","duration_ms":1e30}"#,
        "duration",
        "\"1e+30\"",
        "no longer than a day",
    ),
    (
        r#"{"time":1790000000,"method":"GET","path":"/","account":"acme"}"#,
        "account",
        "\"acme\"",
        "an account of the keys file",
    ),
    (
        r#"{"time":1790000000,"method":"GET","path":"/","account":"a b","tier":"paid"}"#,
        "account",
        "\"a b\"",
        "visible ASCII",
    ),
    (
        r#"{"time":1790000000,"method":"GET","path":"/","account":"acme","tier":"gold"}"#,
        "tier",
        "\"gold\"",
        "one of the tiers standard, paid, anonymous",
    ),
    (
        r#"{"time":1790000000,"method":"GET","path":"/","account":"acme","tier":"No Tier"}"#,
        "tier",
        "\"No Tier\"",
        "a name is 1 to 64",
    ),
];

#[test]
fn a_broken_line_of_json_is_told() {
    let long = format!("{{\"time\":\"{}\"}}", "9".repeat(70_000));
    let long = (long.as_str(), "line", "a longer one", "at most 65536 bytes");
    for (line, what, found, allowed) in BROKEN.iter().copied().chain([long]) {
        let told = with(line, &[]);
        assert_eq!(told["total"]["requests"], 2, "{line}");
        assert_eq!(told["skipped"]["lines"], 1);
        let skipped = only_skipped(&told);
        assert_eq!((skipped.0, skipped.1.as_str()), (2, what), "{line}");
        assert!(skipped.2.starts_with(found), "{line}: {skipped:?}");
        assert!(skipped.3.contains(allowed), "{line}: {skipped:?}");
    }
}

#[test]
fn a_broken_line_of_csv_or_of_an_access_log_is_told() {
    let csv = |line: &str| format!("time,method,path\n1790000000,GET,/\n{line}\n");
    let access = |line: &str| {
        format!(
            "192.0.2.1 - - [21/Sep/2026:14:13:20 +0000] \"GET / HTTP/1.1\" 200 1\n192.0.2.1 - - {line}\n"
        )
    };
    for (log, line, found, allowed) in [
        (csv("1790000000,GET"), 3, "2 cells", "3 cells"),
        (
            csv("1790000000,GET,\"/"),
            3,
            "a quote that does not end",
            "3 cells",
        ),
        (
            csv("1790000000,GET,\"/\"x"),
            3,
            "a quote that does not end",
            "3 cells",
        ),
        (
            access("[21/Sep/2026:14:13:20 +0000] \"GET / HTTP/1.1"),
            2,
            "a bracket or a quote",
            "ADDRESS - USER",
        ),
        (
            access("[21/Sep/2026:14:13:20 +0000] \"GET / HTTP/1.1\""),
            2,
            "5 fields",
            "ADDRESS - USER",
        ),
        (
            access("[21/Xyz/2026:14:13:20 +0000] \"GET / HTTP/1.1\" 200 1"),
            2,
            "\"21/Xyz/2026",
            "a time",
        ),
        (
            access("[21/Sep/2026:14:13:20 +0000] \"\\x16\\x03\" 400 1"),
            2,
            "something else",
            "METHOD PATH VERSION",
        ),
        (
            access("[21/Sep/2026:14:13:20 +0000] \"-\" 408 1"),
            2,
            "nothing",
            "METHOD PATH VERSION",
        ),
    ] {
        let told = report(&log, &["--policy", &new()]);
        let skipped = only_skipped(&told);
        assert_eq!(skipped.0, line, "{log}");
        assert!(skipped.2.starts_with(found), "{log}: {skipped:?}");
        assert!(skipped.3.contains(allowed), "{log}: {skipped:?}");
    }
}
