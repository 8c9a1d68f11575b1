//! Whose a request is.

use crate::account::KeyHash;
use crate::identity::{AccountId, HashKey, Record, network};
use crate::limit::Name;
use crate::object::SubjectId;
use crate::policy::{NamedOwner, Policy, Sharing, Strangers, Tier};

/// Who answers for a request, and under which tier.
#[derive(Clone, Debug)]
pub struct Client<'a> {
    /// Who answers for it.
    pub owner: Owned,
    /// The tier whose limits apply.
    pub tier: &'a Tier,
    /// Version of the record that the tier comes from; 0 where there is none.
    pub record: u64,
    /// What does not answer, so that the owner is who was last known.
    pub degraded: Option<&'static str>,
    /// What stands for the key of an account.
    pub key: Option<KeyHash>,
    /// Whether answers name the shadow limits that would have denied it.
    pub shows_would_deny: bool,
}

/// An account, or a subject of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owned {
    /// An account: it has an object of its own.
    Account(AccountId),
    /// Anybody else.
    Subject {
        /// What stands for it.
        id: SubjectId,
        /// The network whose newcomers it counts among.
        brought_by: Option<SubjectId>,
        /// The kind of owner, if a route names it.
        kind: Option<Name>,
    },
}

impl<'a> Client<'a> {
    /// The account that a record names.
    ///
    /// # Errors
    ///
    /// The record, if the policy does not have its tier: that is no reason to let somebody in or not.
    pub fn recorded(policy: &'a Policy, record: Record) -> Result<Self, Record> {
        match policy.tier(&record.tier) {
            Some(tier) => Ok(Self {
                owner: Owned::Account(record.account),
                tier,
                record: record.version,
                degraded: None,
                key: None,
                shows_would_deny: record.shows_would_deny,
            }),
            None => Err(record),
        }
    }

    /// Whoever has a key that only its beginning tells; `None` if no prefix tells it. `address` is where the request comes
    /// from.
    #[must_use]
    pub fn of_prefix(
        policy: &'a Policy,
        hash_key: &HashKey,
        key: &str,
        address: Option<&str>,
    ) -> Option<Self> {
        let (tier, sharing) = policy.tier_of_prefix(key)?;
        let id = match sharing {
            Sharing::Key(key) => hash_key.subject("key", key),
            Sharing::Capture(part) => hash_key.subject("capture", part),
        };
        let brought_by = Some(wider_network(hash_key, address));
        Some(Self::unrecorded(id, brought_by, tier))
    }

    /// Someone without a known key, who is counted by the network that the request comes from; `None` if the policy lets
    /// no strangers in.
    #[must_use]
    pub fn stranger(policy: &'a Policy, hash_key: &HashKey, address: Option<&str>) -> Option<Self> {
        let tier = match &policy.strangers {
            Strangers::Deny => None,
            Strangers::Tier(name) => policy.tier(name),
        }?;
        let network = network(address);
        let id = hash_key.subject("network", &network.own);
        let brought_by = network.wider;
        let brought_by = brought_by.map(|wider| hash_key.subject("network", &wider));
        Some(Self::unrecorded(id, brought_by, tier))
    }

    /// The owner that a route names in the account's place, by the value that the request has of it.
    #[must_use]
    pub fn named(
        policy: &'a Policy,
        hash_key: &HashKey,
        owner: &NamedOwner,
        value: &str,
        address: Option<&str>,
    ) -> Option<Self> {
        let id = hash_key.owner(&owner.kind, value);
        let brought_by = Some(wider_network(hash_key, address));
        let mut client = Self::unrecorded(id, brought_by, policy.tier(&owner.tier)?);
        if let Owned::Subject { kind, .. } = &mut client.owner {
            *kind = Some(owner.kind.clone());
        }
        Some(client)
    }

    fn unrecorded(id: SubjectId, brought_by: Option<SubjectId>, tier: &'a Tier) -> Self {
        let kind = None;
        let owner = Owned::Subject {
            id,
            brought_by,
            kind,
        };
        Self {
            owner,
            tier,
            record: 0,
            degraded: None,
            key: None,
            shows_would_deny: false,
        }
    }
}

fn wider_network(hash_key: &HashKey, address: Option<&str>) -> SubjectId {
    let network = network(address);
    hash_key.subject("network", network.wider.as_deref().unwrap_or(&network.own))
}
