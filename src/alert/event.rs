//! Events, as they are told.

use crate::account::{Named, object, quoted};
use crate::limit::{Kind, Name};
use crate::time::UnixMillis;
use crate::wire::iso_second;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// What tells two events apart. The same event has the same one however often it is told, even where memory was lost
/// in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventId(pub [u8; 16]);

/// Something that has happened, mostly to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// When, on the clock of the object that tells it.
    pub at: UnixMillis,
    /// What has happened.
    pub what: What,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// So much of a limit is used.
    Reached {
        /// The limit.
        limit: Name,
        /// What a request takes of it.
        kind: Kind,
        /// The threshold, in percent of `most`.
        percent: u8,
        /// Units, slots or the amount in use.
        used: u64,
        /// How much there is.
        most: u64,
    },
    /// Nothing of it passes for some time.
    Suspended {
        /// Until when.
        until: UnixMillis,
        /// Why; may be empty.
        reason: String,
    },
    /// Its suspension was lifted.
    Resumed,
    /// Something that the gate depends on does not do its part.
    Degraded {
        /// What stands in for whom, as `X-Headgate-Degraded` says it, or `unavailable`: requests are refused for want of a decision.
        part: String,
        /// How many requests that was in what was heard of it first.
        requests: u64,
    },
    /// Nothing: somebody wants to know whether the receiver hears.
    Test,
}

impl Event {
    /// An event about an account or an API. `turn` tells it from the others of its kind there.
    #[must_use]
    pub fn new(named: &Named, what: What, turn: u64, at: UnixMillis) -> Self {
        let id = EventId::of(named, &what, turn);
        Self { id, at, what }
    }

    /// The event as JSON, with `type`, `timestamp` and `data` as Standard Webhooks 1.0 has it.
    #[must_use]
    pub fn body(&self, named: &Named) -> String {
        let mut data: Vec<(&str, String)> = Vec::new();
        for (field, name) in [("api", &named.api), ("account", &named.account)] {
            data.extend(name.as_deref().map(|name| (field, quoted(Some(name)))));
        }
        match &self.what {
            What::Reached {
                limit,
                kind,
                percent,
                used,
                most,
            } => data.extend([
                ("limit", quoted(Some(limit.as_str()))),
                ("kind", quoted(Some(kind.word()))),
                ("percent", percent.to_string()),
                ("used", used.to_string()),
                ("of", most.to_string()),
            ]),
            What::Suspended { until, reason } => data.extend([
                ("until", quoted(Some(&iso_second(*until)))),
                ("reason", quoted(Some(reason))),
            ]),
            What::Degraded { part, requests } => data.extend([
                ("degraded", quoted(Some(part))),
                ("requests", requests.to_string()),
            ]),
            What::Resumed | What::Test => {}
        }
        object(&[
            ("type", quoted(Some(self.what.word()))),
            ("timestamp", quoted(Some(&iso_second(self.at)))),
            ("data", object(&data)),
        ])
    }
}

impl What {
    /// What receivers know it by.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Reached { .. } => "limit.reached",
            Self::Suspended { .. } => "account.suspended",
            Self::Resumed => "account.resumed",
            Self::Degraded { .. } => "degraded",
            Self::Test => "test",
        }
    }
}

impl EventId {
    fn of(named: &Named, what: &What, turn: u64) -> Self {
        let (which, percent) = match what {
            What::Reached { limit, percent, .. } => (limit.as_str(), *percent),
            What::Degraded { part, .. } => (part.as_str(), 0),
            _ => ("", 0),
        };
        let mut hash = Sha256::new();
        let about = [&named.api, &named.account].map(|it| it.as_deref().unwrap_or_default());
        for part in about.into_iter().chain([what.word(), which]) {
            hash.update(part.len().to_be_bytes().as_slice());
            hash.update(part.as_bytes());
        }
        hash.update([percent]);
        hash.update(turn.to_be_bytes());
        Self(hash.finalize().first_chunk().copied().unwrap_or_default())
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "evt_{:032x}", u128::from_be_bytes(self.0))
    }
}
