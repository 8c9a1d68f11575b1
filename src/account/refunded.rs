//! Refunds by hand that were made, so that one that is said again is made once.

use super::AccountState;
use crate::bounds::MAX_REFUNDED;
use crate::limit::Name;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// What stands for a refund: a hash of its limit and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundId([u8; 16]);

impl RefundId {
    /// The refund of a limit that whoever makes it calls `name`.
    #[must_use]
    pub fn of(limit: &Name, name: &str) -> Self {
        let mut hash = Sha256::new_with_prefix(limit.as_str());
        // No limit's name holds a colon.
        hash.update(b":");
        hash.update(name);
        Self(hash.finalize().first_chunk().copied().unwrap_or_default())
    }
}

impl fmt::Display for RefundId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl AccountState {
    /// How many units a refund gave back; `None` if it is not remembered.
    #[must_use]
    pub fn refunded(&self, id: RefundId) -> Option<u64> {
        let mut known = self.refunded.iter();
        known.find(|it| it.0 == id).map(|(_, given)| *given)
    }

    /// Remembers a refund, in the place of the oldest if there are [`MAX_REFUNDED`].
    pub fn remember(&mut self, id: RefundId, given: u64) {
        if self.refunded.len() >= MAX_REFUNDED {
            self.refunded.remove(0);
        }
        self.refunded.push((id, given));
    }
}
