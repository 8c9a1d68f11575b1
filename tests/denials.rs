//! Denials that an isolate repeats by itself, beside what the object would have said at that instant.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::cache::{Asked, Denials};
use headgate::limit::Limit;
use headgate::object::{Account, Ask};
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};
use std::slice::from_ref;
use support::object::Object;
use support::rates::{KINDS, Kind, of_part, rate};
use support::{Random, START, ask, ask_reserving, ask_slot, cap, lane, limit};

const LONG: Millis = Millis(60_000);

/// An isolate, and the one object that it asks.
#[derive(Default)]
struct Isolate {
    denials: Denials,
    object: Option<Object<Account>>,
    repeated: u64,
}

impl Isolate {
    fn object(&mut self) -> &mut Object<Account> {
        self.object.get_or_insert_with(Object::new)
    }

    /// Whether the isolate would answer by itself.
    fn knows(&mut self, ask: &Ask, now: UnixMillis) -> bool {
        let asked = Asked::of("acme", &mut ask.clone());
        self.denials.known(&asked, now).is_some()
    }

    /// Asks as the gate does; the answer takes its time.
    fn ask(&mut self, ask: &Ask, now: UnixMillis, takes: Millis) -> Decision {
        let asked = Asked::of("acme", &mut ask.clone());
        if let Some(decision) = self.denials.known(&asked, now) {
            self.repeated += 1;
            return decision;
        }
        let decision = self.object().ask(ask, now.after(takes));
        self.denials.learn(|| asked, &decision, now, LONG);
        decision
    }
}

fn admitted(decision: &Decision) -> bool {
    decision.outcome == Outcome::Admitted
}

#[test]
fn what_is_repeated_is_what_the_object_would_say_at_that_instant() {
    let mut repeated = [0; KINDS.len()];
    for seed in 0..400 {
        let mut random = Random(seed);
        let kind = usize::try_from(random.below(7)).unwrap();
        let limits = [
            rate(
                KINDS[kind],
                "one",
                random.between(1, 6),
                random.between(50, 2_000),
            ),
            limit("two", 10, 1_000, 10),
        ];
        let (mut isolate, mut now) = (Isolate::default(), START);
        for _ in 0..200 {
            now = now.after(Millis(random.below(60)));
            let ask = ask(&limits, 1 + random.below(2));
            let truth = isolate.object().clone().ask(&ask, now);
            let before = isolate.repeated;
            let told = isolate.ask(&ask, now, Millis(0));
            if isolate.repeated == before {
                continue;
            }
            repeated[kind] += 1;
            assert_eq!(told.outcome, truth.outcome, "seed {seed}");
            assert_eq!(told.now, truth.now);
            let (told, truth) = (told.standings, truth.standings);
            let violated = told.iter().zip(&truth).filter(|(told, _)| told.violated);
            for (told, truth) in violated {
                assert_eq!(told, truth, "seed {seed}");
            }
        }
    }
    assert!(repeated.iter().all(|times| *times > 20), "{repeated:?}");
}

#[test]
fn who_comes_back_at_the_instant_that_was_named_is_let_in() {
    for (seed, kind) in (0..40).flat_map(|seed| KINDS.map(|kind| (seed, kind))) {
        let mut random = Random(seed);
        let limits = [rate(kind, "one", 3, random.between(100, 3_000))];
        let (mut isolate, mut now) = (Isolate::default(), START);
        let asked = ask(&limits, 1);
        while admitted(&isolate.ask(&asked, now, Millis(random.below(5)))) {
            now = now.after(Millis(random.below(9)));
        }
        now = now.after(Millis(random.below(40)));
        let Outcome::NotYet(wait) = isolate.ask(&asked, now, Millis(random.below(30))).outcome
        else {
            continue;
        };
        // The object was asked at most 30 ms later than the isolate counts from.
        let back = now.after(wait).after(Millis(30));
        assert!(admitted(&isolate.ask(&asked, back, Millis(0))), "{kind:?}");
    }
}

