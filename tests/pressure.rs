//! How much an isolate asks of an object that is asked more than it can decide.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::cache::{Heard, Pressure, Ticket};
use headgate::time::{Millis, UnixMillis};
use support::START;
use support::overload::{LIMIT, Overload};

fn at(ms: u64) -> UnixMillis {
    START.after(Millis(ms))
}

/// Asks so often at once, as far as that is not too much; what was sent.
fn ask(pressure: &mut Pressure, name: &str, asks: usize, ms: u64) -> Vec<Ticket> {
    let once = |_| {
        let is_high = pressure.is_high(name, LIMIT, at(ms));
        (!is_high).then(|| pressure.ask(name, LIMIT, Millis(0), at(ms)))
    };
    (0..asks).filter_map(once).collect()
}

fn hear(pressure: &mut Pressure, name: &str, asked: &[Ticket], heard: Heard, ms: u64) {
    for ticket in asked {
        pressure.hear(name, ticket, heard, at(ms));
    }
}

/// What an isolate knows of an object that has not answered any of ten asks until `LIMIT`.
fn hung(name: &str) -> Pressure {
    let mut pressure = Pressure::default();
    let asked = ask(&mut pressure, name, 10, 0);
    hear(&mut pressure, name, &asked, Heard::Nothing, LIMIT.0);
    pressure
}

/// How many asks the object decides in ten seconds after so many, and how many of these are answered in time.
fn seen(mut world: Overload, after: u64) -> (u64, u64) {
    world.run(0, after * 1_000);
    let (decided, in_time) = (world.decided, world.in_time);
    world.run(after * 1_000, (after + 10) * 1_000);
    (world.decided - decided, world.in_time - in_time)
}

#[test]
fn of_what_an_overloaded_object_decides_nearly_all_comes_in_time() {
    // Isolates, clients in each, asks decided in 100 ms, how far the object is, in ms, and after how many seconds. Of a
    // crowd that comes at once for many seconds' worth of decisions those have to be over first.
    for (isolates, clients, pace, way, after) in [
        (1, 64, 5, 0, 10),
        (1, 64, 5, 100, 10),
        (1, 1_000, 5, 0, 40),
        (1, 1_000, 50, 10, 10),
        (10, 64, 50, 0, 10),
        (10, 64, 50, 200, 10),
        (30, 30, 5, 10, 60),
        (100, 30, 100, 150, 10),
    ] {
        let world = Overload::of(isolates, clients, pace, way);
        let (decided, in_time) = seen(world, after);
        let name = format!("{isolates} x {clients} clients, {pace} in 100 ms, {way} ms far");
        println!("{name}: {in_time} of {decided} decisions in time");
        assert!(decided >= 95 * pace, "the object is kept at work: {name}");
        assert!(in_time * 20 >= decided * 19, "{name}: {in_time}");
        let mut world = Overload::of(isolates, clients, pace, way);
        world.sheds = false;
        let (decided, in_time) = seen(world, 10);
        assert!(in_time * 20 < decided, "it is overloaded: {name}");
    }
}

#[test]
fn an_object_that_is_far_but_keeps_up_is_asked_by_all() {
    for (clients, pace, way) in [(64, 50, 600), (2_000, 1_000, 150)] {
        let mut world = Overload::of(1, clients, pace, way);
        world.run(0, 2_000);
        let before = world.refused();
        world.run(2_000, 12_000);
        assert_eq!(world.refused() - before, 0);
        assert_eq!(world.in_time, world.decided);
    }
}

#[test]
fn an_object_that_has_to_be_made_first_is_asked_by_the_whole_crowd() {
    let mut pressure = Pressure::default();
    let asked = ask(&mut pressure, "acme", 3_000, 0);
    assert_eq!(asked.len(), 3_000);
    assert_eq!(ask(&mut pressure, "acme", 20, 399).len(), 20);
    for (ms, answered) in (400..).zip(asked.chunks(20)) {
        hear(&mut pressure, "acme", answered, Heard::Answer, ms);
        assert_eq!(ask(&mut pressure, "acme", 20, ms).len(), 20, "{ms} ms");
    }
}

#[test]
fn an_object_that_answers_nothing_is_asked_once_at_a_time_and_by_all_when_it_does_again() {
    let mut pressure = hung("acme");
    for round in 1..5 {
        let asked = ask(&mut pressure, "acme", 50, round * LIMIT.0);
        assert_eq!(asked.len(), 1);
        let later = (round + 1) * LIMIT.0;
        assert!(ask(&mut pressure, "acme", 1, later - 1).is_empty());
        hear(&mut pressure, "acme", &asked, Heard::Nothing, later);
    }
    let mut passed = Vec::new();
    for ms in (5 * LIMIT.0..).step_by(10).take(7) {
        let asked = ask(&mut pressure, "acme", 50, ms);
        passed.push(asked.len());
        hear(&mut pressure, "acme", &asked, Heard::Answer, ms + 9);
    }
    assert_eq!(passed, [1, 2, 4, 8, 16, 32, 50]);
}

#[test]
fn other_objects_are_asked_as_ever() {
    let mut pressure = hung("acme");
    assert_eq!(ask(&mut pressure, "acme", 9, LIMIT.0).len(), 1);
    assert_eq!(ask(&mut pressure, "globex", 9, LIMIT.0).len(), 9);
}

