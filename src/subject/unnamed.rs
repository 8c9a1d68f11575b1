//! Leases whose names memory lost, or that no row names.

use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// Leases without names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unnamed {
    /// How many may be alive at a time.
    pub count: u64,
    /// When all of them have ended.
    pub until: UnixMillis,
}

/// Incarnations whose unnamed leases are told apart; those of more are counted together.
const MOST_LOST: usize = 8;

/// Adds leases of another incarnation.
pub(super) fn lose(lost: &mut Vec<Unnamed>, more: Unnamed) {
    if lost.len() < MOST_LOST {
        lost.push(more);
    } else if let Some(last) = lost.last_mut() {
        last.count = last.count.saturating_add(more.count);
        last.until = last.until.max(more.until);
    }
}
