//! What the edge says to an object, and what it answers.
//!
//! Both travel as a format version, then [postcard](https://postcard.jamesmunns.com/wire-format). For some minutes after a
//! deploy edge and object run different versions: a version that changes the format reads the one before as well, and what
//! it writes itself is the one before, until the version after it.

use super::{Terms, Trouble};
use crate::account::{Order, Reply};
use crate::bounds::MAX_MESSAGE_BYTES;
use crate::lease::{Grant, LeaseId};
use crate::limit::{Limit, Name};
use crate::loan::Unspent;
use crate::subject::{Decision, Demand, Renewal, Settlement};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// A keyed hash that stands for one subject: never the key or the address itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SubjectId(pub [u8; 16]);

/// What the edge says.
#[allow(clippy::large_enum_variant, reason = "nearly all of them are asks")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// May a request pass?
    Ask(Ask),
    /// A holder keeps its lease.
    Renew(Renewal),
    /// Exchanges have ended.
    Release(Release),
    /// What a request came to is known.
    Settle(Settlement),
    /// Somebody outside looks at the account or changes it.
    Operate(Order),
    /// What was not spent of loans.
    GiveBack(Vec<Unspent>),
}

/// What the object answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// To an ask.
    Decided(Decision),
    /// To a renewal; without a grant the lease has ended.
    Renewed(Option<Grant>),
    /// To a release.
    Released,
    /// To a settlement.
    Settled,
    /// To an operation.
    Operated(Reply),
    /// To anything: nothing has come of it.
    Failed(Trouble, String),
    /// To what was not spent.
    TakenBack,
}

/// The first byte of every message and answer.
const FORMAT: u8 = 1;

/// Bytes that are no message and no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// They are of a format that this version does not know.
    Format {
        /// The first of them, if there is one.
        found: Option<u8>,
    },
    /// They are of a known format and yet do not read.
    Corrupt,
    /// They are more than the [`MAX_MESSAGE_BYTES`] that a message may have.
    TooLarge,
}

impl Message {
    /// The message as it travels.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    ///
    /// Any other bytes, and more than [`MAX_MESSAGE_BYTES`] of them.
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        if bytes.len() > MAX_MESSAGE_BYTES {
            return Err(MessageError::TooLarge);
        }
        decode(bytes)
    }
}

impl Answer {
    /// The answer as it travels.
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

/// Any value in the format of messages.
pub(crate) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    // A vector takes any number of bytes, and lengths are known: it does not fail. What is empty does not read.
    postcard::to_extend(value, vec![FORMAT]).unwrap_or_default()
}

/// Reads what [`encode`] wrote.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, MessageError> {
    let Some((&FORMAT, bytes)) = bytes.split_first() else {
        let found = bytes.first().copied();
        return Err(MessageError::Format { found });
    };
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        _ => Err(MessageError::Corrupt),
    }
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format { found: Some(found) } => write!(
                f,
                "message of format {found}; this version reads format {FORMAT}"
            ),
            Self::Format { found: None } => f.write_str("message without a single byte"),
            Self::Corrupt => f.write_str("message does not read as its format says"),
            Self::TooLarge => write!(f, "message of more than {MAX_MESSAGE_BYTES} bytes"),
        }
    }
}

impl std::error::Error for MessageError {}

/// The end of leases. Saying it twice, late or of somebody else's changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The leases.
    pub leases: Vec<LeaseId>,
}

/// One request's question to its owner's object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Version of the policy that the limits come from.
    pub version: u64,
    /// Version of the key record that the tier comes from; 0 where there is none.
    pub record: u64,
    /// Units to charge to each rate; 0 charges none.
    pub cost: u64,
    /// The lease that is to have a slot of each lane; under its id caps are reserved and units given back.
    pub lease: Option<LeaseId>,
    /// Leases that have ended meanwhile. The object frees them in a step of their own, before it decides.
    pub released: Vec<LeaseId>,
    /// The tier whose limits they are.
    pub tier: Name,
    /// The kind of owner that the route names; absent where that is an account, a key or a network.
    pub kind: Option<Name>,
    /// The limits that apply, names unique.
    pub limits: Vec<Limit>,
    /// Shadow limits, whose names are none of those: of them it is said whether they would deny.
    pub shadows: Vec<Limit>,
    /// Which subject of a shard; absent for an account, which is alone in its object.
    pub subject: Option<SubjectId>,
    /// Who brought the subject: the network whose newcomers a shard counts together.
    pub brought_by: Option<SubjectId>,
    /// What concerns an account alone.
    pub terms: Terms,
}

impl Ask {
    /// The ask in bytes, equal for equal asks.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// The ask as its subject sees it.
    #[must_use]
    pub fn demand(&self) -> Demand<'_> {
        Demand {
            version: self.version,
            record: self.record,
            limits: &self.limits,
            shadows: &self.shadows,
            cost: self.cost,
            lease: self.lease,
            reserves: &self.terms.reserves,
            refundable: self.terms.refundable,
            lend: self.terms.lend,
        }
    }

    /// The subject that a shard's newcomers of this tier and kind share while they have no place of their own.
    pub(super) fn overflow(&self) -> SubjectId {
        let mut hash = Sha256::new_with_prefix(self.tier.as_str());
        if let Some(kind) = &self.kind {
            // No name holds a colon.
            hash.update(b":");
            hash.update(kind.as_str());
        }
        let hash = hash.finalize();
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().skip(1).zip(hash) {
            *to = from;
        }
        SubjectId(id)
    }
}
