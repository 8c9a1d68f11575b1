//! What is made of a call to an object that failed.

use super::Message;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// What the failure of a call means for whoever has something to say.
///
/// Source: Cloudflare's documentation, "Durable Objects: error handling", on the properties `overloaded`, `retryable` and
/// `durableObjectReset` of what a call throws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trouble {
    /// The object has more to do than it can: to say it again makes that worse.
    Overloaded,
    /// This call failed, or the object in memory; the next may well be heard.
    Passing,
    /// Nothing is known that another try would change.
    Lasting,
}

/// How long to wait before something is said again that an object must hear.
const PAUSE: Millis = Millis(250);

/// The same for an object that has more to do than it can.
const RESPITE: Millis = Millis(2_000);

/// Result codes of `SQLite` that another try does not change.
const LASTING: [&str; 4] = [
    "SQLITE_FULL",
    "SQLITE_TOOBIG",
    "SQLITE_CORRUPT",
    "SQLITE_NOTADB",
];

impl Trouble {
    /// What the runtime says: whether the object is overloaded, whether the call may be repeated, whether the object was
    /// reset. The first goes before the others.
    #[must_use]
    pub fn told(overloaded: bool, retryable: bool, reset: bool) -> Self {
        match (overloaded, retryable || reset) {
            (true, _) => Self::Overloaded,
            (false, true) => Self::Passing,
            (false, false) => Self::Lasting,
        }
    }

    /// What it means that storage has failed, by what the runtime says. Of an instance that another has taken the place
    /// of it fails, too, so that the next call may well be heard; not so where the object is full, or a row too large, or
    /// what is stored does not read.
    ///
    /// Source: workerd ends such messages with the name of `SQLite`'s result code, if the error is one of its.
    #[must_use]
    pub fn stored(problem: &str) -> Self {
        let lasts = LASTING.iter().any(|code| problem.contains(code));
        if lasts { Self::Lasting } else { Self::Passing }
    }

    /// Whether a message is said once more at once. The object may have heard it: an ask is then charged twice, unless
    /// its lease tells that it is the same; everything else about requests is the same however often it is said. An
    /// operation is not, and whoever asked for it has to know.
    #[must_use]
    pub fn repeats(self, message: &Message) -> bool {
        self == Self::Passing && !matches!(message, Message::Operate(_))
    }

    /// How long to wait before something is said again that the object must hear.
    #[must_use]
    pub fn pause(self) -> Millis {
        match self {
            Self::Overloaded => RESPITE,
            Self::Passing | Self::Lasting => PAUSE,
        }
    }
}
