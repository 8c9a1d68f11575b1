//! The cap of a plan: so much of something at a time, or in all, until somebody pays for more.
//!
//! With `s` settled and `r` reserved by requests whose outcome is not known: a reservation of `c` passes if and only
//! if `s + r + c <= A`; if `s + c > A` no wait helps, else it may pass when others are settled. A reservation of 0
//! gives something back: it passes unless more outcomes are awaited than are followed at a time.
//!
//! At most `A` is settled and reserved at a time, as long as no request settles more than it reserved. State: the sum
//! that is settled, and an id, an amount and an instant per request. All of it is written before it counts.
//!
//! Source: authorisation and capture, as payments know them.

use crate::bounds::MAX_AMOUNT;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// At most `amount` settled and reserved together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cap {
    /// 0 to [`MAX_AMOUNT`]; of 0 nothing passes.
    pub amount: u64,
}

impl Cap {
    /// A cap that refuses nothing. Stands where the policy's own has not been met yet.
    pub const OPEN: Self = Self { amount: MAX_AMOUNT };

    /// What whom only reservations refuse is told of when to come back: a constant and no promise, since nobody knows
    /// when they are settled.
    pub const RETRY_AFTER: Millis = Millis(1_000);
}
