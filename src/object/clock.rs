//! An object's clock, which never goes back.

use crate::time::{Millis, UnixMillis};

/// The latest instant that an object has seen. On a machine whose clock is behind it, time stands still
/// until that clock has caught up: credit is never given twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Clock {
    latest: UnixMillis,
    /// How far the machine's clock was behind, when it was last asked.
    behind: Millis,
}

impl Clock {
    /// A clock that resumes at the latest instant its rows tell of.
    pub(super) fn resumed(latest: UnixMillis) -> Self {
        Self {
            latest,
            behind: Millis(0),
        }
    }

    /// Moves on to what the machine says, or not at all.
    pub(super) fn advance(&mut self, now: UnixMillis) -> UnixMillis {
        self.behind = self.latest.since(now);
        self.latest = self.latest.max(now);
        self.latest
    }

    /// The object's time.
    pub(super) fn now(self) -> UnixMillis {
        self.latest
    }

    /// How far the machine's clock is behind the object's time.
    pub(super) fn behind(self) -> Millis {
        self.behind
    }

    /// When to be woken for something due at `wake`. Not at all while time stands still: nothing becomes due.
    pub(super) fn wake(self, wake: Option<UnixMillis>) -> Option<UnixMillis> {
        wake.filter(|_| self.behind.is_zero())
    }
}
