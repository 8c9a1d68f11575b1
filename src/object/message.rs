//! What the edge says to an object, and what it answers.
//!
//! Both travel as JSON, in which a later version may add fields: for some minutes after a deploy edge and
//! object run different versions.

use super::Terms;
use crate::account::{Order, Reply};
use crate::lease::{Grant, LeaseId};
use crate::limit::{Limit, Name};
use crate::subject::{Decision, Demand, Renewal, Settlement};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A keyed hash that stands for one subject: never the key or the address itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SubjectId(pub [u8; 16]);

/// What the edge says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
}

/// What the object answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
}

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
    #[serde(default)]
    pub record: u64,
    /// Units to charge to each rate; 0 charges none.
    pub cost: u64,
    /// The lease that is to have a slot of each lane; under its id caps are reserved and units given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<LeaseId>,
    /// Leases that have ended meanwhile. The object frees them in a step of their own, before it decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub released: Vec<LeaseId>,
    /// The tier whose limits they are.
    pub tier: Name,
    /// The kind of owner that the route names; absent where that is an account, a key or a network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Name>,
    /// The limits that apply, names unique.
    pub limits: Vec<Limit>,
    /// Which subject of a shard; absent for an account, which is alone in its object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectId>,
    /// Who brought the subject: the network whose newcomers a shard counts together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought_by: Option<SubjectId>,
    /// What concerns an account alone.
    #[serde(default, skip_serializing_if = "Terms::are_none")]
    pub terms: Terms,
}

impl Ask {
    /// The ask as its subject sees it.
    #[must_use]
    pub fn demand(&self) -> Demand<'_> {
        Demand {
            version: self.version,
            record: self.record,
            limits: &self.limits,
            cost: self.cost,
            lease: self.lease,
            reserves: &self.terms.reserves,
            refundable: self.terms.refundable,
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
