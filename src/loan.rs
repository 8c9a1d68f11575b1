//! Loans: units that an account's object lends to an isolate, which spends them without a call.
//!
//! What is lent counts as if it were spent at the last instant at which it may be. So whenever an isolate spends a unit,
//! its limits have let it pass. The isolate counts a loan's time from before it asked for it, and ends it a sixteenth
//! earlier: as long as the clocks run equally fast to within that, it is over before the object takes it for spent.

use crate::lease::LeaseId;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// What an isolate would have lent, beside what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lend {
    /// What the loan is to be called: the id of the request that is asked for.
    pub loan: LeaseId,
    /// For how many requests like this one.
    pub requests: u64,
    /// For how long.
    pub lasts: Millis,
}

/// What an object has lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loan {
    /// What it is called.
    pub id: LeaseId,
    /// How many requests like the one that was asked for may pass.
    pub requests: u64,
    /// How long, from when the object decided.
    pub lasts: Millis,
}

/// What was not spent of a loan, and will not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unspent {
    /// Of which.
    pub loan: LeaseId,
    /// Units of each limit.
    pub units: u64,
}
