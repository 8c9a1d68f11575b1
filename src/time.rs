//! Instants and durations in whole milliseconds. Arithmetic saturates: no input makes it panic or wrap.

use serde::{Deserialize, Serialize};

/// An instant: milliseconds since the Unix epoch, on the clock of whoever decides.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMillis(pub u64);

/// A duration in milliseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl UnixMillis {
    /// The instant `wait` after this one; the last representable instant if that lies beyond it.
    #[must_use]
    pub fn after(self, wait: Millis) -> Self {
        Self(self.0.saturating_add(wait.0))
    }

    /// How long after `earlier` this instant is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// The first whole second at or after this instant, in seconds since the Unix epoch.
    #[must_use]
    pub fn ceil_seconds(self) -> u64 {
        self.0.div_ceil(1000)
    }
}

impl Millis {
    /// A duration of `seconds` whole seconds.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// This duration and `other`, or the longest representable one.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Whether there is nothing of it.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }

    /// This duration in seconds, rounded up.
    #[must_use]
    pub fn ceil_seconds(self) -> u64 {
        self.0.div_ceil(1000)
    }
}

/// A calendar month in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month {
    /// Months since January of the year 0.
    index: u64,
}

/// Milliseconds of a day.
pub(crate) const DAY: u64 = 86_400_000;

impl Month {
    /// The month that an instant lies in. By H. Hinnant's `civil_from_days`: years of 365.2425 days that begin in
    /// March, so that the leap day is the last.
    #[must_use]
    pub fn of(now: UnixMillis) -> Self {
        let days = (now.0 / DAY).saturating_add(DAYS_BEFORE_EPOCH);
        let (era, day_of_era) = (days / ERA, days % ERA);
        let leaps = (day_of_era / 1_460)
            .saturating_sub(day_of_era / 36_524)
            .saturating_add(day_of_era / 146_096);
        let year_of_era = day_of_era.saturating_sub(leaps) / 365;
        let day_of_year = day_of_era.saturating_sub(days_of(year_of_era));
        let month = day_of_year.saturating_mul(5).saturating_add(2) / 153;
        let years = era.saturating_mul(400).saturating_add(year_of_era);
        Self {
            index: years
                .saturating_mul(12)
                .saturating_add(month)
                .saturating_add(2),
        }
    }

    /// The month of that number, counted from January of the year 0.
    #[must_use]
    pub fn numbered(index: u64) -> Self {
        Self { index }
    }

    /// The instant at which it begins; the epoch if that is earlier.
    #[must_use]
    pub fn start(self) -> UnixMillis {
        let from_march = self.index.saturating_sub(2);
        let (years, month) = (from_march / 12, from_march % 12);
        let (era, year_of_era) = (years / 400, years % 400);
        let day_of_year = month.saturating_mul(153).saturating_add(2) / 5;
        let days = era
            .saturating_mul(ERA)
            .saturating_add(days_of(year_of_era))
            .saturating_add(day_of_year);
        UnixMillis(days.saturating_sub(DAYS_BEFORE_EPOCH).saturating_mul(DAY))
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self {
            index: self.index.saturating_add(1),
        }
    }
}

/// Days from 1 March of the year 0 to the Unix epoch.
const DAYS_BEFORE_EPOCH: u64 = 719_468;

/// Days of 400 years.
const ERA: u64 = 146_097;

/// Days of that many years of an era.
fn days_of(years: u64) -> u64 {
    years
        .saturating_mul(365)
        .saturating_add(years / 4)
        .saturating_sub(years / 100)
}

/// Year, month and day, by the number of days since 1970-01-01.
pub(crate) fn civil(days: u64) -> (u64, u64, u64) {
    let month = Month::of(UnixMillis(days.saturating_mul(DAY)));
    let day = days.saturating_sub(month.start().0 / DAY).saturating_add(1);
    (month.index / 12, (month.index % 12).saturating_add(1), day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_round_up_and_never_down() {
        assert_eq!(Millis(0).ceil_seconds(), 0);
        assert_eq!(Millis(1).ceil_seconds(), 1);
        assert_eq!(Millis(1000).ceil_seconds(), 1);
        assert_eq!(UnixMillis(1001).ceil_seconds(), 2);
    }

    #[test]
    fn months_begin_where_the_calendar_says() {
        // date -u -d 2024-02-29T23:59:59Z +%s and so on.
        let month = |seconds: u64| {
            let month = Month::of(UnixMillis(seconds * 1_000));
            (month.start().0 / 1_000, month.next().start().0 / 1_000)
        };
        assert_eq!(month(1_709_251_199), (1_706_745_600, 1_709_251_200));
        assert_eq!(month(1_709_251_200), (1_709_251_200, 1_711_929_600));
        assert_eq!(month(1_735_689_599), (1_733_011_200, 1_735_689_600));
        assert_eq!(month(4_107_542_399), (4_105_123_200, 4_107_542_400));
        assert_eq!(month(0), (0, 2_678_400));
    }

    #[test]
    fn every_month_of_two_centuries_follows_the_one_before() {
        let mut month = Month::of(UnixMillis(0));
        for _ in 0..2_400 {
            let (start, next) = (month.start(), month.next().start());
            let days = next.since(start).0 / DAY;
            assert!((28..=31).contains(&days) && next.since(start).0 % DAY == 0);
            assert_eq!(Month::of(start), month);
            assert_eq!(Month::of(UnixMillis(next.0 - 1)), month);
            month = month.next();
        }
    }

    #[test]
    fn the_ends_of_time_saturate() {
        let end = UnixMillis(u64::MAX);
        assert_eq!(end.after(Millis(1)), end);
        assert_eq!(UnixMillis(1).since(UnixMillis(2)), Millis(0));
        assert_eq!(Millis::from_seconds(u64::MAX).0, u64::MAX);
        let _ = Month::of(end).next().start();
    }
}
