//! The replay as a command: what it is told, and what it writes.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod support;

use support::replayed::{complaint, file, policy_file, replay, said, text, written};

/// Four bookings of an event in ten seconds, of which three may be.
const LOG: &str = r#"192.0.2.1 - acme [21/Sep/2026:14:13:20 +0000] "POST /events/7/book HTTP/1.1" 201 12
192.0.2.1 - acme [21/Sep/2026:14:13:21 +0000] "POST /events/7/book HTTP/1.1" 201 12
192.0.2.1 - acme [21/Sep/2026:14:13:22 +0000] "POST /events/7/book HTTP/1.1" 201 12
192.0.2.1 - acme [21/Sep/2026:14:13:23 +0000] "POST /events/7/book HTTP/1.1" 201 12
"#;

fn new() -> String {
    text(&policy_file("new.json")).to_owned()
}

#[test]
fn what_is_shown_as_a_chart_is_svg_of_all_intervals() {
    let (svg, log) = (file("chart.svg"), written("chart.log", LOG));
    let words = [
        "--policy",
        &new(),
        "--tier",
        "standard",
        "--log",
        text(&log),
        "--svg",
        text(&svg),
    ];
    said(&replay(&words));
    let svg = std::fs::read_to_string(&svg).unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert_eq!(
        svg.matches("<rect class=\"denied\"").count(),
        4 + 1,
        "four seconds and the legend"
    );
    assert!(svg.contains("1 of 4 requests denied by the new policy"));
}

#[test]
fn a_command_line_that_is_not_right_is_told_what_is() {
    let new = new();
    for (words, expected) in [
        (vec!["--log", "-"], "--policy: missing"),
        (vec!["--policy", &new], "--log: missing"),
        (vec!["--policy"], "--policy: its value is missing"),
        (vec!["--polcy", "x"], "--polcy: no such option"),
        (
            vec!["--policy", &new, "--log", "/nowhere/log"],
            "/nowhere/log: No such file",
        ),
        (
            vec!["--policy", &new, "--log", "-", "--format", "xml"],
            "--format: found \"xml\", allowed: access, json or csv",
        ),
        (
            vec!["--policy", &new, "--log", "-", "--shards", "0"],
            "--shards: found \"0\", allowed: 1 to 1024",
        ),
        (
            vec!["--policy", &new, "--log", "-", "--admin-prefix", "ops"],
            "--admin-prefix: found \"ops\", allowed: slashes around",
        ),
        (
            vec!["--policy", &new, "--log", "-", "--top", "many"],
            "--top: found \"many\", allowed: 0 to 10000",
        ),
        (
            vec!["--policy", &new, "--log", "-", "--field", "tier"],
            "--field: found \"tier\", allowed: WHAT=NAME",
        ),
        (
            vec!["--policy", &new, "--log", &new, "--tier", "gold"],
            "--tier: found \"gold\", allowed: a tier of",
        ),
        (
            vec!["--policy", &new, "--log", &new, "--json", &new],
            "--json: found",
        ),
    ] {
        let said = complaint(&replay(&words));
        assert!(said.contains(expected), "{words:?}: {said}");
    }
    assert!(said(&replay(&["--help"])).starts_with("usage: headgate-replay"));
}
