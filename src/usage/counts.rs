//! What is counted of a time.

use serde::{Deserialize, Serialize};

/// What was counted in some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Requests that were admitted.
    pub admitted: u64,
    /// Requests that were refused.
    pub denied: u64,
    /// Units that the admitted ones cost, as rates charged them. What an outcome gave back is not taken off.
    pub units: u64,
}

impl Counts {
    /// Whether nothing was counted.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// Counts so many requests that were admitted, and what they cost together.
    pub(super) fn admit(&mut self, requests: u64, units: u64) {
        self.admitted = self.admitted.saturating_add(requests);
        self.units = self.units.saturating_add(units);
    }

    /// Adds what was counted elsewhere.
    pub(super) fn add(&mut self, other: &Self) {
        self.admit(other.admitted, other.units);
        self.denied = self.denied.saturating_add(other.denied);
    }

    /// Takes off what was not spent.
    pub(super) fn take_back(&mut self, requests: u64, units: u64) {
        self.admitted = self.admitted.saturating_sub(requests);
        self.units = self.units.saturating_sub(units);
    }
}
