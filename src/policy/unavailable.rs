//! What happens to requests about which no decision can be had.

use super::model::Policy;
use super::routes::Route;
use super::tiers::Tier;
use crate::document::{DocumentError, Object};
use crate::limit::Share;

/// What happens to a request about which no decision can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUnavailable {
    /// It is refused with a 503.
    Deny,
    /// It passes uncharged, marked as degraded.
    Allow,
    /// The isolate decides by itself, under a share of the limits, and the answer is marked as degraded.
    Local,
}

impl OnUnavailable {
    /// What policies and logs call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Allow => "allow",
            Self::Local => "local",
        }
    }
}

impl Policy {
    /// What happens to a request of a tier on a route about which no decision can be had. Where only the object knows
    /// what to answer, or what a plan still allows, that is not given away because its books are out of reach.
    #[must_use]
    pub fn when_unavailable(&self, tier: &Tier, route: Option<&Route>) -> OnUnavailable {
        if route.is_some_and(|route| route.answer.is_some() || !route.caps.is_empty()) {
            OnUnavailable::Deny
        } else {
            tier.on_unavailable.unwrap_or(self.on_unavailable)
        }
    }
}

const WORDS: [(&str, OnUnavailable); 3] = [
    ("deny", OnUnavailable::Deny),
    ("allow", OnUnavailable::Allow),
    ("local", OnUnavailable::Local),
];

/// The field of a policy or of a tier, if it has one.
pub(super) fn read_on_unavailable(
    object: &Object<'_>,
) -> Result<Option<OnUnavailable>, DocumentError> {
    let field = object.optional("on_unavailable");
    field.map(|field| field.choice(&WORDS)).transpose()
}

pub(super) fn read_local_share(object: &Object<'_>) -> Result<Share, DocumentError> {
    let field = object.optional("local_share");
    field.map_or(Ok(Share::TENTH), |field| {
        field.integer(Share::PERCENT).map(Share::new)
    })
}
