//! Every algorithm while memory is lost, writes fail, and an instance that is cut off from storage goes on beside its
//! successor: nothing passes that the definition does not allow.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::Limit;
use headgate::object::{Account, Ask};
use headgate::subject::Outcome;
use headgate::time::UnixMillis;
use support::object::{Fault, Object};
use support::oracle::{Admitted, Oracle, most_in_any};
use support::rates::{KINDS, Kind, most, random_pause, random_rate};
use support::{Random, START, ask};

const STEPS: u64 = 1_000_000;

/// Each with limits of its own.
const WORLDS: u64 = 80;

/// An object at its worst, and what its limits mean.
struct World {
    random: Random,
    object: Object<Account>,
    /// An earlier instance that can no longer write.
    cut_off: Option<Object<Account>>,
    /// Memory is lost once in so many steps.
    losses: u64,
    /// Time passes once in so many steps.
    pauses: u64,
    oracle: Oracle,
    now: UnixMillis,
    /// What was told, and what was charged though the answer was lost.
    admitted: Vec<Admitted>,
    lost: u64,
    /// Refused though the limits would have allowed it.
    denied: u64,
}

impl World {
    /// Some are calm and some busy, so that marks lie far ahead; some lose memory all the time and some seldom.
    fn new(limits: &[Limit], mut random: Random) -> Self {
        let losses = 8 << (2 * random.below(3));
        let pauses = 1 + 5 * random.below(3);
        Self {
            random,
            losses,
            pauses,
            object: Object::new(),
            cut_off: None,
            oracle: Oracle::new(limits),
            now: START,
            admitted: Vec::new(),
            lost: 0,
            denied: 0,
        }
    }

    fn step(&mut self, limits: &[Limit]) {
        if self.random.one_in(self.pauses) {
            self.now = self.now.after(random_pause(&limits[0], &mut self.random));
        }
        if !self.random.one_in(8) {
            self.object.rest(self.now);
        }
        if self.random.one_in(self.losses) {
            self.object.lose_memory();
            self.lost += 1;
        }
        if self.random.one_in(200) {
            self.cut_off = Some(self.object.clone()).filter(|old| old.memory.is_some());
            self.object.lose_memory();
        }
        let least = limits.iter().map(most).min().unwrap();
        let highest = if self.random.one_in(4) { least } else { 2 };
        let ask = ask(limits, self.random.below(highest + 1));
        if !self.passes(&ask) {
            self.denied += u64::from(self.oracle.has(ask.cost, self.now));
        } else if ask.cost > 0 {
            let is_allowed = self.oracle.take(ask.cost, self.now);
            assert!(
                is_allowed,
                "over-admission of {} under {limits:?}",
                ask.cost
            );
            self.admitted.push((self.now.0, ask.cost));
        }
    }

    /// Whether one of the instances lets it pass.
    fn passes(&mut self, ask: &Ask) -> bool {
        if let Some(mut old) = self.cut_off.take_if(|_| self.random.one_in(2)) {
            let decision = old.ask_with_fault(ask, self.now, Fault::BeforeWrite);
            self.cut_off = Some(old).filter(|old| old.memory.is_some());
            return decision.is_some_and(|decision| decision.outcome == Outcome::Admitted);
        }
        match self.random.below(50) {
            0 => {
                let decision = self
                    .object
                    .ask_with_fault(ask, self.now, Fault::BeforeWrite);
                decision.is_some_and(|decision| decision.outcome == Outcome::Admitted)
            }
            1 => {
                let passes = self.object.admits(ask, self.now);
                self.object.lose_memory();
                passes
            }
            _ => self.object.admits(ask, self.now),
        }
    }
}

fn endure(what: &str, limits_of: impl Fn(&mut Random) -> Vec<Limit>) {
    let (mut admitted, mut lost, mut denied, mut rows) = (0, 0, 0, 0);
    for seed in 0..WORLDS {
        let mut random = Random(seed);
        let limits = limits_of(&mut random);
        let mut world = World::new(&limits, random);
        for _ in 0..STEPS / WORLDS {
            world.step(&limits);
        }
        for limit in &limits {
            if let Some(window) = limit.algorithm.window(START).filter(|_| is_strict(limit)) {
                assert!(
                    most_in_any(&world.admitted, window.0) <= most(limit),
                    "{limit:?}"
                );
            }
        }
        admitted += world.admitted.len();
        (lost, denied) = (lost + world.lost, denied + world.denied);
        rows += world.object.rows_written;
    }
    println!(
        "{what}: {STEPS} steps, {admitted} admitted, memory lost {lost} times, {rows} rows, \
         {denied} refused for lost memory, over-admission 0"
    );
    assert!(admitted > 40_000 && lost > STEPS / 50, "{what}");
}

/// Whether no span of its window may have more than its units.
fn is_strict(limit: &Limit) -> bool {
    use headgate::limit::Algorithm::{SlidingLog, SlidingWindow};
    matches!(limit.algorithm, SlidingLog(_) | SlidingWindow(_))
}

fn alone(kind: Kind) {
    endure(&format!("{kind:?}"), |random| {
        vec![random_rate(kind, "one", random)]
    });
}

#[test]
fn a_million_steps_of_the_token_bucket_admit_nothing_beyond_it() {
    alone(Kind::Bucket);
}

#[test]
fn a_million_steps_of_the_sliding_log_admit_nothing_beyond_it() {
    alone(Kind::Log);
}

#[test]
fn a_million_steps_of_the_sliding_window_admit_nothing_beyond_it() {
    alone(Kind::Sliding);
}

#[test]
fn a_million_steps_of_the_fixed_window_admit_nothing_beyond_it() {
    alone(Kind::Fixed);
}

#[test]
fn a_million_steps_of_the_calendar_month_admit_nothing_beyond_it() {
    alone(Kind::Month);
}

#[test]
fn a_million_steps_of_the_anchored_window_admit_nothing_beyond_it() {
    alone(Kind::Anchored);
}

#[test]
fn a_million_steps_of_the_lifetime_admit_nothing_beyond_it() {
    alone(Kind::Lifetime);
}

#[test]
fn a_million_steps_of_mixed_algorithms_admit_nothing_beyond_any_of_them() {
    endure("mixed", |random| {
        let names = ["one", "two", "three"].into_iter();
        let any = |random: &mut Random| KINDS[usize::try_from(random.below(7)).unwrap()];
        names
            .map(|name| {
                let kind = any(random);
                random_rate(kind, name, random)
            })
            .collect()
    });
}
