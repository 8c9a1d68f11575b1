//! What counts as used, and why something was refused.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::Day;
use headgate::limit::Name;
use headgate::loan::{Lend, Unspent};
use headgate::object::{Account, Ask, Owner, Terms};
use headgate::time::Millis;
use serde_json::{Value, json};
use support::object::Object;
use support::{START, ask, ask_slot, lane, lease, limit, order};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// What was counted today.
fn today(object: &mut Object<Account>) -> Value {
    let reply = object.operate(&order("GET", "usage", "{}"), START);
    let said: Value = serde_json::from_str(&reply.body).unwrap();
    said["days"].as_array().unwrap().last().unwrap().clone()
}

/// All refusals of a day.
fn denied(day: &Value) -> u64 {
    let reasons = day["denied"].as_object().unwrap().values();
    reasons.map(|count| count.as_u64().unwrap()).sum()
}

#[test]
fn refusals_are_told_apart_by_reason_and_by_the_limit_that_takes_longest() {
    let limits = [limit("minute", 2, MINUTE, 2), limit("hour", 2, HOUR, 2)];
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask(&limits, 2), START));
    assert!(!object.admits(&ask(&limits, 1), START));
    assert!(!object.admits(&ask(&limits, 3), START));
    let full = [lane("exports", 1)];
    assert!(object.admits(&ask_slot(&full, 1), START));
    assert!(!object.admits(&ask_slot(&full, 2), START));
    object.operate(
        &order("PUT", "suspension", r#"{"until":1800000000}"#),
        START,
    );
    assert!(!object.admits(&ask(&limits, 0), START));
    let day = today(&mut object);
    let reasons = json!({"quota": 1, "concurrency": 1, "never": 1, "payment_required": 0, "suspended": 1, "revoked": 0});
    assert_eq!(day["denied"], reasons);
    assert_eq!(day["denied_by"]["exports"], 1);
    let by_rates = ["minute", "hour"].map(|it| day["denied_by"][it].as_u64().unwrap_or(0));
    assert_eq!(by_rates.iter().sum::<u64>(), 2, "one limit for each");
    assert!(by_rates[1] > 0, "of the two the hour takes longer");
}

#[test]
fn who_waits_for_a_slot_is_refused_when_nobody_waits_any_longer() {
    let limits = [lane("exports", 1)];
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask_slot(&limits, 1), START));
    for _ in 0..3 {
        // As the object does it while slots may still come free.
        let (decision, _) =
            headgate::object::Owner::handle(object.machine(), &ask_slot(&limits, 2), START);
        assert!(decision.patience().is_some());
    }
    assert_eq!(denied(&today(&mut object)), 0);
    object.ask(&ask_slot(&limits, 2), START);
    assert_eq!(denied(&today(&mut object)), 1);
}

#[test]
fn what_an_isolate_refused_by_itself_counts_when_it_says_so() {
    let limits = [limit("minute", 5, MINUTE, 5)];
    let mut object = Object::<Account>::new();
    let name = Name::try_from("minute").unwrap();
    let said = |repeated| Ask {
        terms: Terms {
            repeated,
            ..Terms::default()
        },
        ..ask(&limits, 1)
    };
    assert!(object.admits(&said(vec![(name, 41)]), START));
    assert!(object.admits(&said(Vec::new()), START));
    let day = today(&mut object);
    assert_eq!((&day["admitted"], denied(&day)), (&json!(2), 41));
    assert_eq!(day["denied_by"], json!({"minute": 41}));
}

#[test]
fn what_only_looks_is_not_counted() {
    let mut object = Object::<Account>::new();
    let look = Ask {
        terms: Terms {
            looks: true,
            ..Terms::default()
        },
        ..ask(&[limit("minute", 5, MINUTE, 5)], 0)
    };
    assert!(object.admits(&look, START));
    assert_eq!(today(&mut object)["admitted"], 0);
}

#[test]
fn what_is_lent_counts_and_what_comes_back_does_not_however_often_it_is_said() {
    let limits = [limit("minute", 1_000, MINUTE, 1_000)];
    let mut object = Object::<Account>::new();
    let lend = Lend {
        loan: lease(9),
        requests: 50,
        lasts: Millis(1_000),
    };
    let asked = Ask {
        terms: Terms {
            lend: Some(lend),
            ..Terms::default()
        },
        ..ask(&limits, 2)
    };
    let loan = object.ask(&asked, START).loan.unwrap();
    let counted = |object: &mut Object<Account>| {
        let day = today(object);
        ["admitted", "units"].map(|what| day[what].as_u64().unwrap())
    };
    let most = 1 + loan.requests;
    assert_eq!(counted(&mut object), [most, 2 * most]);
    let back = Unspent {
        loan: loan.id,
        units: 20,
    };
    for _ in 0..3 {
        let back = std::slice::from_ref(&back);
        object.machine().take_back(back, START.after(Millis(900)));
        assert_eq!(counted(&mut object), [most - 10, 2 * (most - 10)]);
    }
}

#[test]
fn days_are_read_as_they_are_written_and_no_others() {
    for number in [0, 58, 59, 60, 11_016, 20_597, 47_540, 2_932_896] {
        assert_eq!(Day::read(&Day(number).to_string()), Some(Day(number)));
    }
    for wrong in [
        "",
        "2026",
        "2026-1-01",
        "2026-00-10",
        "2026-13-01",
        "2026-02-29",
        "2026-04-31",
        "2026-01-00",
        "1969-12-31",
        "2026/01/01",
        "+026-01-01",
        "2026-01-011",
        "２０26-01-",
    ] {
        assert_eq!(Day::read(wrong), None, "{wrong}");
    }
    assert_eq!(Day::read("2024-02-29"), Some(Day(19_782)));
}
