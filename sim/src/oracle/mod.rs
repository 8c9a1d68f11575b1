//! What each limit means, by brute force over the list of what was admitted. Shares no code with the product and never
//! forgets, so that it tells what a machine that may lose its memory must not do.

mod anchored_window;
mod fixed_window;
mod lifetime;
mod sliding_log;
mod sliding_window;
mod token_bucket;

use headgate::limit::{Algorithm, Limit, Period};
use headgate::time::UnixMillis;
use std::fmt;

/// An instant, and the units that were admitted then.
pub type Admitted = (u64, u64);

/// What a limit means. Instants and lengths are milliseconds.
pub trait Definition: fmt::Debug {
    /// The same, as it stands.
    fn copied(&self) -> Box<dyn Definition>;

    /// Most units that may pass at once.
    fn most(&self) -> u64;

    /// Units that may pass at `now`.
    fn room(&self, now: u64) -> u64;

    /// Notes units that were admitted.
    fn admit(&mut self, cost: u64, now: u64);

    /// The first instant from `now` on at which so many may pass, if nothing else does.
    fn when(&self, units: u64, now: u64) -> Option<u64>;

    /// The first instant from `now` on at which nothing is used, if nothing else passes.
    fn full(&self, now: u64) -> u64 {
        self.when(self.most(), now).unwrap()
    }
}

/// The limits of one demand.
pub struct Oracle {
    definitions: Vec<Box<dyn Definition>>,
}

impl Oracle {
    /// That of limits under which nothing was admitted yet.
    #[must_use]
    pub fn new(limits: &[Limit]) -> Self {
        Self {
            definitions: limits.iter().map(definition).collect(),
        }
    }

    /// Whether every limit has `cost`, and takes it if so.
    pub fn take(&mut self, cost: u64, now: UnixMillis) -> bool {
        let passes = self.has(cost, now);
        if passes && cost > 0 {
            for definition in &mut self.definitions {
                definition.admit(cost, now.0);
            }
        }
        passes
    }

    /// Whether every limit has `cost`.
    #[must_use]
    pub fn has(&self, cost: u64, now: UnixMillis) -> bool {
        let mut rooms = self.definitions.iter().map(|d| d.room(now.0));
        rooms.all(|room| cost == 0 || cost <= room)
    }

    /// Whole units left of each limit.
    #[must_use]
    pub fn left(&self, now: UnixMillis) -> Vec<u64> {
        self.definitions.iter().map(|d| d.room(now.0)).collect()
    }

    /// How long until `cost` would pass each limit alone; `None` where it never does.
    #[must_use]
    pub fn waits(&self, cost: u64, now: UnixMillis) -> Vec<Option<u64>> {
        let when = self.definitions.iter().map(|d| match cost {
            0 => Some(now.0),
            _ => d.when(cost, now.0),
        });
        when.map(|at| at.map(|at| at - now.0)).collect()
    }

    /// How long until nothing of each limit is used.
    #[must_use]
    pub fn full(&self, now: UnixMillis) -> Vec<u64> {
        self.definitions
            .iter()
            .map(|d| d.full(now.0) - now.0)
            .collect()
    }
}

/// What a limit means, before anything was admitted.
///
/// # Panics
///
/// On a lane or a cap, which count no units.
#[must_use]
pub fn definition(limit: &Limit) -> Box<dyn Definition> {
    match limit.algorithm {
        Algorithm::TokenBucket(rule) => {
            let quota = rule.quota;
            let (units, window) = (quota.units(), quota.window().0);
            Box::new(token_bucket::Bucket::new(units, window, quota.burst()))
        }
        Algorithm::SlidingLog(rule) => {
            let (units, window) = (rule.per.units(), rule.per.window().0);
            Box::new(sliding_log::Log::new(units, window))
        }
        Algorithm::SlidingWindow(rule) => {
            let (units, window) = (rule.per.units(), rule.per.window().0);
            Box::new(sliding_window::Parts::new(units, window, rule.parts))
        }
        Algorithm::FixedWindow(rule) => match rule.period {
            Period::Every(window) => Box::new(fixed_window::Clock::new(rule.units, window.0)),
            Period::Month => Box::new(fixed_window::Calendar::new(rule.units)),
        },
        Algorithm::AnchoredWindow(rule) => {
            let (units, window) = (rule.per.units(), rule.per.window().0);
            Box::new(anchored_window::Anchored::new(units, window))
        }
        Algorithm::Lifetime(rule) => {
            let (units, forget) = (rule.per.units(), rule.per.window().0);
            Box::new(lifetime::Life::new(units, forget))
        }
        Algorithm::Concurrency(_) | Algorithm::Cap(_) => panic!("a lane counts no units"),
    }
}

/// Most units that passed in any half-open span of `window`.
#[must_use]
pub fn most_in_any(admitted: &[Admitted], window: u64) -> u64 {
    let (mut most, mut first, mut units) = (0, 0, 0);
    for (at, cost) in admitted {
        units += cost;
        while admitted[first].0 + window <= *at {
            units -= admitted[first].1;
            first += 1;
        }
        most = most.max(units);
    }
    most
}

/// The first of some instants at which there is room.
fn first(mut turns: Vec<u64>, now: u64, has_room: impl Fn(u64) -> bool) -> Option<u64> {
    turns.push(now);
    turns.sort_unstable();
    turns.into_iter().find(|at| *at >= now && has_room(*at))
}
