//! Shadow limits: nobody is denied by them, nothing else is decided otherwise for their sake, and what they say is what
//! their definitions say of what was admitted.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::Limit;
use headgate::object::{Account, Ask, Shard, SubjectId};
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};
use std::slice::from_ref;
use support::object::{Fault, Object};
use support::oracle::Oracle;
use support::rates::{KINDS, most, random_pause, random_rate, rate};
use support::shadows::{beside, enforced, names};
use support::{Random, START, ask, limit};

/// Two accounts with the same life, one of them with shadow limits.
struct Twins {
    with: Object<Account>,
    without: Object<Account>,
    limits: Vec<Limit>,
    shadows: Vec<Limit>,
    /// What each shadow limit means, by itself.
    oracles: Vec<Oracle>,
    now: UnixMillis,
}

impl Twins {
    fn new(random: &mut Random) -> Self {
        let mut any = |name| {
            let kind = KINDS[usize::try_from(random.below(7)).unwrap()];
            random_rate(kind, name, random)
        };
        let limits = vec![any("one"), any("two")];
        let shadows = vec![any("first-shadow"), any("second-shadow")];
        Self {
            with: Object::new(),
            without: Object::new(),
            limits,
            oracles: shadows.iter().map(|it| Oracle::new(from_ref(it))).collect(),
            shadows,
            now: START,
        }
    }

    fn pause(&mut self, random: &mut Random) {
        if random.one_in(3) {
            let all = [&self.limits[..], &self.shadows[..]].concat();
            self.now = self.now.after(random_pause(random.pick(&all), random));
        }
        self.with.rest(self.now);
        self.without.rest(self.now);
    }

    fn cost(&self, random: &mut Random) -> u64 {
        let limits = self.limits.iter().chain(&self.shadows);
        let least = limits.map(most).min().unwrap();
        let most = if random.one_in(4) { 2 * least } else { 2 };
        random.below(most + 1)
    }

    /// What both decide, which is the same but for what the shadow limits say.
    fn decide(&mut self, cost: u64) -> Decision {
        let ask = ask(&self.limits, cost);
        let with = self.with.ask(&beside(&ask, &self.shadows), self.now);
        let without = self.without.ask(&ask, self.now);
        assert_eq!(enforced(with.clone()), without);
        with
    }

    /// Holds what the shadow limits say against what they mean.
    fn judge(&mut self, cost: u64) -> u64 {
        let decision = self.decide(cost);
        let is_charged = decision.outcome == Outcome::Admitted && cost > 0;
        let mut expected = Vec::new();
        for (shadow, oracle) in self.shadows.iter().zip(&mut self.oracles) {
            if is_charged && !oracle.take(cost, self.now) {
                expected.push(shadow.name.as_str());
            }
        }
        assert_eq!(
            names(&decision),
            expected,
            "{cost} under {:?}",
            self.shadows
        );
        expected.len() as u64
    }
}

#[test]
fn what_shadow_limits_say_is_what_they_mean_and_nothing_else_changes() {
    let mut random = Random(1);
    let mut said = 0;
    for _ in 0..300 {
        let mut twins = Twins::new(&mut random);
        for _ in 0..300 {
            twins.pause(&mut random);
            let cost = twins.cost(&mut random);
            said += twins.judge(cost);
        }
    }
    println!("{said} would have been denied");
    assert!(said > 1_000);
}

#[test]
fn what_shadow_limits_know_outlives_memory_that_is_lost_in_quiet() {
    let mut random = Random(2);
    let mut said = 0;
    for _ in 0..100 {
        let mut twins = Twins::new(&mut random);
        for _ in 0..200 {
            twins.pause(&mut random);
            if random.one_in(5) {
                twins.now = twins.now.after(Millis(600));
                twins.with.rest(twins.now);
                twins.without.rest(twins.now);
                twins.with.lose_memory();
                twins.without.lose_memory();
            }
            let cost = twins.cost(&mut random);
            said += twins.judge(cost);
        }
    }
    assert!(said > 300, "{said}");
}

#[test]
fn whatever_is_lost_nothing_is_decided_otherwise_for_the_sake_of_shadow_limits() {
    let mut random = Random(3);
    for _ in 0..200 {
        let mut twins = Twins::new(&mut random);
        for _ in 0..200 {
            twins.pause(&mut random);
            let cost = twins.cost(&mut random);
            if random.one_in(10) {
                twins.with.lose_memory();
                twins.without.lose_memory();
            }
            if !random.one_in(20) {
                twins.decide(cost);
                continue;
            }
            let ask = ask(&twins.limits, cost);
            let fault = if random.one_in(2) {
                Fault::BeforeWrite
            } else {
                Fault::AfterWrite
            };
            let with = beside(&ask, &twins.shadows);
            let with = twins.with.ask_with_fault(&with, twins.now, fault);
            let without = twins.without.ask_with_fault(&ask, twins.now, fault);
            assert_eq!(with.map(enforced), without);
        }
    }
}

#[test]
fn shadow_limits_cost_hardly_a_row() {
    let limits = support::ticksupply();
    for every in [10, 300, 900, 11_000] {
        let mut rows = Vec::new();
        for shadows in [
            vec![],
            vec![
                limit("shadow", 100, 60_000, 100),
                rate(KINDS[1], "day", 500, 86_400_000),
            ],
        ] {
            let mut object = Object::<Account>::new();
            let mut now = START;
            for _ in 0..2_000 {
                now = now.after(Millis(every));
                object.rest(now);
                object.ask(&beside(&ask(&limits, 1), &shadows), now);
            }
            rows.push(object.rows_written);
        }
        println!("every {every} ms: {rows:?} rows");
        assert!(rows[1] * 100 <= rows[0] * 101 + 100, "{rows:?}");
    }
}

#[test]
fn a_subject_of_a_shard_that_has_only_shadow_limits_is_remembered() {
    let shadows = [limit("minute", 2, 60_000, 2)];
    let mut shard = Object::<Shard>::new();
    let asked = Ask {
        subject: Some(SubjectId([7; 16])),
        ..beside(&ask(&[], 1), &shadows)
    };
    let mut said = Vec::new();
    for second in 0..4 {
        let now = START.after(Millis(second * 1_000));
        shard.rest(now);
        shard.lose_memory();
        said.push(shard.ask(&asked, now).would_deny.len());
    }
    assert_eq!(said, [0, 0, 1, 1]);
}
