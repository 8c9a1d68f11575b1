//! What isolates gather and collectors add up: nothing is lost or counted twice but by memory that is lost, and counters
//! never go back.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::collector::{
    AccountUse, Collector, Gathered, How, Part, Report, Seen, Summary, Tally, Told, overview,
};
use headgate::limit::Name;
use headgate::policy::Reason;
use headgate::time::{Millis, UnixMillis};
use serde_json::Value;
use std::collections::BTreeMap;
use support::{Random, START};

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

const ADMITTED: Seen<'static> = Seen {
    denied: None,
    degraded: None,
    how: How::Asked,
    is_owners: false,
};

fn later(ms: u64) -> UnixMillis {
    START.after(Millis(ms))
}

fn gathered(requests: u64) -> Gathered {
    let mut gathered = Gathered::default();
    (0..requests).for_each(|_| gathered.note(&ADMITTED));
    gathered
}

fn told(summaries: &[Summary]) -> Value {
    serde_json::from_str(&overview(summaries, START).body).unwrap()
}

#[test]
fn two_hundred_calls_are_told_after_eight_seconds_and_twenty_after_a_minute() {
    assert!(!gathered(19).may_be_due());
    let mut first = gathered(20);
    assert!(first.due(START).is_some(), "nothing was told before");
    for (requests, wait) in [(20, 60), (199, 60), (200, 8), (4_000, 8)] {
        let mut later_on = first.clone();
        (0..requests).for_each(|_| later_on.note(&ADMITTED));
        let due = later(wait * SECOND);
        assert_eq!(later_on.due(UnixMillis(due.0 - 1)), None);
        assert_eq!(
            later_on.due(due).unwrap().tally.sum(Part::Admitted),
            requests
        );
        assert_eq!(later_on.due(later(600 * SECOND)), None, "told once");
    }
}

#[test]
fn decisions_that_took_no_call_are_told_five_thousand_at_a_time() {
    let mut gathered = gathered(20);
    let _ = gathered.due(START);
    let seen = Seen {
        denied: Some(Reason::Quota),
        degraded: None,
        how: How::Repeated,
        is_owners: false,
    };
    (0..4_999).for_each(|_| gathered.note(&seen));
    assert_eq!(gathered.due(later(8 * SECOND)), None);
    gathered.note(&seen);
    let report = gathered.due(later(8 * SECOND)).unwrap();
    assert_eq!(report.tally.sum(Part::Denied), 5_000);
    assert_eq!(report.tally.of(Part::Here)[0], ("repeated", 5_000));
}

#[test]
fn what_nobody_has_heard_is_told_with_the_next_report() {
    let mut gathered = gathered(40);
    let name = Name::try_from("minute").unwrap();
    gathered.note_account("acme", true, Some((&name, 81)));
    let report = gathered.due(START).unwrap();
    gathered.put_back(&report);
    gathered.note(&ADMITTED);
    gathered.note_account("acme", false, None);
    let again = gathered.due(later(60 * SECOND)).unwrap();
    assert_eq!(again.tally.sum(Part::Admitted), 41);
    let acme = AccountUse {
        requests: 2,
        denied: 1,
        nearest: Some((name, 81)),
        ..AccountUse::of("acme")
    };
    assert_eq!(again.accounts, [acme]);
}

/// Any request, and the names under which it counts.
fn any_seen(random: &mut Random) -> (Seen<'static>, Vec<&'static str>) {
    let parts = ["object", "local", "policy", "directory", "tokens"];
    let denied = random.one_in(2).then(|| *random.pick(&Reason::ALL));
    let degraded = random.one_in(4).then(|| *random.pick(&parts));
    let how = *random.pick(&[
        How::Unlimited,
        How::Asked,
        How::Repeated,
        How::Lent,
        How::Shed,
    ]);
    let here = match how {
        How::Repeated => Some("repeated"),
        How::Lent => Some("lent"),
        How::Shed => Some("shed"),
        How::Unlimited | How::Asked => None,
    };
    let names = [
        Some(denied.map_or("admitted", Reason::name)),
        degraded,
        here,
    ];
    let seen = Seen {
        denied,
        degraded,
        how,
        is_owners: false,
    };
    (seen, names.into_iter().flatten().collect())
}

/// All that a tally counts, by name.
fn by_name(tally: &Tally) -> BTreeMap<&'static str, u64> {
    let parts = [Part::Admitted, Part::Denied, Part::Degraded, Part::Here];
    let counts = parts.into_iter().flat_map(|part| tally.of(part));
    counts.filter(|(_, count)| *count > 0).collect()
}

