//! What a machine wants done, as plain data.

use super::Page;
use crate::time::UnixMillis;

/// A change to what is stored of an object. Those of one step are stored together or not at all.
#[allow(clippy::large_enum_variant, reason = "nearly all of them are rows")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Writes the row of a page.
    PutRow {
        /// Which page; 0 for an account.
        page: u8,
        /// What the row is to hold.
        row: Page,
    },
    /// Deletes the row of a page.
    DeleteRow {
        /// Which page.
        page: u8,
    },
    /// Sets the alarm, in place of the one that is set. It may come late, and twice.
    SetAlarm {
        /// When it is to come, on the machine's clock.
        at: UnixMillis,
    },
    /// Deletes all that is stored, and what is in memory with it.
    Forget,
}
