//! Logs that are not right as a whole: what is wrong is told, and nothing is lost silently.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use support::Random;
use support::replayed::{complaint, policy_file, replay_of, report, said, text, written};

const GOOD: &str = r#"{"time":1790000000,"method":"GET","path":"/events","address":"192.0.2.1"}"#;

fn new() -> String {
    text(&policy_file("new.json")).to_owned()
}

#[test]
fn bytes_that_are_no_text_are_one_line_and_no_more() {
    let log = [GOOD.as_bytes(), b"\n{\"path\":\"\xff\"}\n", GOOD.as_bytes()].concat();
    let log = {
        let path = support::replayed::file("bytes.log");
        std::fs::write(&path, log).unwrap();
        path
    };
    let table = said(&support::replayed::replay(&[
        "--policy",
        &new(),
        "--log",
        text(&log),
    ]));
    assert!(
        table.contains("line 2: line: found other bytes, allowed: UTF-8"),
        "{table}"
    );
    assert!(table.contains("requests    2"), "{table}");
}

#[test]
fn the_first_of_many_faults_are_named_and_all_are_counted() {
    let mut log = vec![GOOD; 2];
    log.extend(["{"; 10]);
    let table = said(&replay_of(&log.join("\n"), &["--policy", &new()]));
    assert!(table.contains("lines not replayed: 10"), "{table}");
    assert!(
        table.contains("line 3: line: found a fault at column 1"),
        "{table}"
    );
    assert!(table.contains("7 more: line"), "{table}");
    assert_eq!(table.matches("a fault at column").count(), 3, "{table}");
}

#[test]
fn clocks_that_go_back_are_told_and_give_nothing_back() {
    let line = |time: u64| {
        format!(
            "{{\"time\":{time},\"method\":\"GET\",\"path\":\"/search\",\"address\":\"192.0.2.1\"}}"
        )
    };
    // Twenty units, five each; an hour back they are still spent.
    let mut log: Vec<String> = (0..4).map(|at| line(1_790_003_600_000 + at)).collect();
    log.push(line(1_790_000_000_000));
    let told = report(&log.join("\n"), &["--policy", &new()]);
    assert_eq!(told["total"]["denied_new"], 1, "{told}");
    assert_eq!(told["backward"]["lines"], 1);
    assert_eq!(told["backward"]["first_line"], 5);
    assert_eq!(told["backward"]["most_ms"], 3_600_003);
    let table = said(&replay_of(&log.join("\n"), &["--policy", &new()]));
    assert!(
        table.contains(
            "lines earlier than one before them: 1, by at most 3600003 ms (the first is line 5)"
        ),
        "{table}"
    );
}

#[test]
fn a_log_of_which_nothing_can_be_replayed_is_a_fault() {
    for (log, expected) in [
        ("", "-: found no line, allowed: a log of at least one"),
        ("\n\n", "-: nothing could be replayed"),
        (
            "{\n{\n",
            "line 1: line: found a fault at column 1, allowed: an object in JSON",
        ),
        (
            "\u{1f}\u{8b}",
            "the log has no time: found the columns \"\\u{1f}\\u{8b}\"",
        ),
        (
            "a,b,c\n1,2,3\n",
            "-: the log has no time: found the columns \"a\", \"b\", \"c\"",
        ),
        (
            "time,b,c\n1,2,3\n",
            "-: the log has no method and path: found the columns \"time\", \"b\", \"c\"",
        ),
        ("time,method,path\n", "-: nothing could be replayed"),
    ] {
        let said = complaint(&replay_of(log, &["--policy", &new()]));
        assert!(said.contains(expected), "{log:?}: {said}");
    }
    let gzip = support::replayed::file("log.gz");
    std::fs::write(&gzip, [0x1f, 0x8b, 8, 0]).unwrap();
    let said = complaint(&support::replayed::replay(&[
        "--policy",
        &new(),
        "--log",
        text(&gzip),
    ]));
    assert!(said.contains("found gzip, allowed: text"), "{said}");
}

