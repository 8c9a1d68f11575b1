//! A token bucket as a textbook has it: tokens in 1/window units, refilled by the millisecond.

use super::Definition;

#[derive(Clone, Debug)]
pub(super) struct Bucket {
    units: i128,
    window: i128,
    burst: i128,
    tokens: i128,
    at: i128,
}

impl Bucket {
    pub(super) fn new(units: u64, window: u64, burst: u64) -> Self {
        let (window, burst) = (i128::from(window), i128::from(burst));
        Self {
            units: i128::from(units),
            window,
            burst,
            tokens: burst * window,
            at: 0,
        }
    }

    fn tokens(&self, now: u64) -> i128 {
        let elapsed = i128::from(now) - self.at;
        (self.tokens + elapsed * self.units).min(self.burst * self.window)
    }
}

impl Definition for Bucket {
    fn copied(&self) -> Box<dyn Definition> {
        Box::new(self.clone())
    }

    fn most(&self) -> u64 {
        u64::try_from(self.burst).unwrap()
    }

    fn room(&self, now: u64) -> u64 {
        u64::try_from(self.tokens(now) / self.window).unwrap()
    }

    fn admit(&mut self, cost: u64, now: u64) {
        self.tokens = self.tokens(now) - i128::from(cost) * self.window;
        self.at = i128::from(now);
    }

    /// By bisection: the room only grows.
    fn when(&self, units: u64, now: u64) -> Option<u64> {
        let whole = self.burst * self.window / self.units + 1;
        let (mut early, mut late) = (now, now + u64::try_from(whole).unwrap());
        if self.room(late) < units {
            return None;
        }
        while early < late {
            let middle = early + (late - early) / 2;
            if self.room(middle) >= units {
                late = middle;
            } else {
                early = middle + 1;
            }
        }
        Some(late)
    }
}
