//! What the edge asks of an object. The answer is a [`Decision`](crate::subject::Decision).
//!
//! Both travel as JSON, in which a later version may add fields: for some minutes after a deploy edge and
//! object run different versions.

use crate::limit::{Limit, Name};
use crate::subject::Demand;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A keyed hash that stands for one subject: never the key or the address itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SubjectId(pub [u8; 16]);

/// One request's question to its owner's object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Version of the policy that the limits come from.
    pub version: u64,
    /// Version of the key record that the tier comes from; 0 where there is none.
    #[serde(default)]
    pub record: u64,
    /// Units to charge to each limit; 0 only looks.
    pub cost: u64,
    /// The tier whose limits they are.
    pub tier: Name,
    /// The limits that apply, names unique.
    pub limits: Vec<Limit>,
    /// Which subject of a shard; absent for an account, which is alone in its object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectId>,
    /// Who brought the subject: the network whose newcomers a shard counts together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought_by: Option<SubjectId>,
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
        }
    }

    /// The subject that a shard's newcomers of this tier share while they have no place of their own.
    pub(super) fn overflow(&self) -> SubjectId {
        let hash = Sha256::digest(self.tier.as_str());
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().skip(1).zip(hash) {
            *to = from;
        }
        SubjectId(id)
    }
}
