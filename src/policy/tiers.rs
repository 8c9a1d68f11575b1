//! Tiers: named sets of limits.

use super::limits::read_limits;
use crate::bounds::MAX_ENTRIES;
use crate::document::{DocumentError, Field};
use crate::limit::{Limit, Name};

/// A named set of limits that are tested and charged together. Without limits everything passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// What key records and prefixes call it.
    pub name: Name,
    /// The limits, names unique.
    pub limits: Vec<Limit>,
}

impl Tier {
    /// The limits of a request that takes `lane`: all rates, and that lane.
    pub fn limits_in(&self, lane: Option<&Name>) -> impl Iterator<Item = &Limit> {
        self.limits
            .iter()
            .filter(move |limit| !limit.is_lane() || Some(&limit.name) == lane)
    }
}

/// The lanes of a tier.
pub(super) fn lanes(tier: &Tier) -> impl Iterator<Item = &Limit> {
    tier.limits.iter().filter(|limit| limit.is_lane())
}

pub(super) fn read_tiers(field: &Field<'_>) -> Result<Vec<Tier>, DocumentError> {
    let mut tiers = Vec::new();
    for (name, tier) in field.entries(MAX_ENTRIES)? {
        let name = Name::try_from(name)
            .map_err(|allowed| tier.fail(format!("as a tier's name, {allowed}")))?;
        let limits = tier.object(&["limits"])?.required("limits")?;
        tiers.push(Tier {
            name,
            limits: read_limits(&limits)?,
        });
    }
    if tiers.is_empty() {
        return Err(field.fail("at least one tier"));
    }
    Ok(tiers)
}
