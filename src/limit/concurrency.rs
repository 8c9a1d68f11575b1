//! A limit on requests in flight: a lane of slots, each held by a lease.

use super::share::lowered;
use crate::bounds::{LEASES, MAX_PATIENCE, MAX_RETRY_AFTER, MAX_SLOTS};
use crate::time::Millis;
use serde::{Deserialize, Serialize};
use std::fmt;

/// At most `slots` leases at a time. All fields lie within the bounds named at [`Concurrency::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Concurrency {
    slots: u64,
    lease: Millis,
    patience: Millis,
    retry_after: Millis,
}

#[derive(Deserialize)]
struct Raw {
    slots: u64,
    lease: Millis,
    patience: Millis,
    retry_after: Millis,
}

/// Which part of a concurrency limit lies outside its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConcurrencyError {
    /// Slots are zero or above [`MAX_SLOTS`].
    Slots,
    /// The lease is outside [`LEASES`].
    Lease,
    /// The patience is above [`MAX_PATIENCE`] or half of the lease.
    Patience,
    /// The constant for `Retry-After` is zero or above [`MAX_RETRY_AFTER`].
    RetryAfter,
}

impl Concurrency {
    /// A lane of `slots`. A lease that is not renewed ends after `lease`; a request waits for a slot as long as
    /// `patience`; who is refused is told to come back after `retry_after`, which is no promise, since nobody
    /// knows when a slot comes free.
    ///
    /// # Errors
    ///
    /// Names the first part that is out of bounds: [`MAX_SLOTS`], [`LEASES`], [`MAX_PATIENCE`] and
    /// half of the lease, [`MAX_RETRY_AFTER`].
    pub fn new(
        slots: u64,
        lease: Millis,
        patience: Millis,
        retry_after: Millis,
    ) -> Result<Self, ConcurrencyError> {
        if !(1..=MAX_SLOTS).contains(&slots) {
            return Err(ConcurrencyError::Slots);
        }
        if !LEASES.contains(&lease) {
            return Err(ConcurrencyError::Lease);
        }
        if patience > MAX_PATIENCE || patience.0 > lease.0 / 2 {
            return Err(ConcurrencyError::Patience);
        }
        if retry_after.is_zero() || retry_after > MAX_RETRY_AFTER {
            return Err(ConcurrencyError::RetryAfter);
        }
        Ok(Self {
            slots,
            lease,
            patience,
            retry_after,
        })
    }

    /// The same lane with fewer slots, at least one and never more than now, for which nobody waits.
    #[must_use]
    pub fn lowered(self, slots: u64) -> Self {
        Self {
            slots: lowered(self.slots, slots),
            patience: Millis(0),
            ..self
        }
    }

    /// How many may be in flight.
    #[must_use]
    pub fn slots(&self) -> u64 {
        self.slots
    }

    /// How long a lease lasts unless it is renewed.
    #[must_use]
    pub fn lease(&self) -> Millis {
        self.lease
    }

    /// How long a request waits for a slot before it is refused.
    #[must_use]
    pub fn patience(&self) -> Millis {
        self.patience
    }

    /// What a refusal says of when to come back.
    #[must_use]
    pub fn retry_after(&self) -> Millis {
        self.retry_after
    }

    /// How much longer than it lasts a lease may last by its row: half a lease, so that not every renewal needs one.
    #[must_use]
    pub fn slack(&self) -> Millis {
        Millis(self.lease.0 / 2)
    }

    /// Most leases that a row may allow without naming them, and most that it may name though they have ended: a
    /// quarter of the slots each, rounded up. The two together are what a crash can keep from use, for a lease and its
    /// slack at most.
    #[must_use]
    pub fn most_unnamed(&self) -> u64 {
        self.slots.div_ceil(4)
    }
}

impl TryFrom<Raw> for Concurrency {
    type Error = ConcurrencyError;

    fn try_from(raw: Raw) -> Result<Self, ConcurrencyError> {
        Self::new(raw.slots, raw.lease, raw.patience, raw.retry_after)
    }
}

impl fmt::Display for ConcurrencyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slots => write!(f, "slots must be 1 to {MAX_SLOTS}"),
            Self::Lease => {
                let (least, most) = (LEASES.start().0, LEASES.end().0);
                write!(f, "lease must be {least} to {most} ms")
            }
            Self::Patience => write!(
                f,
                "patience must be 0 to {} ms, and at most half of the lease",
                MAX_PATIENCE.0
            ),
            Self::RetryAfter => write!(f, "retry_after must be 1 to {} ms", MAX_RETRY_AFTER.0),
        }
    }
}

impl std::error::Error for ConcurrencyError {}
