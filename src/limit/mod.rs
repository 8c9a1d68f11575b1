//! The limits themselves: what may pass and when. Nothing here knows of accounts, HTTP or storage.

mod concurrency;
mod name;
mod quota;
mod token_bucket;

pub use concurrency::{Concurrency, ConcurrencyError};
pub use name::{Name, NameError};
pub use quota::{Quota, QuotaError};
pub use token_bucket::{Carry, Level, Spend, TokenBucket};

use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// One testable constraint: a name, unique among the limits that are tested together, and its rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// What headers, logs and rows call it.
    pub name: Name,
    /// The rule that it enforces.
    pub algorithm: Algorithm,
}

impl Limit {
    /// Whether it limits what is in flight, for which a request needs a lease.
    #[must_use]
    pub fn is_lane(&self) -> bool {
        self.patience().is_some()
    }

    /// How long a request waits for a slot; `None` where there are no slots.
    #[must_use]
    pub fn patience(&self) -> Option<Millis> {
        match self.algorithm {
            Algorithm::Concurrency(lane) => Some(lane.patience()),
            Algorithm::TokenBucket(_) => None,
        }
    }
}

/// The rules a limit can enforce. The order of the variants is part of the format of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// A burst that refills continuously.
    TokenBucket(TokenBucket),
    /// A lane of slots for requests in flight.
    Concurrency(Concurrency),
}