#[test]
fn an_object_is_not_forgotten_for_very_many_others() {
    let mut pressure = hung("acme");
    for other in 0..10_000 {
        let name = format!("account {other}");
        let asked = ask(&mut pressure, &name, 1, LIMIT.0);
        hear(&mut pressure, &name, &asked, Heard::Answer, LIMIT.0);
    }
    assert_eq!(ask(&mut pressure, "acme", 9, LIMIT.0).len(), 1);
}

#[test]
fn what_is_known_of_an_object_is_forgotten_when_nobody_asks_it_for_twice_the_time_of_a_decision() {
    for (pause, passed) in [(2 * LIMIT.0 - 1, 1), (2 * LIMIT.0, 50)] {
        let mut pressure = hung("acme");
        let asked = ask(&mut pressure, "acme", 1, LIMIT.0);
        hear(&mut pressure, "acme", &asked, Heard::Nothing, 2 * LIMIT.0);
        let later = LIMIT.0 + pause;
        assert_eq!(ask(&mut pressure, "acme", 50, later).len(), passed);
    }
}

#[test]
fn many_asks_without_any_answer_are_late_before_their_time_is_over_and_few_are_not() {
    let quarter = LIMIT.0 / 4;
    for (asks, ms, is_sent) in [
        (63, quarter, true),
        (64, quarter - 1, true),
        (64, quarter, false),
    ] {
        let mut pressure = Pressure::default();
        let first = ask(&mut pressure, "acme", 1, 0);
        hear(&mut pressure, "acme", &first, Heard::Answer, 0);
        ask(&mut pressure, "acme", asks, 0);
        let sent = ask(&mut pressure, "acme", 1, ms).len() == 1;
        assert_eq!(sent, is_sent, "{asks} after {ms} ms");
    }
}

#[test]
fn an_ask_that_later_ones_have_overtaken_says_nothing_of_the_object() {
    for heard in [None, Some(Heard::Nothing), Some(Heard::Answer)] {
        let mut pressure = Pressure::default();
        let lost = ask(&mut pressure, "acme", 100, 0);
        let asked = ask(&mut pressure, "acme", 1, 10);
        hear(&mut pressure, "acme", &asked, Heard::Answer, 20);
        if let Some(heard) = heard {
            hear(&mut pressure, "acme", &lost, heard, LIMIT.0);
        }
        let sent = ask(&mut pressure, "acme", 500, LIMIT.0).len();
        assert_eq!(sent, 500, "{heard:?}");
    }
}

#[test]
fn clients_that_go_before_their_answer_keep_nobody_out_for_longer_than_a_decision_may_take() {
    let mut pressure = hung("acme");
    // What this one was told nobody hears.
    assert_eq!(ask(&mut pressure, "acme", 1, LIMIT.0).len(), 1);
    assert!(ask(&mut pressure, "acme", 1, 2 * LIMIT.0 - 1).is_empty());
    assert_eq!(ask(&mut pressure, "acme", 1, 2 * LIMIT.0).len(), 1);
}

#[test]
fn who_waits_for_a_slot_by_choice_is_not_late() {
    for (patience, ms, is_late) in [(500, 749, false), (500, 750, true), (0, 749, true)] {
        let mut pressure = Pressure::default();
        // The way to the object is known to be short.
        let first = ask(&mut pressure, "acme", 1, 0);
        hear(&mut pressure, "acme", &first, Heard::Answer, 0);
        let waits = pressure.ask("acme", LIMIT, Millis(patience), at(0));
        pressure.hear("acme", &waits, Heard::Answer, at(ms));
        let sent = ask(&mut pressure, "acme", 50, ms).len();
        assert_eq!(sent < 50, is_late, "{patience} ms, {ms} ms");
    }
}

#[test]
fn one_ask_that_is_lost_does_not_keep_a_dozen_others_out() {
    for heard in [Heard::Nothing, Heard::Answer] {
        let mut pressure = Pressure::default();
        let first = ask(&mut pressure, "acme", 1, 0);
        hear(&mut pressure, "acme", &first, Heard::Answer, 0);
        let lost = ask(&mut pressure, "acme", 1, 10);
        hear(&mut pressure, "acme", &lost, heard, 10 + LIMIT.0);
        let sent = ask(&mut pressure, "acme", 12, 20 + LIMIT.0).len();
        assert_eq!(sent, 12, "{heard:?}");
    }
}

#[test]
fn an_object_that_the_runtime_calls_overloaded_is_left_in_peace_for_a_second() {
    let mut pressure = Pressure::default();
    let asked = ask(&mut pressure, "acme", 3, 500);
    hear(&mut pressure, "acme", &asked[..1], Heard::Overloaded, 600);
    hear(&mut pressure, "acme", &asked[1..], Heard::Answer, 610);
    assert!(ask(&mut pressure, "acme", 9, 1_599).is_empty());
    assert!(!ask(&mut pressure, "acme", 9, 1_600).is_empty());
}

#[test]
fn a_clock_that_steps_back_keeps_nobody_out() {
    let mut pressure = Pressure::default();
    let asked = ask(&mut pressure, "acme", 1, 1_000_000);
    hear(&mut pressure, "acme", &asked, Heard::Overloaded, 1_000_000);
    for ms in 0..5 {
        let asked = ask(&mut pressure, "acme", 50, ms);
        assert!(!asked.is_empty(), "{ms} ms");
        hear(&mut pressure, "acme", &asked, Heard::Answer, ms);
    }
}
