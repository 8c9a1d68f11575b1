//! The token bucket, as the generic cell rate algorithm in exact integers.
//!
//! A bucket of burst `B` that refills `N` units per window of `W` ms is one number: the instant at which it
//! will be full again (the *theoretical arrival time*), counted in `1/N` ms so that a unit is exactly `W`
//! and nothing is ever rounded. With `x = now * N`, `base = max(x, level)` and `new = base + cost * W`:
//!
//! - a cost passes if and only if `new <= x + B * W`, and `level` becomes `new`;
//! - otherwise it passes after `ceil((new - B * W - x) / N)` ms, or never when `cost > B`;
//! - `floor((x + B * W - base) / W)` units remain.
//!
//! At most `B + floor(L * N / W)` units pass in any closed interval of `L` ms: twice the quota in one window
//! when `B = N`. State: one 128-bit integer.
//!
//! Source: ITU-T I.371, virtual scheduling form, scaled by `N`.

use super::Quota;
use super::rate::{Carry, Rate, Verdict, units};
use crate::bounds::MAX_LEAD;
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};

/// A limit of `units` per `window` with a `burst`, refilled continuously.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenBucket {
    /// What it allows.
    pub quota: Quota,
}

/// When a bucket will be full, in `1/units` ms since the Unix epoch. Only meaningful with its bucket's quota.
/// The default, zero, is a bucket that has been full since the epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Level(pub u128);

impl Rate for TokenBucket {
    type Used = Level;

    fn most(&self) -> u64 {
        self.quota.burst()
    }

    fn test(&self, level: &Level, cost: u64, now: UnixMillis) -> Verdict {
        if cost == 0 {
            return Verdict::Passes;
        }
        if cost > self.quota.burst() {
            return Verdict::Never;
        }
        let used = self.lacking(*level, now).saturating_add(self.span(cost));
        match used.checked_sub(self.span(self.quota.burst())) {
            None | Some(0) => Verdict::Passes,
            Some(lacking) => Verdict::Waits(self.millis(lacking)),
        }
    }

    fn charge(&self, level: &mut Level, cost: u64, now: UnixMillis) {
        if cost > 0 {
            level.0 = self.charged(*level, cost, now);
        }
    }

    fn in_use(&self, level: &Level, now: UnixMillis) -> u64 {
        parts(self.lacking(*level, now), self.quota.window().0)
    }

    fn full_in(&self, level: &Level, now: UnixMillis) -> Millis {
        self.millis(self.lacking(*level, now))
    }

    /// The grant that follows needs its new level within the mark: time moves the level, too.
    fn ahead(&self, level: &Level, units: u64, _: UnixMillis) -> Level {
        Level(level.0.saturating_add(self.span(units)))
    }

    fn covers(&self, mark: &Level, level: &Level) -> bool {
        mark >= level
    }

    /// [`MAX_LEAD`] of refill and a tenth of the burst.
    fn most_reserved(&self) -> u64 {
        let refill = u128::from(self.quota.units()).saturating_mul(u128::from(MAX_LEAD.0));
        let tenth = self.quota.burst() / 10;
        parts(refill, self.quota.window().0).min(tenth).max(1)
    }

    /// As if spent at `until` the level is no lower than that instant; it has to be within the burst already now.
    fn lendable(&self, level: &Level, now: UnixMillis, until: UnixMillis) -> u64 {
        let most = self
            .instant(now)
            .saturating_add(self.span(self.quota.burst()));
        let level = level.0.max(self.instant(until));
        let window = u128::from(self.quota.window().0);
        units(most.saturating_sub(level).checked_div(window).unwrap_or(0))
    }

    fn lend(&self, level: &mut Level, units: u64, _: UnixMillis, until: UnixMillis) {
        level.0 = self.charged(*level, units, until);
    }

    fn fuller(&self, full: Millis, units: u64, _: UnixMillis) -> Millis {
        full.plus(self.millis(self.span(units)))
    }

    fn measure(&self, level: &Level, cost: u64, now: UnixMillis) -> (u128, u128) {
        (self.span(cost), self.lacking(*level, now))
    }

    fn refund(&self, level: &mut Level, amount: u128, _: UnixMillis) {
        level.0 = level.0.saturating_sub(amount);
    }

    /// The units in use stay as many, rounded up.
    fn carried(&self, level: &Level, to: &Self, now: UnixMillis, carry: Carry) -> Level {
        let scaled = self
            .lacking(*level, now)
            .saturating_mul(u128::from(to.quota.window().0));
        let mut lacking = scaled.div_ceil(u128::from(self.quota.window().0));
        if carry == Carry::UpToMost {
            lacking = lacking.min(to.span(to.quota.burst()));
        }
        Level(to.instant(now).saturating_add(lacking))
    }
}

impl TokenBucket {
    /// The level once a cost is charged at `now`.
    fn charged(&self, level: Level, cost: u64, now: UnixMillis) -> u128 {
        level
            .0
            .max(self.instant(now))
            .saturating_add(self.span(cost))
    }

    /// `now` in `1/units` ms.
    fn instant(&self, now: UnixMillis) -> u128 {
        u128::from(now.0).saturating_mul(u128::from(self.quota.units()))
    }

