//! A part of what a limit allows, for one of many who decide without knowing what the others let pass.
//!
//! Of a share of `p` percent, `x` units become `max(floor(x * p / 100), 1, c)`, with `c` the cost of the request that is
//! decided, but never more than `x`: what the limit allows at once would else be refused for good. Windows, parts and
//! leases stay as they are. `n` deciders together so let pass at most what the limit's own bound says of `n` times these
//! units, and not what it says of the limit.

use super::{
    Algorithm, AnchoredWindow, FixedWindow, Lifetime, PerWindow, SlidingLog, SlidingWindow,
    TokenBucket,
};
use std::ops::RangeInclusive;

/// So many percent of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(u64);

impl Share {
    /// How many percent it can be.
    pub const PERCENT: RangeInclusive<u64> = 1..=100;

    /// A tenth.
    pub const TENTH: Self = Self(10);

    /// A share of so many percent; of others the nearest in [`Self::PERCENT`].
    #[must_use]
    pub fn new(percent: u64) -> Self {
        Self(percent.clamp(*Self::PERCENT.start(), *Self::PERCENT.end()))
    }

    /// How many percent it is.
    #[must_use]
    pub fn percent(self) -> u64 {
        self.0
    }

    /// This share of a rule, for a request of that `cost`. Of a cap there is none: what a plan allows is not shared out.
    #[must_use]
    pub fn of(self, algorithm: &Algorithm, cost: u64) -> Algorithm {
        let at_once = |units| self.units(units).max(cost);
        let per = |per: PerWindow| per.lowered(at_once(per.units()));
        match *algorithm {
            Algorithm::TokenBucket(TokenBucket { quota }) => {
                let (units, burst) = (self.units(quota.units()), at_once(quota.burst()));
                let quota = quota.lowered(units, burst);
                Algorithm::TokenBucket(TokenBucket { quota })
            }
            Algorithm::Concurrency(lane) => {
                Algorithm::Concurrency(lane.lowered(self.units(lane.slots())))
            }
            Algorithm::SlidingLog(rule) => Algorithm::SlidingLog(SlidingLog { per: per(rule.per) }),
            Algorithm::SlidingWindow(rule) => Algorithm::SlidingWindow(SlidingWindow {
                per: per(rule.per),
                ..rule
            }),
            Algorithm::FixedWindow(rule) => Algorithm::FixedWindow(FixedWindow {
                units: lowered(rule.units, at_once(rule.units)),
                ..rule
            }),
            Algorithm::AnchoredWindow(rule) => {
                Algorithm::AnchoredWindow(AnchoredWindow { per: per(rule.per) })
            }
            Algorithm::Lifetime(rule) => Algorithm::Lifetime(Lifetime { per: per(rule.per) }),
            Algorithm::Cap(cap) => Algorithm::Cap(cap),
        }
    }

    fn units(self, units: u64) -> u64 {
        units.saturating_mul(self.0) / 100
    }
}

/// So many units instead of others: at least one, and never more.
pub(super) fn lowered(units: u64, to: u64) -> u64 {
    to.max(1).min(units)
}
