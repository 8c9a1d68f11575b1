//! What is said to a collector, and what it answers.

use super::{AccountUse, MinuteUse, Report, Tally};
use crate::account::Named;
use crate::object::{MessageError, decode, encode};
use serde::{Deserialize, Serialize};

/// What is said to a collector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// What an isolate has decided.
    Report {
        /// That.
        report: Box<Report>,
        /// By what the receiver of events knows the API, if it is to be told of what did not do its part.
        named: Option<Named>,
    },
    /// Somebody wants its [`Summary`].
    Look,
    /// Somebody wants to know, as JSON, what waits to be told and what was given up.
    Events,
    /// Somebody has all of that sent again now; the same is answered.
    SendAgain,
}

/// What a collector has heard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// All of it.
    pub totals: Tally,
    /// What of it is stored, so that it is never less than what was told before.
    pub written: Tally,
    /// The last hour, without minutes in which nothing was heard, oldest first.
    pub minutes: Vec<MinuteUse>,
    /// Who asked most, or is near to a limit, in this hour and the one before.
    pub accounts: Vec<AccountUse>,
}

impl Told {
    /// The bytes in which it travels.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    ///
    /// Any other bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        decode(bytes)
    }
}

impl Summary {
    /// The bytes in which it travels.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    ///
    /// Any other bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        decode(bytes)
    }
}
