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
    fn the_ends_of_time_saturate() {
        let end = UnixMillis(u64::MAX);
        assert_eq!(end.after(Millis(1)), end);
        assert_eq!(UnixMillis(1).since(UnixMillis(2)), Millis(0));
        assert_eq!(Millis::from_seconds(u64::MAX).0, u64::MAX);
    }
}