#[test]
fn the_sum_over_all_collectors_is_what_was_decided_whoever_told_whom_and_when() {
    for seed in 0..40 {
        let mut random = Random(seed);
        let mut isolates: Vec<Gathered> = vec![Gathered::default(); 5];
        let mut collectors = vec![Collector::default(); 3];
        let mut book: BTreeMap<&str, u64> = BTreeMap::new();
        let mut now = START;
        for _ in 0..20_000 {
            now = now.after(Millis(random.below(40)));
            let at = usize::try_from(random.below(5)).unwrap();
            let (seen, names) = any_seen(&mut random);
            isolates[at].note(&seen);
            for name in names {
                *book.entry(name).or_default() += 1;
            }
            let Some(report) = isolates[at].due(now) else {
                continue;
            };
            let told = Told::Report {
                report: Box::new(report.clone()),
                named: None,
            };
            let bytes = told.encode();
            match Told::decode(&bytes) {
                Ok(Told::Report {
                    report,
                    named: None,
                }) if !random.one_in(3) => {
                    collectors[at % 3].hear(&report, None, now);
                }
                _ => isolates[at].put_back(&report),
            }
        }
        for (at, isolate) in isolates.iter_mut().enumerate() {
            let rest = isolate.due(now.after(Millis(MINUTE)));
            if let Some(rest) = &rest {
                collectors[at % 3].hear(rest, None, now);
            }
        }
        let mut sum = Tally::default();
        let summaries: Vec<Summary> = collectors.iter().map(|it| it.summary(now)).collect();
        for it in &summaries {
            sum.add(&it.totals);
        }
        let untold: u64 = book.values().sum::<u64>() - by_name(&sum).values().sum::<u64>();
        assert!(
            untold < 5 * 3 * 5_000,
            "each isolate keeps too few for a report"
        );
        for (name, count) in by_name(&sum) {
            assert!(
                count <= book[name] && count + 25_000 > book[name],
                "{seed} {name}"
            );
        }
        let told = told(&summaries);
        let minutes = told["minutes"].as_array().unwrap();
        let in_minutes = minutes.iter().map(|it| it["admitted"].as_u64().unwrap());
        assert_eq!(in_minutes.sum::<u64>(), sum.sum(Part::Admitted));
    }
}

#[test]
fn where_nothing_is_to_be_told_a_row_is_written_once_a_minute_at_most_and_what_is_told_of_it_never_goes_back()
 {
    for seed in 0..40 {
        let (mut random, mut collector) = (Random(seed), Collector::default());
        let (mut row, mut wrote): (Option<Vec<u8>>, Option<UnixMillis>) = (None, None);
        let (mut before, mut now) = (0, START);
        for _ in 0..500 {
            now = now.after(Millis(random.below(20 * SECOND)));
            let mut report = Report::default();
            report.tally.count(Part::Admitted, 0);
            collector.hear(&report, None, now);
            if let Some(due) = collector.due_row(now) {
                assert!(wrote.is_none_or(|wrote| now.since(wrote).0 >= MINUTE));
                if random.one_in(4) {
                    assert_eq!(collector.due_row(now), None, "tried again a minute later");
                } else {
                    (row, wrote) = (Some(due.bytes), Some(now));
                    collector.wrote();
                    assert_eq!(collector.next_wake(), None);
                }
            }
            if random.one_in(10) {
                collector = Collector::load(row.as_deref()).unwrap();
                wrote = None;
            }
            let summary = Summary::decode(&collector.summary(now).encode()).unwrap();
            let written = summary.written.sum(Part::Admitted);
            assert!((before..=summary.totals.sum(Part::Admitted)).contains(&written));
            before = written;
        }
        assert!(before > 0);
    }
}

#[test]
fn a_collector_that_falls_quiet_writes_before_it_loses_its_memory() {
    let mut collector = Collector::default();
    collector.hear(&Report::default(), None, START);
    assert!(collector.due_row(START).is_some(), "the first at once");
    collector.wrote();
    for second in [8, 16, 24] {
        collector.hear(&Report::default(), None, later(second * SECOND));
        assert_eq!(collector.due_row(later(second * SECOND)), None);
    }
    let quiet = later(33 * SECOND);
    assert_eq!(collector.next_wake(), Some(quiet));
    assert!(collector.due_row(quiet).is_some());
    let again = later(93 * SECOND);
    assert_eq!(
        collector.next_wake(),
        Some(again),
        "it could not be written"
    );
}

#[test]
fn damaged_bytes_are_an_error_and_no_empty_collector() {
    let mut collector = Collector::default();
    collector.hear(&Report::default(), None, START);
    let row = collector.due_row(START).unwrap().bytes;
    assert_eq!(
        Collector::load(Some(&row)).unwrap().summary(START),
        collector.summary(START)
    );
    assert!(Collector::load(Some(&[])).is_err());
    assert!(Collector::load(Some(&row[..row.len() - 1])).is_err());
    assert!(Collector::load(Some(&[&row[..], &[0]].concat())).is_err());
    assert!(Told::decode(&[2, 1]).is_err() && Summary::decode(&[]).is_err());
}