/// Whether a denial of these limits is repeated a millisecond later.
fn is_repeated(ask: &Ask, spends: u64) -> bool {
    let mut isolate = Isolate::default();
    for number in 0..spends {
        let spent = Ask {
            lease: ask.lease.map(|_| support::lease(100 + number)),
            ..ask.clone()
        };
        assert!(admitted(&isolate.ask(&spent, START, Millis(0))));
    }
    assert!(!admitted(&isolate.ask(ask, START, Millis(0))));
    isolate.knows(ask, START.after(Millis(1)))
}

#[test]
fn only_rates_that_are_spent_are_refused_without_the_object() {
    let minute = limit("minute", 5, 60_000, 5);
    let alone = from_ref(&minute);
    assert!(is_repeated(&ask(alone, 1), 5));
    assert!(is_repeated(
        &ask_slot(&[minute.clone(), lane("l", 9)], 7),
        5
    ));
    // A slot comes free and a reservation is settled at any time.
    assert!(!is_repeated(&ask_slot(&[lane("l", 2)], 7), 2));
    assert!(!is_repeated(
        &ask_slot(&[minute.clone(), lane("l", 5)], 7),
        5
    ));
    let reserving = ask_reserving(&[cap("seats", 5)], 7, &[("seats", 3)]);
    assert!(!is_repeated(&reserving, 1));
    // What is never let in costs the object nothing to say, and what is not spent gains units meanwhile.
    assert!(!is_repeated(&ask(alone, 6), 0));
    assert!(!is_repeated(&ask(alone, 3), 1));
}

#[test]
fn another_question_is_another_answer() {
    let spent = |limits: &[Limit]| {
        let mut isolate = Isolate::default();
        let asked = ask(limits, 1);
        while admitted(&isolate.ask(&asked, START, Millis(0))) {}
        isolate
    };
    let minute = limit("minute", 5, 60_000, 5);
    let now = START.after(Millis(1));
    let mut isolate = spent(from_ref(&minute));
    let asked = ask(from_ref(&minute), 1);
    assert!(isolate.knows(&asked, now));
    let slot = Ask {
        lease: Some(support::lease(1)),
        released: vec![support::lease(2)],
        ..asked.clone()
    };
    assert!(isolate.knows(&slot, now), "whoever asks");
    for other in [
        Ask {
            version: 2,
            ..asked.clone()
        },
        Ask {
            record: 2,
            ..asked.clone()
        },
        Ask {
            cost: 0,
            ..asked.clone()
        },
        Ask {
            limits: vec![of_part(&minute, 1)],
            ..asked.clone()
        },
        Ask {
            limits: vec![limit("minute", 6, 60_000, 6)],
            ..asked.clone()
        },
    ] {
        assert!(!isolate.knows(&other, now), "{other:?}");
    }
    let globex = Asked::of("globex", &mut asked.clone());
    assert!(isolate.denials.known(&globex, now).is_none());
}

#[test]
fn a_denial_is_repeated_for_as_long_as_it_is_told_and_not_before_it_was() {
    let limits = [rate(Kind::Fixed, "day", 1, 86_400_000)];
    let asked = ask(&limits, 1);
    let mut object = Object::<Account>::new();
    assert!(object.admits(&asked, START));
    let denial = object.ask(&asked, START);
    let key = Asked::of("acme", &mut asked.clone());
    let mut denials = Denials::default();
    assert!(denials.is_empty());
    denials.learn(|| key.clone(), &denial, START, Millis(0));
    assert!(denials.is_empty(), "for no time at all");
    denials.learn(|| key.clone(), &denial, START, Millis(5_000));
    assert!(denials.known(&key, START.after(Millis(4_999))).is_some());
    assert!(denials.known(&key, START.after(Millis(5_000))).is_none());
    let before = UnixMillis(START.0 - 1);
    assert!(
        denials.known(&key, before).is_none(),
        "a clock that was set back"
    );
}
