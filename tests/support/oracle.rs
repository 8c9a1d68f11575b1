//! A token bucket as a textbook has it, which never forgets: tokens in 1/window units, refilled by the
//! millisecond. Shares no code with the product.

use super::quota;
use headgate::limit::Limit;
use headgate::time::UnixMillis;

pub struct Oracle {
    buckets: Vec<Bucket>,
}

struct Bucket {
    units: i128,
    window: i128,
    burst: i128,
    tokens: i128,
    at: i128,
}

impl Oracle {
    pub fn new(limits: &[Limit]) -> Self {
        let full = |limit: &Limit| {
            let quota = quota(limit);
            let (window, burst) = (i128::from(quota.window().0), i128::from(quota.burst()));
            Bucket {
                units: i128::from(quota.units()),
                window,
                burst,
                tokens: burst * window,
                at: 0,
            }
        };
        Self {
            buckets: limits.iter().map(full).collect(),
        }
    }

    /// Whether every bucket has `cost`, and takes it if so.
    pub fn take(&mut self, cost: u64, now: UnixMillis) -> bool {
        let passes = self.has(cost, now);
        if passes {
            for bucket in &mut self.buckets {
                bucket.tokens -= i128::from(cost) * bucket.window;
            }
        }
        passes
    }

    /// Whether every bucket has `cost`.
    pub fn has(&mut self, cost: u64, now: UnixMillis) -> bool {
        self.buckets
            .iter_mut()
            .for_each(|bucket| bucket.refill(now));
        self.buckets
            .iter()
            .all(|bucket| bucket.tokens >= i128::from(cost) * bucket.window)
    }

    /// Whole units left in each bucket.
    pub fn left(&mut self, now: UnixMillis) -> Vec<u64> {
        self.buckets
            .iter_mut()
            .for_each(|bucket| bucket.refill(now));
        self.buckets
            .iter()
            .map(|bucket| u64::try_from(bucket.tokens / bucket.window).unwrap())
            .collect()
    }
}

impl Bucket {
    fn refill(&mut self, now: UnixMillis) {
        let elapsed = i128::from(now.0) - self.at;
        self.tokens = (self.tokens + elapsed * self.units).min(self.burst * self.window);
        self.at = i128::from(now.0);
    }
}
