//! The anchored window: it begins with the first unit that passes, and ends one window later.
//!
//! With anchor `a` and `n` units since: a cost `c` passes at `now < a + W` if and only if `n + c <= N`, and otherwise
//! after `a + W - now`. From `a + W` on the next unit is a new anchor. What is refused moves nothing.
//!
//! At most `2N - 1` units pass in any span of `W`: the anchor itself cannot lie in one that straddles two windows.
//! State: an instant and a count.
//!
//! Source: the contract of Ticket0 ("the window resets based on the time of your first request"); bound by counting.

use super::PerWindow;
use super::counted::{Counted, Windowed};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// `units` within the window that the first of them begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AnchoredWindow {
    /// What it allows.
    pub per: PerWindow,
}

impl Windowed for AnchoredWindow {
    fn units(&self) -> u64 {
        self.per.units()
    }

    fn start(&self, last: Counted, now: UnixMillis) -> UnixMillis {
        if last.units > 0 && now < self.end(last.start) {
            last.start
        } else {
            now
        }
    }

    fn end(&self, start: UnixMillis) -> UnixMillis {
        start.after(self.per.window())
    }
}
