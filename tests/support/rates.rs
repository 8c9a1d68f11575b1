//! Limits of every algorithm that counts units, in short form and at random.

use super::{Random, limit};
use headgate::bounds::MAX_PARTS;
use headgate::limit::{
    Algorithm, AnchoredWindow, FixedWindow, Lifetime, Limit, Name, Partition, PerWindow, Period,
    SlidingLog, SlidingWindow,
};
use headgate::time::Millis;

/// The algorithms, fixed windows once of the clock and once of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bucket,
    Log,
    Sliding,
    Fixed,
    Month,
    Anchored,
    Lifetime,
}

pub const KINDS: [Kind; 7] = [
    Kind::Bucket,
    Kind::Log,
    Kind::Sliding,
    Kind::Fixed,
    Kind::Month,
    Kind::Anchored,
    Kind::Lifetime,
];

/// So many units per window; a sliding one of ten parts.
pub fn rate(kind: Kind, name: &str, units: u64, window_ms: u64) -> Limit {
    sized(kind, name, units, window_ms, 10)
}

/// The same, with the parts of a sliding one.
pub fn sized(kind: Kind, name: &str, units: u64, window_ms: u64, parts: u64) -> Limit {
    let per = PerWindow::new(units, Millis(window_ms)).unwrap();
    let algorithm = match kind {
        Kind::Bucket => return limit(name, units, window_ms, units),
        Kind::Log => Algorithm::SlidingLog(SlidingLog { per }),
        Kind::Sliding => Algorithm::SlidingWindow(SlidingWindow { per, parts }),
        Kind::Fixed => fixed(units, Period::Every(Millis(window_ms))),
        Kind::Month => fixed(units, Period::Month),
        Kind::Anchored => Algorithm::AnchoredWindow(AnchoredWindow { per }),
        Kind::Lifetime => Algorithm::Lifetime(Lifetime { per }),
    };
    let (name, partition) = (Name::try_from(name).unwrap(), None);
    Limit {
        name,
        algorithm,
        partition,
    }
}

fn fixed(units: u64, period: Period) -> Algorithm {
    Algorithm::FixedWindow(FixedWindow { units, period })
}

/// The same limit of one part of the subject.
pub fn of_part(limit: &Limit, number: u64) -> Limit {
    let mut part = [1; 16];
    part[..8].copy_from_slice(&number.to_le_bytes());
    Limit {
        partition: Some(Partition(part)),
        ..limit.clone()
    }
}

/// Most units that pass at once.
pub fn most(limit: &Limit) -> u64 {
    match limit.algorithm {
        Algorithm::TokenBucket(bucket) => bucket.quota.burst(),
        rule => rule.units(),
    }
}

/// A limit of a size at which random calls meet its edges: up to 512 units in up to a minute, or in a month.
pub fn random_rate(kind: Kind, name: &str, random: &mut Random) -> Limit {
    let units = scaled(10, random);
    let window = scaled(17, random);
    let parts = scaled(7, random);
    sized(kind, name, units, window, parts.min(MAX_PARTS))
}

/// A number from 1 on, of fewer than so many bits, each order of magnitude as often as the others.
fn scaled(bits: u64, random: &mut Random) -> u64 {
    let most = 1 << random.below(bits);
    1 + random.below(most)
}

/// A pause that falls on the edges of a window about as often as elsewhere.
pub fn random_pause(limit: &Limit, random: &mut Random) -> Millis {
    let window = match limit.algorithm {
        Algorithm::FixedWindow(FixedWindow {
            period: Period::Month,
            ..
        }) => 2_600_000_000,
        rule => rule.window(super::START).map_or(60_000, |window| window.0),
    };
    Millis(match random.below(100) {
        0..60 => 0,
        60..75 => random.below(50),
        75..85 => window / (1 + random.below(60)),
        85..92 => random.below(window / 4 + 2),
        92..95 => random.below(4_000),
        95..98 => random.below(2 * window + 2),
        _ => window + random.below(3),
    })
}
