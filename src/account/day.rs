//! Days of UTC, and which of them are asked about.

use crate::time::{DAY, Month, UnixMillis, civil};
use std::fmt;

/// A day of UTC, by its number since 1970-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub u64);

impl Day {
    /// The day that an instant lies in.
    #[must_use]
    pub fn of(now: UnixMillis) -> Self {
        Self(now.0 / DAY)
    }

    /// The instant at which it begins.
    #[must_use]
    pub fn start(self) -> UnixMillis {
        UnixMillis(self.0.saturating_mul(DAY))
    }

    /// Reads `YYYY-MM-DD`, from 1970 on; `None` for anything else, and for days that there are not.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let fits = |(at, b): (usize, u8)| match at {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        };
        if text.len() != 10 || !text.bytes().enumerate().all(fits) {
            return None;
        }
        let number = |from, to| -> Option<u64> { text.get(from..to)?.parse().ok() };
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let months = year.checked_mul(12)?.checked_add(month.checked_sub(1)?)?;
        let first = Month::numbered(months).start().0 / DAY;
        let read = Self(first.checked_add(day.checked_sub(1)?)?);
        (civil(read.0) == (year, month, day)).then_some(read)
    }
}

/// Which days a report is of, both included, and how it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first; the first that is kept if absent or earlier.
    pub from: Option<Day>,
    /// The last; today if absent or later.
    pub to: Option<Day>,
    /// Whether it is CSV (RFC 4180) instead of JSON.
    pub csv: bool,
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}
