//! The sliding window: never more than `N` units in any window, by parts of it.
//!
//! The window is cut into `k` parts of `g = ceil(W / k)` ms on the clock. A unit that passes within a part counts as if
//! it had passed at its end: with `n(t)` the units whose parts end in `(t - W, t + g]`, a cost `c` passes at `now` if
//! and only if `n(now) + c <= N`. So a unit counts for `W` at least and less than `W + g`: the limit is never exceeded,
//! and a refusal ends at most a part later than an exact log's.
//!
//! At most `N` units pass in any half-open span of `W`. State: `k + 1` counters.
//!
//! Source: counting by sub-windows as Figma describes it, with all parts that touch the window counted in full.

use super::PerWindow;
use super::log::Logged;
use crate::bounds::MAX_PARTS;
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};

/// `units` within any window, counted by `parts` of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlidingWindow {
    /// What it allows.
    pub per: PerWindow,
    /// Parts that the window is cut into, 1 to [`MAX_PARTS`]; none count as one.
    pub parts: u64,
}

impl SlidingWindow {
    /// Length of a part.
    fn grain(&self) -> u64 {
        self.per.window().0.div_ceil(self.parts.clamp(1, MAX_PARTS))
    }
}

impl Logged for SlidingWindow {
    fn units(&self) -> u64 {
        self.per.units()
    }

    fn window(&self) -> Millis {
        self.per.window()
    }

    fn from(&self, now: UnixMillis) -> UnixMillis {
        let grain = self.grain();
        UnixMillis(now.0.div_ceil(grain).saturating_mul(grain))
    }
}
