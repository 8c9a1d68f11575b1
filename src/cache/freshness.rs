//! How old a cached copy of something out of KV may be.

use crate::time::{Millis, UnixMillis};

/// What to do with a cached copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Use it.
    Fresh,
    /// Use it, and fetch a new one meanwhile.
    Stale,
    /// Fetch a new one first; use it only if that fails.
    Expired,
}

/// Judges a copy fetched at `fetched`. It is fresh for `fresh_for`, then stale for as long again. A clock that
/// went back makes a copy stale, never fresh for longer.
#[must_use]
pub fn freshness(fetched: UnixMillis, now: UnixMillis, fresh_for: Millis) -> Freshness {
    let age = now.since(fetched);
    if now < fetched {
        Freshness::Stale
    } else if age < fresh_for {
        Freshness::Fresh
    } else if age.0.saturating_sub(fresh_for.0) < fresh_for.0 {
        Freshness::Stale
    } else {
        Freshness::Expired
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_fresh_then_stale_then_expired() {
        let judged = |now| freshness(UnixMillis(1_000), UnixMillis(now), Millis(100));
        assert_eq!(judged(1_099), Freshness::Fresh);
        assert_eq!(judged(1_100), Freshness::Stale);
        assert_eq!(judged(1_199), Freshness::Stale);
        assert_eq!(judged(1_200), Freshness::Expired);
        assert_eq!(judged(999), Freshness::Stale);
    }
}
