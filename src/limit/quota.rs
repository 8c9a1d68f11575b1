//! What a limit allows: units per window, and how many at once.

use super::share::lowered;
use crate::bounds::{MAX_UNITS, MAX_WINDOW};
use crate::time::Millis;
use serde::{Deserialize, Serialize};
use std::fmt;

/// `units` per `window`, of which `burst` may pass at once. All three are at least 1 and within
/// [`MAX_UNITS`] and [`MAX_WINDOW`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Quota {
    units: u64,
    window: Millis,
    burst: u64,
}

#[derive(Deserialize)]
struct Raw {
    units: u64,
    window: Millis,
    burst: u64,
}

/// Which part of a quota lies outside its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaError {
    /// Units are zero or above [`MAX_UNITS`].
    Units,
    /// The window is zero or longer than [`MAX_WINDOW`].
    Window,
    /// The burst is zero or above [`MAX_UNITS`].
    Burst,
}

impl Quota {
    /// A quota of `units` per `window`, `burst` of them at once.
    ///
    /// # Errors
    ///
    /// Names the first part that is zero or above its bound.
    pub fn new(units: u64, window: Millis, burst: u64) -> Result<Self, QuotaError> {
        if !(1..=MAX_UNITS).contains(&units) {
            return Err(QuotaError::Units);
        }
        if !(1..=MAX_WINDOW.0).contains(&window.0) {
            return Err(QuotaError::Window);
        }
        if !(1..=MAX_UNITS).contains(&burst) {
            return Err(QuotaError::Burst);
        }
        Ok(Self {
            units,
            window,
            burst,
        })
    }

    /// The same window with fewer units and a smaller burst: at least one of each, and never more than now.
    #[must_use]
    pub fn lowered(self, units: u64, burst: u64) -> Self {
        Self {
            units: lowered(self.units, units),
            burst: lowered(self.burst, burst),
            ..self
        }
    }

    /// Units that come back in one window.
    #[must_use]
    pub fn units(&self) -> u64 {
        self.units
    }

    /// The window that the units are counted over.
    #[must_use]
    pub fn window(&self) -> Millis {
        self.window
    }

    /// Units that may pass at once.
    #[must_use]
    pub fn burst(&self) -> u64 {
        self.burst
    }
}

impl TryFrom<Raw> for Quota {
    type Error = QuotaError;

    fn try_from(raw: Raw) -> Result<Self, QuotaError> {
        Self::new(raw.units, raw.window, raw.burst)
    }
}

impl fmt::Display for QuotaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Units => write!(f, "units must be 1 to {MAX_UNITS}"),
            Self::Window => write!(f, "window must be 1 to {} ms", MAX_WINDOW.0),
            Self::Burst => write!(f, "burst must be 1 to {MAX_UNITS}"),
        }
    }
}

impl std::error::Error for QuotaError {}
