//! What a window allows.

use super::share::lowered;
use crate::bounds::{MAX_UNITS, MAX_WINDOW};
use crate::time::Millis;
use serde::{Deserialize, Serialize};
use std::fmt;

/// `units` within each `window`. Both are at least 1 and within [`MAX_UNITS`] and [`MAX_WINDOW`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub struct PerWindow {
    units: u64,
    window: Millis,
}

#[derive(Deserialize)]
struct Raw {
    units: u64,
    window: Millis,
}

/// Which part lies outside its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PerWindowError {
    /// Units are zero or above [`MAX_UNITS`].
    Units,
    /// The window is zero or longer than [`MAX_WINDOW`].
    Window,
}

impl PerWindow {
    /// `units` within each `window`.
    ///
    /// # Errors
    ///
    /// Names the first part that is zero or above its bound.
    pub fn new(units: u64, window: Millis) -> Result<Self, PerWindowError> {
        if !(1..=MAX_UNITS).contains(&units) {
            return Err(PerWindowError::Units);
        }
        if !(1..=MAX_WINDOW.0).contains(&window.0) {
            return Err(PerWindowError::Window);
        }
        Ok(Self { units, window })
    }

    /// The same window with fewer units: at least one, and never more than now.
    #[must_use]
    pub fn lowered(self, units: u64) -> Self {
        Self {
            units: lowered(self.units, units),
            ..self
        }
    }

    /// Units that may pass within a window.
    #[must_use]
    pub fn units(&self) -> u64 {
        self.units
    }

    /// How long the window is.
    #[must_use]
    pub fn window(&self) -> Millis {
        self.window
    }
}

impl TryFrom<Raw> for PerWindow {
    type Error = PerWindowError;

    fn try_from(raw: Raw) -> Result<Self, PerWindowError> {
        Self::new(raw.units, raw.window)
    }
}

impl fmt::Display for PerWindowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Units => write!(f, "units must be 1 to {MAX_UNITS}"),
            Self::Window => write!(f, "window must be 1 to {} ms", MAX_WINDOW.0),
        }
    }
}

impl std::error::Error for PerWindowError {}
