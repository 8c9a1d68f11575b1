//! Owners that routes name in the account's place.

use super::selector::{Selector, read_selector};
use super::tiers::{Tier, read_unrecorded};
use crate::bounds::MAX_ENTRIES;
use crate::document::{DocumentError, Field};
use crate::limit::Name;

/// A kind of owner, such as the e-mail address that a link is sent to. Each value is one owner, whoever asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedOwner {
    /// What routes call it.
    pub kind: Name,
    /// The value that it is known by.
    pub by: Selector,
    /// The tier of its limits; it has no lanes.
    pub tier: Name,
}

pub(super) fn read_owners(
    field: &Field<'_>,
    tiers: &[Tier],
) -> Result<Vec<NamedOwner>, DocumentError> {
    let mut owners = Vec::new();
    for (name, owner) in field.entries(MAX_ENTRIES)? {
        let kind = Name::try_from(name)
            .map_err(|allowed| owner.fail(format!("as an owner's name, {allowed}")))?;
        let object = owner.object(&["by", "spelling", "tier"])?;
        owners.push(NamedOwner {
            kind,
            by: read_selector(&object.required("by")?, object.optional("spelling"))?,
            tier: read_unrecorded(&object.required("tier")?, tiers)?,
        });
    }
    Ok(owners)
}
