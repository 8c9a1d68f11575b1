//! Replays of small logs: what is read in each format, whose requests are, and what is said of it.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use serde_json::json;
use support::replayed::{denials, file, policy_file, replay_of, report, said, text, written};

/// Two bookings of an event in each log, four of them in ten seconds, and what else logs tell.
const ACCESS: &str = r#"192.0.2.1 - acme [21/Sep/2026:14:13:20 +0000] "POST /events/7/book HTTP/1.1" 201 12
192.0.2.1 - acme [21/Sep/2026:16:13:21 +0200] "POST /events/7/book?x=\"1\" HTTP/1.1" 201 12 "-" "curl/8 \"x\""
192.0.2.1 - acme [21/Sep/2026:14:13:22 +0000] "POST http://api.example/events/7/book HTTP/2" 201 12
192.0.2.1 - acme [21/Sep/2026:14:13:23 +0000] "POST /events/7/book HTTP/1.1" 429 12 "-" "-" 0.004 more
192.0.2.1 - acme [21/Sep/2026:14:13:23 +0000] "POST /events/8/book HTTP/1.1" 201 12
"#;

const JSON: &str = r#"{"time":1790000000,"method":"POST","path":"/events/7/book","account":"acme"}
{"timestamp":"2026-09-21T14:13:21Z","request":"POST /events/7/book HTTP/1.1","account":"acme"}
{"ts":1790000002.000,"method":"POST","uri":"/events/7/book","user":"acme"}
{"@timestamp":"2026-09-21 16:13:23.000+02:00","method":"POST","path":"/events/7/book","account":"acme"}
{"time":1790000003000000000,"method":"POST","path":"/events/8/book","account":"acme"}
"#;

const CSV: &str = "\u{feff}time,method,path,account,note\r
1790000000000,POST,/events/7/book,acme,\"a, b\"\r
1790000001000,POST,/events/7/book,acme,\"say \"\"hi\"\"\"\r
1790000002000,POST,/events/7/book,\"acme\",\r
1790000003000,POST,/events/7/book,acme,-\r
1790000003000,POST,/events/8/book,acme,-\r
";

fn new() -> String {
    text(&policy_file("new.json")).to_owned()
}

#[test]
fn every_format_tells_the_same_requests() {
    for (format, log) in [("access", ACCESS), ("json", JSON), ("csv", CSV)] {
        let csv = file(&format!("{format}.csv"));
        let words = [
            "--policy",
            &new(),
            "--tier",
            "standard",
            "--csv",
            text(&csv),
        ];
        for words in [words.to_vec(), [&words[..], &["--format", format]].concat()] {
            let told = report(log, &words);
            assert_eq!(told["log"]["format"], format);
            assert_eq!(told["skipped"]["lines"], 0, "{told}");
            assert_eq!(told["log"]["first"], 1_790_000_000_000_u64);
            assert_eq!(told["log"]["last"], 1_790_000_003_000_u64);
            assert_eq!(told["total"]["requests"], 5);
            assert_eq!(told["total"]["denied_new"], 1, "{told}");
            let by = &told["by_limit"][0];
            assert_eq!(
                (&by["reason"], &by["limit"]),
                (&json!("quota"), &json!("booking"))
            );
            let line = if format == "csv" { 5 } else { 4 };
            let denial = ("booking".to_owned(), Some(7));
            let place = ("new".to_owned(), line);
            assert_eq!(denials(&csv), [(place, denial)].into(), "{format}");
        }
    }
}

#[test]
fn fields_stand_where_it_is_said() {
    let log = r#"{"at":1790000000,"http":{"verb":"GET","target":"/jobs"},"who":"acme","took":"0.25","user":"other"}"#;
    let words = [
        "--policy",
        &new(),
        "--tier",
        "paid",
        "--field",
        "time=at",
        "--field",
        "method=http.verb",
        "--field",
        "path=http.target",
        "--field",
        "account=who",
        "--field",
        "duration=took:s",
    ];
    let told = report(log, &words);
    assert_eq!(told["total"]["requests"], 1, "{told}");
    assert_eq!(told["left_out"], json!([]), "the lane goes by the duration");
    assert_eq!(told["clients"]["seen"], 1);

    let with_extra = "192.0.2.1 - tt_1 [21/Sep/2026:14:13:20 +0000] \"GET /jobs HTTP/1.1\" 200 1 \"-\" \"-\" 0.004\n";
    let words = [
        "--policy",
        &new(),
        "--field",
        "key=user",
        "--field",
        "duration=10:s",
    ];
    let told = report(with_extra, &words);
    assert_eq!(
        told["total"]["requests"], 1,
        "a user is no account if it is the key: {told}"
    );
}

