//! That something does not do its part is told once in each spell, whatever crashes, and costs nothing where all is well.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::Named;
use headgate::alert::Taken;
use headgate::collector::{Collector, DEGRADED, Part, Report, Tally};
use headgate::policy::Reason;
use headgate::time::{Millis, UnixMillis};
use serde_json::Value;
use std::collections::BTreeSet;
use support::{Random, START};

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

fn later(ms: u64) -> UnixMillis {
    START.after(Millis(ms))
}

fn degraded(part: &str, requests: u64) -> Report {
    let at = DEGRADED.iter().position(|it| *it == part).unwrap();
    let mut tally = Tally::default();
    (0..requests).for_each(|_| tally.count(Part::Degraded, at));
    Report {
        tally,
        degraded: [(part.into(), requests)].into(),
        ..Report::default()
    }
}

fn denied(reason: Reason) -> Report {
    let mut report = Report::default();
    report.tally.count(Part::Denied, reason as usize);
    if reason == Reason::Unavailable {
        report.degraded = [(reason.name().into(), 1)].into();
    }
    report
}

/// The collector that tells, as the platform runs it.
#[derive(Default)]
struct Desk {
    memory: Option<Collector>,
    row: Option<Vec<u8>>,
    alarm: Option<UnixMillis>,
    rows_fail: bool,
    /// What the receiver has taken: ids, and what stands in the bodies.
    got: Vec<(String, Value)>,
}

impl Desk {
    fn machine(&mut self) -> &mut Collector {
        let row = self.row.as_deref();
        (self.memory).get_or_insert_with(|| Collector::load(row).unwrap())
    }

    fn hear(&mut self, report: &Report, now: UnixMillis) {
        let named = Named {
            api: Some("maps".to_owned()),
            account: None,
        };
        self.machine().hear(report, Some(&named), now);
        self.write(now);
    }

    fn write(&mut self, now: UnixMillis) {
        let Some(due) = self.machine().due_row(now) else {
            return;
        };
        if self.rows_fail {
            return;
        }
        self.alarm = due.alarm.or(self.alarm);
        self.row = Some(due.bytes);
        self.machine().wrote();
    }

    fn post(&mut self, now: UnixMillis, taken: Taken) {
        while let Some((id, body)) = self.machine().letter(now) {
            if taken == Taken::Yes {
                self.got
                    .push((id.to_string(), serde_json::from_str(&body).unwrap()));
            }
            self.machine().sent(id, taken, now);
            self.write(now);
        }
    }

    /// The alarm, if it is set: when it came.
    fn ring(&mut self, taken: Taken) -> Option<UnixMillis> {
        let now = self.alarm.take()?;
        self.memory = None;
        self.post(now, taken);
        self.alarm = self.machine().next_alarm(now).or(self.alarm);
        Some(now)
    }

    /// The parts that were told, in their order.
    fn parts(&self) -> Vec<&str> {
        let parts = self.got.iter().map(|(_, body)| &body["data"]["degraded"]);
        parts.map(|part| part.as_str().unwrap()).collect()
    }
}

#[test]
fn a_spell_is_told_when_it_begins_with_its_part_its_api_and_how_many() {
    let mut desk = Desk::default();
    desk.hear(&degraded("object", 7), START);
    desk.post(START, Taken::Yes);
    let expected = serde_json::json!({
        "type": "degraded", "timestamp": "2026-09-21T14:13:20Z",
        "data": { "api": "maps", "degraded": "object", "requests": 7 },
    });
    assert_eq!(desk.got[0].1, expected);
}

#[test]
fn a_spell_lasts_until_nothing_was_heard_of_it_for_five_minutes() {
    let mut desk = Desk::default();
    let mut now = START;
    for pause in [0, 8 * SECOND, MINUTE, 5 * MINUTE - 1, 3 * MINUTE] {
        now = now.after(Millis(pause));
        desk.hear(&degraded("object", 1), now);
        desk.hear(&Report::default(), now);
        desk.post(now, Taken::Yes);
        assert_eq!(desk.parts(), ["object"], "after {pause} ms");
    }
    now = now.after(Millis(5 * MINUTE));
    desk.hear(&degraded("object", 1), now);
    desk.post(now, Taken::Yes);
    assert_eq!(desk.parts(), ["object", "object"]);
    assert_ne!(desk.got[0].0, desk.got[1].0);
}

#[test]
fn a_spell_that_lasts_is_told_again_each_hour() {
    let mut desk = Desk::default();
    for minute in 0..150 {
        desk.hear(&degraded("object", 1), later(minute * MINUTE));
        desk.post(later(minute * MINUTE), Taken::Yes);
        assert_eq!(desk.got.len() as u64, 1 + minute / 60, "minute {minute}");
    }
}

#[test]
fn each_part_has_spells_of_its_own_and_what_is_refused_for_want_of_a_decision_is_one() {
    let mut desk = Desk::default();
    desk.hear(&degraded("policy", 1), START);
    desk.hear(&denied(Reason::Unavailable), later(1));
    desk.hear(&degraded("policy", 1), later(2));
    desk.hear(&degraded("local", 1), later(3));
    desk.hear(&denied(Reason::Quota), later(4));
    desk.post(later(5), Taken::Yes);
    assert_eq!(desk.parts(), ["policy", "unavailable", "local"]);
}

