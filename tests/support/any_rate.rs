//! Random limits of every algorithm and the calls that are made under them, for property tests.

use super::any::{Call, Story, magnitude};
use super::rates::{KINDS, Kind, most, sized};
use super::{START, limit};
use headgate::bounds::{MAX_PARTS, MAX_WINDOW};
use headgate::limit::Limit;
use headgate::time::Millis;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A limit of any size, or of a size at which few calls meet all its edges.
pub fn any_rate(name: &'static str) -> impl Strategy<Value = Limit> {
    of_kind(select(&KINDS[..]), name)
}

/// The same of a given algorithm.
pub fn of_kind(
    kind: impl Strategy<Value = Kind>,
    name: &'static str,
) -> impl Strategy<Value = Limit> {
    let any_size = (
        magnitude(1 << 29),
        magnitude(MAX_WINDOW.0),
        magnitude(MAX_PARTS),
    );
    let size = prop_oneof![1 => any_size, 4 => (1..20_u64, 1..10_000_u64, 1..12_u64)];
    (kind, size).prop_map(move |(kind, (units, window, parts))| match kind {
        Kind::Bucket => limit(name, units, window, 1 + parts),
        _ => sized(kind, name, units, window, parts),
    })
}

/// One to three limits of different names.
pub fn rates() -> impl Strategy<Value = Vec<Limit>> {
    let three = (any_rate("one"), any_rate("two"), any_rate("three"));
    (three, 1..=3_usize)
        .prop_map(|((one, two, three), count)| [one, two, three].into_iter().take(count).collect())
}

#[derive(Clone, Copy, Debug)]
enum Pause {
    Millis(u64),
    /// Of the first limit's window, and a millisecond more or less.
    Tenths(u64, u64),
}

/// Up to sixty calls under some limits: many at once, many about the ends of windows, some that never fit.
pub fn calls(limits: impl Strategy<Value = Vec<Limit>>) -> impl Strategy<Value = Story> {
    let pause = prop_oneof![
        5 => Just(Pause::Millis(0)),
        2 => (0..2_000_u64).prop_map(Pause::Millis),
        4 => (0..=11_u64, 0..3_u64).prop_map(|(tenths, ms)| Pause::Tenths(tenths, ms)),
        1 => magnitude(1 << 38).prop_map(Pause::Millis),
    ];
    let tenths = prop_oneof![Just(0_u64), 1..6_u64, 1..14_u64];
    let cost = prop_oneof![
        (0..4_u64).prop_map(|units| (units, 0)),
        tenths.prop_map(|t| (0, t))
    ];
    (limits, vec((pause, cost), 1..60)).prop_map(|(limits, steps)| {
        let least = limits.iter().map(most).min().unwrap();
        let mut at = START;
        let calls = steps.into_iter().map(|(pause, (units, tenths))| {
            at = at.after(length(pause, &limits[0]));
            let cost = units + (least * tenths).div_ceil(10);
            Call { at, cost }
        });
        let calls = calls.collect();
        Story { limits, calls }
    })
}

fn length(pause: Pause, limit: &Limit) -> Millis {
    let window = limit.algorithm.window(START).unwrap_or(Millis(60_000)).0;
    Millis(match pause {
        Pause::Millis(ms) => ms,
        Pause::Tenths(tenths, ms) => (window * tenths / 10 + ms).saturating_sub(1),
    })
}
