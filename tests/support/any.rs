//! Random limits and what a subject goes through under them, for property tests.

use super::{START, ask, limit, quota};
use headgate::bounds::{MAX_UNITS, MAX_WINDOW};
use headgate::limit::Limit;
use headgate::object::Ask;
use headgate::time::{Millis, UnixMillis};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence::WithSource;

/// Limits and the calls that are made under them, in order of time.
#[derive(Clone, Debug)]
pub struct Story {
    pub limits: Vec<Limit>,
    pub calls: Vec<Call>,
}

#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub at: UnixMillis,
    pub cost: u64,
}

impl Story {
    pub fn asks(&self) -> impl Iterator<Item = (Ask, UnixMillis)> {
        self.calls
            .iter()
            .map(|call| (ask(&self.limits, call.cost), call.at))
    }
}

/// What fails is kept beside the test, to be tried first from then on.
pub fn kept() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(WithSource("regressions"))),
        ..ProptestConfig::default()
    }
}

/// Numbers from 1 to `most`, each order of magnitude as often as the others.
pub fn magnitude(most: u64) -> impl Strategy<Value = u64> {
    (0..=most.ilog2(), any::<u64>())
        .prop_map(move |(bits, n)| ((1 << bits) + n % (1 << bits)).min(most))
}

/// A limit of any size, or of a size at which few calls meet all its edges.
pub fn any_limit(name: &'static str) -> impl Strategy<Value = Limit> {
    let any_size = (
        magnitude(1 << 31),
        magnitude(MAX_WINDOW.0),
        magnitude(1 << 31),
    );
    prop_oneof![any_size, (1..20_u64, 1..10_000_u64, 1..12_u64)].prop_map(
        move |(units, window, burst)| {
            let units = units.min(MAX_UNITS);
            // All of it comes back within the time that a clock can count.
            let most = (u128::from(units) << 60) / u128::from(window);
            let burst = u128::from(burst.min(MAX_UNITS)).min(most).max(1);
            limit(name, units, window, u64::try_from(burst).unwrap())
        },
    )
}

/// One to three limits of different names.
pub fn limits() -> impl Strategy<Value = Vec<Limit>> {
    let three = (any_limit("one"), any_limit("two"), any_limit("three"));
    (three, 1..=3_usize)
        .prop_map(|((one, two, three), count)| [one, two, three].into_iter().take(count).collect())
}

#[derive(Clone, Copy, Debug)]
enum Pause {
    Millis(u64),
    /// As long as so many units of the first limit take to come back, rounded up.
    Refill(u64),
}

#[derive(Clone, Copy, Debug)]
enum Cost {
    Units(u64),
    /// Of the smallest burst.
    Tenths(u64),
}

/// Up to sixty calls: many at once, many as soon as a unit is back, some that cost too much for ever.
pub fn story() -> impl Strategy<Value = Story> {
    let pause = prop_oneof![
        4 => Just(Pause::Millis(0)),
        4 => (0..4_u64).prop_map(Pause::Refill),
        2 => (0..2_000_u64).prop_map(Pause::Millis),
        1 => magnitude(1 << 40).prop_map(Pause::Millis),
    ];
    let cost = prop_oneof![
        2 => (0..4_u64).prop_map(Cost::Units),
        3 => (1..=10_u64).prop_map(Cost::Tenths),
        1 => (11..=13_u64).prop_map(Cost::Tenths),
    ];
    (limits(), vec((pause, cost), 1..60)).prop_map(|(limits, steps)| {
        let mut at = START;
        let calls = steps.into_iter().map(|(pause, cost)| {
            at = at.after(length(pause, &limits));
            Call {
                at,
                cost: units(cost, &limits),
            }
        });
        let calls = calls.collect();
        Story { limits, calls }
    })
}

fn length(pause: Pause, limits: &[Limit]) -> Millis {
    let quota = quota(&limits[0]);
    Millis(match pause {
        Pause::Millis(ms) => ms,
        Pause::Refill(units) => (units * quota.window().0).div_ceil(quota.units()),
    })
}

fn units(cost: Cost, limits: &[Limit]) -> u64 {
    let burst = limits.iter().map(|limit| quota(limit).burst()).min();
    match cost {
        Cost::Units(units) => units,
        Cost::Tenths(tenths) => (burst.unwrap() * tenths).div_ceil(10),
    }
}