#[test]
fn where_all_is_well_there_is_no_alarm_and_nothing_to_tell() {
    let mut desk = Desk::default();
    for minute in 0..10 {
        desk.hear(&denied(Reason::Quota), later(minute * MINUTE));
        desk.write(later(minute * MINUTE + 9 * SECOND));
    }
    desk.post(later(10 * MINUTE), Taken::Yes);
    assert_eq!((desk.alarm, desk.got.len()), (None, 0));
    assert_eq!(desk.machine().next_alarm(START), None);
}

#[test]
fn without_a_receiver_nothing_is_kept_to_be_told() {
    let mut collector = Collector::default();
    collector.hear(&degraded("object", 7), None, START);
    let due = collector.due_row(START).unwrap();
    collector.wrote();
    assert_eq!((due.alarm, collector.letter(START)), (None, None));
}

#[test]
fn nothing_is_sent_before_the_row_says_so() {
    let mut desk = Desk {
        rows_fail: true,
        ..Desk::default()
    };
    desk.hear(&degraded("object", 1), START);
    desk.post(START, Taken::Yes);
    assert_eq!(desk.got, []);
    desk.rows_fail = false;
    desk.write(later(MINUTE));
    desk.post(later(MINUTE), Taken::Yes);
    assert_eq!(desk.parts(), ["object"]);
}

#[test]
fn an_answer_that_was_lost_in_a_crash_is_asked_for_again_under_the_same_id() {
    let mut desk = Desk::default();
    desk.hear(&degraded("object", 1), START);
    let (id, _) = desk.machine().letter(START).unwrap();
    desk.memory = None;
    assert!(desk.ring(Taken::Yes).unwrap() > START);
    assert_eq!(desk.got[0].0, id.to_string());
    while desk.ring(Taken::Yes).is_some() {}
    desk.hear(&degraded("object", 1), later(MINUTE));
    desk.post(later(MINUTE), Taken::Yes);
    assert_eq!(desk.got.len(), 1);
}

#[test]
fn while_the_receiver_is_down_the_alarm_sends_it_again_until_it_is_given_up() {
    let mut desk = Desk::default();
    desk.hear(&degraded("object", 1), START);
    desk.post(START, Taken::Down(None));
    assert!(desk.ring(Taken::Down(None)).unwrap() < later(10 * SECOND));
    let mut last = START;
    while let Some(at) = desk.ring(Taken::Down(None)) {
        last = at;
    }
    let days = last.since(START).0 / (24 * 60 * MINUTE);
    assert!((2..=4).contains(&days), "{days} days");
    assert_eq!(desk.got, []);
    let events: Value = serde_json::from_str(&desk.machine().events(last)).unwrap();
    assert_eq!(events["given_up"][0]["type"], "degraded");
    desk.machine().send_again(last);
    desk.write(last);
    desk.post(last, Taken::Yes);
    assert_eq!(desk.parts(), ["object"]);
    let none = r#"{"waiting":[],"given_up":[],"lost":0}"#;
    assert_eq!(desk.machine().events(last), none);
}

#[test]
fn at_random_each_spell_is_told_once_through_crashes_and_a_receiver_that_fails() {
    for seed in 0..200 {
        let (mut random, mut desk) = (Random(seed), Desk::default());
        let (mut now, mut heard) = (START, None::<UnixMillis>);
        // A crash costs what was heard within the last minute: so the least and the most that may be told.
        let (mut least, mut most) = (0, 0);
        for _ in 0..300 {
            let pause = *random.pick(&[SECOND, MINUTE, 20 * MINUTE]);
            now = now.after(Millis(random.below(pause)));
            while let Some(wake) = desk.machine().next_wake().filter(|wake| *wake <= now) {
                desk.write(wake);
            }
            while desk.alarm.is_some_and(|at| at <= now) {
                desk.ring(Taken::Yes);
            }
            desk.hear(&degraded("tokens", 1), now);
            let quiet = heard.map_or(u64::MAX, |at| now.since(at).0);
            (least, most) = (
                least + u64::from(quiet >= 5 * MINUTE),
                most + u64::from(quiet >= 4 * MINUTE),
            );
            heard = Some(now);
            let is_down = random.one_in(3);
            desk.post(
                now,
                if is_down {
                    Taken::Down(None)
                } else {
                    Taken::Yes
                },
            );
            if random.one_in(4) {
                desk.memory = None;
            }
        }
        while desk.ring(Taken::Yes).is_some() {}
        // A spell that lasts is told again.
        most += now.since(START).0 / (60 * MINUTE);
        let told = desk.got.len() as u64;
        assert!(
            (least..=most).contains(&told),
            "{seed}: {told} of {least} to {most}"
        );
        let ids: BTreeSet<_> = desk.got.iter().map(|(id, _)| id).collect();
        assert_eq!(ids.len() as u64, told, "{seed}");
    }
}
