//! The limits themselves: what may pass and when. Nothing here knows of accounts, HTTP or storage.

mod anchored_window;
mod cap;
mod concurrency;
mod counted;
mod fixed_window;
mod lifetime;
mod log;
mod name;
mod per_window;
mod quota;
mod rate;
mod resized;
mod share;
mod sliding_log;
mod sliding_window;
mod token_bucket;

pub use anchored_window::AnchoredWindow;
pub use cap::Cap;
pub use concurrency::{Concurrency, ConcurrencyError};
pub use counted::{Counted, Windowed, Windows};
pub use fixed_window::{FixedWindow, Period};
pub use lifetime::Lifetime;
pub use log::{Log, Logged, Logs};
pub use name::{Name, NameError};
pub use per_window::{PerWindow, PerWindowError};
pub use quota::{Quota, QuotaError};
pub use rate::{Carry, Rate, Verdict};
pub use share::Share;
pub use sliding_log::SlidingLog;
pub use sliding_window::SlidingWindow;
pub use token_bucket::{Level, TokenBucket};

use crate::bounds::{MAX_LOGGED, MAX_PARTS, MAX_RESERVATIONS, MAX_SLOTS};
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};

/// One testable constraint: a name and its rule. Name and partition are unique among the limits tested together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// What headers, logs and rows call it.
    pub name: Name,
    /// The rule that it enforces.
    pub algorithm: Algorithm,
    /// Which part of the subject it counts; all of it if absent.
    pub partition: Option<Partition>,
}

/// A keyed hash that stands for one of the things that a limit counts apart, such as the events of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Partition(pub [u8; 16]);

impl Partition {
    /// The one that all share for whom there is no room.
    pub const OVERFLOW: Self = Self([0; 16]);
}

/// The rules a limit can enforce. The order of the variants is part of the format of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// A burst that refills continuously.
    TokenBucket(TokenBucket),
    /// A lane of slots for requests in flight.
    Concurrency(Concurrency),
    /// So many within any window, by the instant of each.
    SlidingLog(SlidingLog),
    /// So many within any window, by parts of it.
    SlidingWindow(SlidingWindow),
    /// So many within each window of the clock.
    FixedWindow(FixedWindow),
    /// So many within the window that the first of them begins.
    AnchoredWindow(AnchoredWindow),
    /// So many ever.
    Lifetime(Lifetime),
    /// So much of a plan.
    Cap(Cap),
}

/// What a request takes of a limit. The order of the variants is part of the format of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Units, which time gives back.
    Rate,
    /// A slot, while it is in flight.
    Lane,
    /// A reservation, which its outcome settles.
    Cap,
}

impl Kind {
    /// What JSON calls it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Lane => "lane",
            Self::Cap => "cap",
        }
    }
}

impl Limit {
    /// Whether it limits what is in flight, for which a request needs a lease.
    #[must_use]
    pub fn is_lane(&self) -> bool {
        self.algorithm.kind() == Kind::Lane
    }

    /// How long a request waits for a slot; `None` where there are no slots.
    #[must_use]
    pub fn patience(&self) -> Option<Millis> {
        match self.algorithm {
            Algorithm::Concurrency(lane) => Some(lane.patience()),
            _ => None,
        }
    }
}

impl Algorithm {
    /// What a request takes of it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Concurrency(_) => Kind::Lane,
            Self::Cap(_) => Kind::Cap,
            _ => Kind::Rate,
        }
    }

    /// The most that passes at once: the burst of a bucket, else all of its units, slots or amount.
    #[must_use]
    pub fn most_at_once(&self) -> u64 {
        match self {
            Self::TokenBucket(bucket) => bucket.quota.burst(),
            _ => self.units(),
        }
    }

    /// Units per window, slots, or the amount of a cap.
    #[must_use]
    pub fn units(&self) -> u64 {
        match self {
            Self::TokenBucket(bucket) => bucket.quota.units(),
            Self::Concurrency(lane) => lane.slots(),
            Self::SlidingLog(rule) => rule.per.units(),
            Self::SlidingWindow(rule) => rule.per.units(),
            Self::FixedWindow(rule) => rule.units,
            Self::AnchoredWindow(rule) => rule.per.units(),
            Self::Lifetime(rule) => rule.per.units(),
            Self::Cap(rule) => rule.amount,
        }
    }

    /// The window that the units are counted over at `now`; `None` for a lane, a cap and what counts for ever.
    #[must_use]
    pub fn window(&self, now: UnixMillis) -> Option<Millis> {
        match self {
            Self::TokenBucket(bucket) => Some(bucket.quota.window()),
            Self::SlidingLog(rule) => Some(rule.per.window()),
            Self::SlidingWindow(rule) => Some(rule.per.window()),
            Self::FixedWindow(rule) => Some(rule.period.length(now)),
            Self::AnchoredWindow(rule) => Some(rule.per.window()),
            Self::Concurrency(_) | Self::Lifetime(_) | Self::Cap(_) => None,
        }
    }

    /// How long until all units are back if so many more pass at `now`, where it was `full` before.
    #[must_use]
    pub fn fuller(&self, full: Millis, units: u64, now: UnixMillis) -> Millis {
        match self {
            Self::TokenBucket(rule) => rule.fuller(full, units, now),
            Self::SlidingLog(rule) => Logs(*rule).fuller(full, units, now),
            Self::SlidingWindow(rule) => Logs(*rule).fuller(full, units, now),
            _ => full,
        }
    }

    /// Whether all units come back at the same instant, when a window ends.
    #[must_use]
    pub fn ends_at_once(&self) -> bool {
        matches!(self, Self::FixedWindow(_) | Self::AnchoredWindow(_))
    }

    /// Most bytes that a row takes for a limit of which nothing is used: its name and rule, and whose it is.
    pub const LEAST_ROW_BYTES: u64 = 176;

    /// Most bytes that a row takes for a lease.
    pub const LEASE_ROW_BYTES: u64 = 22;

    /// Most bytes that a row takes for any limit: a lane with all its slots taken.
    pub const MOST_ROW_BYTES: u64 = Self::LEAST_ROW_BYTES + MAX_SLOTS * Self::LEASE_ROW_BYTES;

    /// Most bytes that a row takes for it, at least [`Self::LEAST_ROW_BYTES`] and at most [`Self::MOST_ROW_BYTES`].
    #[must_use]
    pub fn most_row_bytes(&self) -> u64 {
        let (parts, each) = match self {
            // A unit alone: its number, and how long after the one before.
            Self::SlidingLog(rule) => {
                let (units, window) = (rule.per.units(), rule.per.window().0);
                let apart = window.checked_div(units).unwrap_or(window);
                (units.min(MAX_LOGGED), row_bytes(apart).saturating_add(2))
            }
            Self::SlidingWindow(rule) => (rule.parts.min(MAX_PARTS), 10),
            Self::Concurrency(lane) => (lane.slots(), Self::LEASE_ROW_BYTES),
            Self::Cap(_) => (MAX_RESERVATIONS as u64, 30),
            _ => (0, 0),
        };
        let runs = parts.saturating_mul(each);
        runs.saturating_add(Self::LEAST_ROW_BYTES)
    }
}

/// Bytes of a number in a row: seven bits each.
pub(crate) fn row_bytes(number: u64) -> u64 {
    number
        .checked_ilog2()
        .map_or(1, |log| u64::from(log / 7) + 1)
}