#[test]
fn fields_that_are_not_there_are_told() {
    for (fields, expected) in [
        (
            "account=customer",
            "--field account: found \"customer\", allowed: - or one of the columns \"time\", \"method\", \"path\"",
        ),
        (
            "colour=red",
            "--field: found \"colour\", allowed: time, ended, request, method",
        ),
        (
            "duration=path:h",
            "--field duration: found :h, allowed: :s, :ms or :us",
        ),
        ("time=-", "the log has no time"),
    ] {
        let log = "time,method,path\n1790000000,GET,/\n";
        let said = complaint(&replay_of(log, &["--policy", &new(), "--field", fields]));
        assert!(said.contains(expected), "{fields}: {said}");
    }
}

#[test]
fn an_owner_that_the_log_does_not_tell_is_said_to_be_missing() {
    let policy = written(
        "owners.json",
        r#"{
          "version": 1, "strangers": "deny",
          "tiers": { "link": { "limits": [{ "name": "links", "algorithm": "token-bucket", "units": 1, "window": "1h", "burst": 1 }] } },
          "owners": { "email": { "by": "body:email", "spelling": "email", "tier": "link" } },
          "routes": [{ "path": "/login", "owner": "email" }]
        }"#,
    );
    let log = |mail: &str| {
        format!(
            "{{\"time\":1790000000,\"method\":\"POST\",\"path\":\"/login\",\"mail\":\"{mail}\"}}\n"
        )
    };
    let log = [
        log("a@example.com"),
        log("A@Example.com"),
        log("b@example.com"),
    ]
    .concat();
    let said = complaint(&replay_of(&log, &["--policy", text(&policy)]));
    assert!(said.contains("line 1: owner: found nothing, allowed: a log that tells the owner email (--field body:email=NAME)"), "{said}");
    let told = report(
        &log,
        &["--policy", text(&policy), "--field", "body:email=mail"],
    );
    assert_eq!(told["total"]["denied_new"], 1, "{told}");
    assert!(
        !told.to_string().contains("example.com"),
        "addresses of mail are not shown"
    );
}

/// Lines of each format that are right.
const RIGHT: [(&str, &str, &str); 3] = [
    ("json", "", GOOD),
    (
        "csv",
        "time,method,path,address,note",
        "1790000000,GET,/events/7/book?a=b,192.0.2.1,\"a \"\"b\"\"\"",
    ),
    (
        "access",
        "",
        "192.0.2.1 - - [21/Sep/2026:14:13:20 +0000] \"GET /events/%37/book HTTP/1.1\" 200 1 \"-\" \"a\\x41\"",
    ),
];

#[test]
fn whatever_stands_in_a_log_each_line_is_replayed_or_said_not_to_be() {
    let mut random = Random(5);
    for (format, header, line) in RIGHT {
        let mut log = header.as_bytes().to_vec();
        let lines = 3_000;
        for at in 0..lines {
            let mut line = line.as_bytes().to_vec();
            for _ in 0..random.below(4) {
                let place = usize::try_from(random.below(line.len() as u64)).unwrap();
                match random.below(3) {
                    0 => line[place] = u8::try_from(random.below(256)).unwrap(),
                    1 => drop(line.remove(place)),
                    _ => line.insert(place, *random.pick(b"\"\\[]{},.:-/%\t 0\xff")),
                }
            }
            line.retain(|byte| *byte != b'\n');
            log.extend((at > 0 || !header.is_empty()).then_some(b'\n'));
            log.extend(line);
        }
        let path = support::replayed::file(&format!("mutated.{format}"));
        std::fs::write(&path, log).unwrap();
        let words = ["--policy", &new(), "--format", format, "--log", text(&path)];
        let output = support::replayed::replay(&[&words[..], &["--json", "-"]].concat());
        let told: serde_json::Value = serde_json::from_str(&said(&output)).unwrap();
        let of = |part: &str, name: &str| told[part][name].as_u64().unwrap();
        let (replayed, skipped) = (of("total", "requests"), of("skipped", "lines"));
        assert_eq!(replayed + skipped, lines, "{format}");
        assert!(
            replayed > lines / 4 && skipped > lines / 20,
            "{format}: {skipped} skipped"
        );
    }
}
