//! Tiers: named sets of limits.

use crate::bounds::{MAX_ENTRIES, MAX_LIMITS, MAX_UNITS, MAX_WINDOW};
use crate::document::{DocumentError, Field, Object};
use crate::limit::{Algorithm, Limit, Name, Quota, TokenBucket};
use crate::time::Millis;

/// A named set of limits that are tested and charged together. Without limits everything passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// What key records and prefixes call it.
    pub name: Name,
    /// The limits, names unique.
    pub limits: Vec<Limit>,
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

fn read_limits(field: &Field<'_>) -> Result<Vec<Limit>, DocumentError> {
    let mut limits: Vec<Limit> = Vec::new();
    for item in field.list(MAX_LIMITS)? {
        let object = item.object(&["name", "algorithm", "units", "window", "burst"])?;
        let name = object.required("name")?;
        let limit = Limit {
            name: name.name()?,
            algorithm: read_algorithm(&item, &object)?,
        };
        if limits.iter().any(|earlier| earlier.name == limit.name) {
            return Err(name.fail("a name that no other limit of this tier has"));
        }
        limits.push(limit);
    }
    Ok(limits)
}

fn read_algorithm(field: &Field<'_>, object: &Object<'_>) -> Result<Algorithm, DocumentError> {
    object
        .required("algorithm")?
        .choice(&[("token-bucket", ())])?;
    let units = object.required("units")?.integer(1..=MAX_UNITS)?;
    let window = object
        .required("window")?
        .duration(Millis(1)..=MAX_WINDOW)?;
    let burst = object
        .optional("burst")
        .map_or(Ok(units), |burst| burst.integer(1..=MAX_UNITS))?;
    let quota =
        Quota::new(units, window, burst).map_err(|allowed| field.fail(allowed.to_string()))?;
    Ok(Algorithm::TokenBucket(TokenBucket { quota }))
}
