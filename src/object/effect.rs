//! What a machine wants done, as plain data.

use super::Page;

/// A change to an object's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Writes the row of a page.
    PutRow {
        /// Which page; 0 for an account.
        page: u8,
        /// What the row is to hold.
        row: Page,
    },
}
