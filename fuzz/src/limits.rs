//! Limits of every algorithm, of sizes at which few steps meet all their edges.

use super::Bytes;
use headgate::limit::{
    Algorithm, AnchoredWindow, Cap, Concurrency, FixedWindow, Lifetime, Limit, Name, PerWindow,
    Period, Quota, SlidingLog, SlidingWindow, TokenBucket,
};
use headgate::time::{Millis, UnixMillis};

pub const START: UnixMillis = UnixMillis(1_790_000_000_000);

const UNITS: [u64; 12] = [1, 2, 3, 4, 5, 7, 10, 20, 40, 100, 200, 1_000];
const WINDOWS: [u64; 12] = [
    1, 2, 3, 10, 97, 500, 1_000, 5_000, 60_000, 61_001, 3_600_000, 86_400_000,
];
const PARTS: [u64; 6] = [1, 2, 3, 7, 10, 60];

pub fn name(text: &str) -> Name {
    Name::try_from(text).unwrap()
}

pub fn limit(called: &str, algorithm: Algorithm) -> Limit {
    let (name, partition) = (name(called), None);
    Limit {
        name,
        algorithm,
        partition,
    }
}

/// A rate. Months seldom: the oracle counts all days from the epoch on.
pub fn rate(called: &str, bytes: &mut Bytes<'_>) -> Limit {
    let (kind, units) = (bytes.byte(), bytes.one_of(&UNITS));
    let window = Millis(bytes.one_of(&WINDOWS));
    let per = PerWindow::new(units, window).unwrap();
    let algorithm = match kind % 32 {
        0..6 => Algorithm::TokenBucket(TokenBucket {
            quota: Quota::new(units, window, bytes.one_of(&UNITS)).unwrap(),
        }),
        6..11 => Algorithm::SlidingLog(SlidingLog { per }),
        11..17 => Algorithm::SlidingWindow(SlidingWindow {
            per,
            parts: bytes.one_of(&PARTS),
        }),
        17..22 => Algorithm::FixedWindow(FixedWindow {
            units,
            period: Period::Every(window),
        }),
        22 => Algorithm::FixedWindow(FixedWindow {
            units,
            period: Period::Month,
        }),
        23..27 => Algorithm::AnchoredWindow(AnchoredWindow { per }),
        _ => Algorithm::Lifetime(Lifetime { per }),
    };
    limit(called, algorithm)
}

/// A lane of few slots with a lease of two to ten seconds.
pub fn lane(called: &str, bytes: &mut Bytes<'_>) -> Limit {
    let slots = bytes.one_of(&[1, 2, 3, 4, 5, 9]);
    let lease = Millis(bytes.one_of(&[2_000, 3_000, 10_000]));
    let rule = Concurrency::new(slots, lease, Millis(0), Millis(1_000)).unwrap();
    limit(called, Algorithm::Concurrency(rule))
}

pub fn cap(called: &str, bytes: &mut Bytes<'_>) -> Limit {
    let amount = bytes.one_of(&[0, 1, 2, 3, 5, 10]);
    limit(called, Algorithm::Cap(Cap { amount }))
}

/// Most units that pass at once, slots, or the amount of a cap.
pub fn most(limit: &Limit) -> u64 {
    match limit.algorithm {
        Algorithm::TokenBucket(bucket) => bucket.quota.burst(),
        rule => rule.units(),
    }
}
