//! A rule with other numbers.

use super::{
    Algorithm, AnchoredWindow, Cap, Concurrency, FixedWindow, Lifetime, PerWindow, Quota,
    SlidingLog, SlidingWindow, TokenBucket,
};
use crate::bounds::{MAX_AMOUNT, MAX_SLOTS, MAX_UNITS};

impl Algorithm {
    /// The same rule for `units` per window, slots, or an amount, as far as its bounds allow: 1 to [`MAX_UNITS`],
    /// [`MAX_SLOTS`] or [`MAX_AMOUNT`]. The burst of a bucket grows or shrinks in proportion, rounded up.
    #[must_use]
    pub fn with_units(&self, units: u64) -> Self {
        let per =
            |per: PerWindow| PerWindow::new(units.clamp(1, MAX_UNITS), per.window()).unwrap_or(per);
        match *self {
            Self::TokenBucket(rule) => Self::TokenBucket(TokenBucket {
                quota: resized(rule.quota, units.clamp(1, MAX_UNITS)),
            }),
            Self::Concurrency(lane) => Self::Concurrency(slots(lane, units.clamp(1, MAX_SLOTS))),
            Self::SlidingLog(rule) => Self::SlidingLog(SlidingLog { per: per(rule.per) }),
            Self::SlidingWindow(rule) => Self::SlidingWindow(SlidingWindow {
                per: per(rule.per),
                ..rule
            }),
            Self::FixedWindow(rule) => Self::FixedWindow(FixedWindow {
                units: units.clamp(1, MAX_UNITS),
                ..rule
            }),
            Self::AnchoredWindow(rule) => {
                Self::AnchoredWindow(AnchoredWindow { per: per(rule.per) })
            }
            Self::Lifetime(rule) => Self::Lifetime(Lifetime { per: per(rule.per) }),
            Self::Cap(_) => Self::Cap(Cap {
                amount: units.min(MAX_AMOUNT),
            }),
        }
    }
}

fn resized(quota: Quota, units: u64) -> Quota {
    let burst = u128::from(quota.burst()).saturating_mul(units.into());
    let burst = burst.div_ceil(quota.units().max(1).into());
    let burst = u64::try_from(burst)
        .unwrap_or(MAX_UNITS)
        .clamp(1, MAX_UNITS);
    Quota::new(units, quota.window(), burst).unwrap_or(quota)
}

fn slots(lane: Concurrency, slots: u64) -> Concurrency {
    let other = Concurrency::new(slots, lane.lease(), lane.patience(), lane.retry_after());
    other.unwrap_or(lane)
}