#[test]
fn clients_are_known_as_the_gate_knows_them() {
    let keys = written(
        "keys.json",
        r#"[{"key":"secret-1","account":"acme","tier":"standard"},{"key":"secret-2","account":"acme","tier":"standard"}]"#,
    );
    let log = "time,method,path,key,account,tier,address\n\
        1790000000,GET,/search,secret-1,,,\n\
        1790000000,GET,/search,secret-2,,,\n\
        1790000000,GET,/search,,acme,,\n\
        1790000000,GET,/search,,globex,paid,\n\
        1790000000,GET,/search,tt_77,,,192.0.2.9\n\
        1790000000,GET,/search,unknown,,,192.0.2.9\n\
        1790000000,GET,/search,,,,192.0.2.9\n";
    let policy = written(
        "tight.json",
        &std::fs::read_to_string(new())
            .unwrap()
            .replace("\"cost\": 5", "\"cost\": 100"),
    );
    let told = report(log, &["--policy", text(&policy), "--keys", text(&keys)]);
    let mut clients: Vec<(String, u64)> = Vec::new();
    for client in told["clients"]["denied"].as_array().unwrap() {
        let name = client["client"].as_str().unwrap().to_owned();
        clients.push((name, client["denied_new"].as_u64().unwrap()));
    }
    assert_eq!(clients.len(), 4, "{told}");
    assert!(clients.contains(&("acme".to_owned(), 3)), "{clients:?}");
    assert!(clients.contains(&("globex".to_owned(), 1)), "{clients:?}");
    assert!(
        clients.contains(&("network 192.0.2.9".to_owned(), 2)),
        "{clients:?}"
    );
    assert!(
        clients
            .iter()
            .any(|(name, _)| name.starts_with("anonymous key "))
    );
    let shown = told.to_string();
    assert!(
        !shown.contains("tt_77") && !shown.contains("secret"),
        "keys are not shown"
    );
}

#[test]
fn two_policies_are_told_apart() {
    let lines: Vec<String> = (0..50)
        .map(|at| {
            format!(
                r#"{{"time":{},"method":"GET","path":"/events","account":"acme"}}"#,
                1_790_000_000_000_u64 + at
            )
        })
        .collect();
    let (new, current) = (policy_file("new.json"), policy_file("current.json"));
    let words = [
        "--policy",
        text(&new),
        "--current",
        text(&current),
        "--tier",
        "standard",
    ];
    let told = report(&lines.join("\n"), &words);
    // A burst of 60 against one of 40.
    assert_eq!(told["total"]["denied_new"], 0);
    assert_eq!(told["total"]["denied_current"], 10);
    assert_eq!(told["total"]["denied_current_alone"], 10);
    let words = [
        "--policy",
        text(&current),
        "--current",
        text(&new),
        "--tier",
        "standard",
    ];
    let told = report(&lines.join("\n"), &words);
    assert_eq!(told["total"]["denied_new_alone"], 10);
    assert_eq!(
        told["clients"]["denied"][0]["first_denied"],
        1_790_000_000_040_u64
    );
    assert_eq!(
        told["clients"]["denied"][0]["last_denied"],
        1_790_000_000_049_u64
    );
    let table = said(&replay_of(&lines.join("\n"), &words));
    let alone = table.lines().find(|line| line.starts_with("denied alone"));
    let words: Vec<&str> = alone.unwrap().split_whitespace().collect();
    assert_eq!(words, ["denied", "alone", "10", "0"]);
}

#[test]
fn a_lane_counts_only_what_says_how_long_it_took() {
    let line = |time: u64, lasts: &str| {
        format!(
            "{{\"time\":{time},\"method\":\"GET\",\"path\":\"/jobs\",\"account\":\"a\"{lasts}}}\n"
        )
    };
    let start = 1_790_000_000_000;
    let log: String = (0..4)
        .map(|at| line(start + at, ",\"duration_ms\":5000"))
        .collect();
    let words = ["--policy", &new(), "--tier", "paid"];
    let told = report(&log, &words);
    assert_eq!(told["by_limit"][0]["limit"], "jobs");
    assert_eq!(told["total"]["denied_new"], 1);
    let after = line(start + 5_000, ",\"duration_ms\":1");
    let told = report(&(log + &after), &words);
    assert_eq!(
        told["total"]["denied_new"], 1,
        "a slot is free when an exchange has ended"
    );
    let log: String = (0..4).map(|at| line(start + at, "")).collect();
    let told = report(&log, &words);
    assert_eq!(told["total"]["denied_new"], 0);
    assert_eq!(
        told["left_out"],
        json!([{"policy": "new", "limit": "jobs", "requests": 4}])
    );
    let table = said(&replay_of(&log, &words));
    assert!(
        table.contains("requests decided without jobs under the new policy: 4"),
        "{table}"
    );
}

#[test]
fn open_routes_and_preflights_cost_nobody_anything() {
    let log = "time,method,path,address\n1790000000,GET,/health,192.0.2.1\n1790000000,OPTIONS,/jobs,192.0.2.1\n\
        1790000000,GET,/_headgate/metrics,192.0.2.1\n1790000000,GET,/jobs,192.0.2.1\n";
    let told = report(log, &["--policy", &new()]);
    assert_eq!(
        (&told["total"]["uncharged"], &told["total"]["requests"]),
        (&json!(3), &json!(4))
    );
}

#[test]
fn what_the_gate_answers_itself_is_below_the_prefix_that_is_given() {
    let log = "time,method,path,address\n1790000000,GET,/_headgate/metrics,192.0.2.1\n1790000000,GET,/ops/gate/metrics,192.0.2.1\n";
    let told = report(log, &["--policy", &new(), "--admin-prefix", "/ops/gate/"]);
    assert_eq!(
        (&told["total"]["uncharged"], &told["total"]["requests"]),
        (&json!(1), &json!(2))
    );
}
