//! The sliding log: never more than `N` units in any window, by the instant of each.
//!
//! With `n(t)` the units that passed in `(t - W, t]`: a cost `c` passes at `now` if and only if `n(now) + c <= N`, and
//! otherwise when enough of the oldest are `W` old. A unit that passed at `t` no longer counts at `t + W`.
//!
//! At most `N` units pass in any half-open span of `W`. State: an instant and a count per millisecond at which
//! something passed, so at most `N` of them.
//!
//! Source: the definition itself; "sliding window log" in the literature.

use super::PerWindow;
use super::log::Logged;
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};

/// `units` within any window, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SlidingLog {
    /// What it allows.
    pub per: PerWindow,
}

impl Logged for SlidingLog {
    fn units(&self) -> u64 {
        self.per.units()
    }

    fn window(&self) -> Millis {
        self.per.window()
    }

    fn from(&self, now: UnixMillis) -> UnixMillis {
        now
    }
}