    /// The span of `units` in `1/units` ms.
    fn span(&self, units: u64) -> u128 {
        u128::from(units).saturating_mul(u128::from(self.quota.window().0))
    }

    /// What a full bucket has more at `now`, in `1/units` ms.
    fn lacking(&self, level: Level, now: UnixMillis) -> u128 {
        level.0.saturating_sub(self.instant(now))
    }

    /// A span in `1/units` ms as milliseconds, rounded up.
    fn millis(&self, span: u128) -> Millis {
        Millis(parts(span, self.quota.units()))
    }
}

/// How many parts of a length a span comes to, rounded up.
fn parts(span: u128, length: u64) -> u64 {
    // Almost always so, and a division of 128 bits costs as much as all else.
    if let Ok(span) = u64::try_from(span) {
        return span.div_ceil(length);
    }
    u64::try_from(span.div_ceil(u128::from(length))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::{MAX_UNITS, MAX_WINDOW};

    fn bucket(units: u64, window: u64, burst: u64) -> TokenBucket {
        TokenBucket {
            quota: Quota::new(units, Millis(window), burst).unwrap(),
        }
    }

    #[test]
    fn a_full_bucket_gives_its_burst_and_then_one_unit_per_refill() {
        let minute = bucket(200, 60_000, 200);
        let now = UnixMillis(1_700_000_000_000);
        let mut level = Level::default();
        assert_eq!(minute.test(&level, 200, now), Verdict::Passes);
        minute.charge(&mut level, 200, now);
        assert_eq!(minute.in_use(&level, now), 200);
        let after = |ms| minute.test(&level, 1, now.after(Millis(ms)));
        assert_eq!(after(0), Verdict::Waits(Millis(300)));
        assert_eq!(after(299), Verdict::Waits(Millis(1)));
        assert_eq!(after(300), Verdict::Passes);
    }

    #[test]
    fn seven_a_minute_do_not_drift() {
        let seven = bucket(7, 60_000, 2);
        let start = UnixMillis(1_000_000);
        let (mut level, mut now, mut admitted) = (Level::default(), start, 0);
        while admitted < 2 + 7_000 {
            match seven.test(&level, 1, now) {
                Verdict::Passes => {
                    seven.charge(&mut level, 1, now);
                    admitted += 1;
                }
                Verdict::Waits(wait) => {
                    assert!(!wait.is_zero());
                    now = now.after(wait);
                }
                Verdict::Never | Verdict::Spent => panic!(),
            }
        }
        assert_eq!(now.since(start), Millis(1_000 * 60_000));
    }

    #[test]
    fn a_cost_above_the_burst_never_passes() {
        let five = bucket(10, 1_000, 5);
        assert_eq!(
            five.test(&Level::default(), 6, UnixMillis(0)),
            Verdict::Never
        );
    }

    #[test]
    fn the_ends_of_every_range_do_not_panic() {
        for (units, window, burst) in [
            (1, 1, 1),
            (MAX_UNITS, 1, MAX_UNITS),
            (1, MAX_WINDOW.0, MAX_UNITS),
        ] {
            let bucket = bucket(units, window, burst);
            for now in [0, 1, u64::MAX] {
                for level in [0, 1, u128::MAX] {
                    let (level, now) = (Level(level), UnixMillis(now));
                    let _ = bucket.test(&level, u64::MAX, now);
                    let _ = bucket.test(&level, 1, now);
                    let _ = bucket.in_use(&level, now);
                    let _ = bucket.full_in(&bucket.ahead(&level, u64::MAX, now), now);
                    let _ = bucket.carried(&level, &bucket, now, Carry::UpToMost);
                }
            }
        }
    }

    #[test]
    fn a_raised_limit_keeps_the_units_in_use() {
        let (low, high) = (bucket(100, 60_000, 100), bucket(200, 60_000, 200));
        let now = UnixMillis(5_000_000);
        let used = low.ahead(&Level(low.instant(now)), 100, now);
        let carried = low.carried(&used, &high, now, Carry::UpToMost);
        assert_eq!(high.in_use(&carried, now), 100);
    }

    #[test]
    fn a_lowered_limit_keeps_them_up_to_its_burst_or_whole() {
        let (high, low) = (bucket(200, 60_000, 200), bucket(100, 30_000, 100));
        let now = UnixMillis(5_000_000);
        let used = high.ahead(&Level(high.instant(now)), 150, now);
        let clamped = high.carried(&used, &low, now, Carry::UpToMost);
        assert_eq!(low.full_in(&clamped, now), Millis(30_000));
        let whole = high.carried(&used, &low, now, Carry::Whole);
        assert_eq!(low.full_in(&whole, now), Millis(45_000));
    }

    #[test]
    fn marks_reserve_six_seconds_of_refill_within_a_tenth_of_the_burst() {
        assert_eq!(bucket(200, 60_000, 200).most_reserved(), 20);
        assert_eq!(bucket(10_000, 3_600_000, 10_000).most_reserved(), 17);
        assert_eq!(bucket(6_000, 60_000, 6_000).most_reserved(), 600);
        assert_eq!(bucket(60, 60_000, 5).most_reserved(), 1);
    }
}
