//! The fixed window: aligned with the clock in UTC, the same for everybody.
//!
//! Of windows of `W` ms that of `now` begins at `now - now mod W`, so that minutes, hours and days are those of the
//! calendar; months are as long as they are. With `n` units in it a cost `c` passes if and only if `n + c <= N`, and
//! otherwise when the window ends. A clock that steps back finds the window that it left, never an earlier one.
//!
//! At most `2N` units pass in any span of `W`. State: an instant and a count.
//!
//! Source: counting; the date of a month's first day after H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".

use super::counted::{Counted, Windowed};
use crate::bounds::MAX_UNITS;
use crate::time::{Millis, Month, UnixMillis};
use serde::{Deserialize, Serialize};

/// `units` within each window of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixedWindow {
    /// Units that may pass in one window, 1 to [`MAX_UNITS`]; more count as that, none as one.
    #[serde(deserialize_with = "units")]
    pub units: u64,
    /// Which windows.
    pub period: Period,
}

/// How the clock is cut into windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Into equal ones, from the Unix epoch on. At least 1 ms; 0 counts as that.
    Every(Millis),
    /// Into calendar months, in UTC.
    Month,
}

impl Period {
    fn start(self, now: UnixMillis) -> UnixMillis {
        match self {
            Self::Every(window) => {
                let into = now.0.checked_rem(window.0).unwrap_or(0);
                UnixMillis(now.0.saturating_sub(into))
            }
            Self::Month => Month::of(now).start(),
        }
    }

    fn end(self, start: UnixMillis) -> UnixMillis {
        match self {
            // Units of a shorter period may have begun inside of this one.
            Self::Every(window) => self.start(start).after(window.max(Millis(1))),
            Self::Month => Month::of(start).next().start(),
        }
    }

    /// The length of the window that `now` lies in.
    #[must_use]
    pub fn length(self, now: UnixMillis) -> Millis {
        let start = self.start(now);
        self.end(start).since(start)
    }
}

impl Windowed for FixedWindow {
    fn units(&self) -> u64 {
        self.units
    }

    fn start(&self, last: Counted, now: UnixMillis) -> UnixMillis {
        self.period.start(now).max(last.start)
    }

    fn end(&self, start: UnixMillis) -> UnixMillis {
        self.period.end(start)
    }
}

fn units<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    u64::deserialize(deserializer).map(|units| units.clamp(1, MAX_UNITS))
}
