//! Replays of lanes: who waits for a slot gets the first that comes free, and a long exchange keeps its own.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use support::Random;
use support::replayed::{denials, file, replay_of, report, said, text, written};

const SLOTS: usize = 3;
/// No multiple of what all other times are multiples of, so that nobody gives up when a slot comes free.
const PATIENCE: u64 = 550;

fn policy(more: &str) -> String {
    let path = written(
        "lane.json",
        &format!(
            r#"{{
              "version": 1, "strangers": "deny", {more}
              "tiers": {{ "paid": {{ "limits": [
                {{ "name": "jobs", "algorithm": "concurrency", "slots": {SLOTS}, "lease": "2s", "patience": "{PATIENCE}ms" }}
              ] }} }},
              "routes": [{{ "path": "/**", "lane": "jobs" }}]
            }}"#
        ),
    );
    text(&path).to_owned()
}

/// Crowds of exchanges, each longer than what a lease lasts or much shorter: line, when it came, how long it takes.
fn crowds(random: &mut Random) -> Vec<(u64, u64, u64)> {
    let mut all = Vec::new();
    for crowd in 0..60 {
        let start = 1_790_000_000_000 + crowd * 100_000;
        let times = (0..20).map(|_| start + random.below(60) * 100);
        let times: BTreeSet<u64> = times.collect();
        for at in times {
            let lasts = if random.one_in(6) {
                50
            } else {
                random.below(10)
            };
            all.push((all.len() as u64 + 1, at, lasts * 100 + 1));
        }
    }
    all
}

/// Whom a lane refuses, found out millisecond by millisecond.
fn refused(sent: &[(u64, u64, u64)]) -> BTreeSet<u64> {
    let (mut ends, mut refused): (Vec<u64>, BTreeSet<u64>) = (Vec::new(), BTreeSet::new());
    let mut waiting: Vec<(u64, u64, u64)> = Vec::new();
    let mut by_time: BTreeMap<u64, Vec<(u64, u64, u64)>> = BTreeMap::new();
    for one in sent {
        by_time.entry(one.1).or_default().push(*one);
    }
    for crowd in 0..60 {
        let start = 1_790_000_000_000 + crowd * 100_000;
        for now in start..start + 100_000 {
            ends.retain(|end| *end > now);
            waiting.extend(by_time.remove(&now).unwrap_or_default());
            while ends.len() < SLOTS && !waiting.is_empty() {
                let (_, _, lasts) = waiting.remove(0);
                ends.push(now + lasts);
            }
            waiting.retain(|(line, at, _)| {
                let stays = now < at + PATIENCE;
                if !stays {
                    refused.insert(*line);
                }
                stays
            });
        }
    }
    refused
}

#[test]
fn who_waits_for_a_slot_is_refused_only_if_none_comes_free_in_time() {
    let sent = crowds(&mut Random(11));
    let mut log = String::new();
    for (_, at, lasts) in &sent {
        let line = format!(
            r#"{{"time":{at},"method":"GET","path":"/x","account":"a","duration_ms":{lasts}}}"#
        );
        writeln!(log, "{line}").unwrap();
    }
    let csv = file("lanes.csv");
    let policy = policy("");
    let words = [
        "--policy",
        &policy,
        "--current",
        &policy,
        "--tier",
        "paid",
        "--csv",
        text(&csv),
    ];
    said(&replay_of(&log, &words));
    let denied = denials(&csv);
    let expected = refused(&sent);
    for word in ["new", "current"] {
        let of_word = denied.keys().filter(|(policy, _)| policy == word);
        let lines: BTreeSet<u64> = of_word.map(|(_, line)| *line).collect();
        assert_eq!(lines, expected);
    }
    assert!(
        expected.len() > sent.len() / 10 && expected.len() < sent.len() / 2,
        "{}",
        expected.len()
    );
}

#[test]
fn who_waits_when_the_log_ends_is_decided_on_like_anybody() {
    let line = |at: u64, lasts: u64| {
        format!(
            "{{\"time\":{at},\"method\":\"GET\",\"path\":\"/x\",\"account\":\"a\",\"duration_ms\":{lasts}}}\n"
        )
    };
    let start = 1_790_000_000_000;
    let mut log = line(start, 300);
    log.extend((0..4).map(|_| line(start, 60_000)));
    let told = report(&log, &["--policy", &policy(""), "--tier", "paid"]);
    // Three hold a slot, one gets that of the first, one waits in vain.
    assert_eq!(told["total"]["requests"], 5, "{told}");
    assert_eq!(told["total"]["denied_new"], 1);
}

#[test]
fn an_outcome_that_gives_units_back_does_so_when_the_exchange_ends() {
    let path = written(
        "refund.json",
        r#"{
          "version": 1, "strangers": "deny", "refund_on": [402],
          "tiers": { "paid": { "limits": [{ "name": "hour", "algorithm": "fixed-window", "units": 1, "window": "1h" }] } }
        }"#,
    );
    let line = |at: u64, status: u64| {
        let at = 1_790_000_000_000 + at;
        format!(
            "{{\"time\":{at},\"method\":\"GET\",\"path\":\"/x\",\"account\":\"a\",\"status\":{status},\"duration_ms\":100}}\n"
        )
    };
    for (log, denied) in [
        (line(0, 402) + &line(100, 200), 0),
        (line(0, 402) + &line(99, 200), 1),
        (line(0, 200) + &line(100, 200), 1),
    ] {
        let told = report(&log, &["--policy", text(&path), "--tier", "paid"]);
        assert_eq!(told["total"]["denied_new"], denied, "{log}");
    }
}

#[test]
fn a_log_in_the_order_of_ends_is_replayed_in_that_of_beginnings() {
    let mut sent = crowds(&mut Random(12));
    let expected = refused(&sent).len();
    sent.sort_by_key(|(_, at, lasts)| at + lasts);
    let mut log = String::new();
    for (_, at, lasts) in &sent {
        let (ended, seconds, ms) = (at + lasts, lasts / 1_000, lasts % 1_000);
        let line = format!(
            r#"{{"time":{ended},"method":"GET","path":"/x","account":"a","took":{seconds}.{ms:03}}}"#
        );
        writeln!(log, "{line}").unwrap();
    }
    let policy = policy("");
    let words = [
        "--policy",
        &policy,
        "--tier",
        "paid",
        "--field",
        "ended=time",
        "--field",
        "duration=took:s",
    ];
    let told = report(&log, &words);
    assert_eq!(told["total"]["denied_new"], expected, "{told}");
    assert_eq!(told["backward"]["lines"], 0);
}
