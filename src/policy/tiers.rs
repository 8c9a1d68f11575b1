//! Tiers: named sets of limits.

use super::lending::read_tier_lend;
use super::limits::read_limit;
use super::unavailable::{OnUnavailable, read_on_unavailable};
use crate::bounds::{MAX_ENTRIES, MAX_LIMITS, MOST_IN_ROW};
use crate::document::{DocumentError, Field};
use crate::limit::{Kind, Limit, Name};
use crate::time::Millis;

/// A named set of limits that are tested and charged together. Without limits everything passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// What key records and prefixes call it.
    pub name: Name,
    /// The limits that may deny, names unique.
    pub limits: Vec<Limit>,
    /// Shadow limits, whose names are none of those: they deny nothing, and what they would deny is told.
    pub shadows: Vec<Limit>,
    /// How long units of its rates are lent to isolates, if they are.
    pub lend: Option<Millis>,
    /// What happens when no decision can be had; as the policy says, if absent.
    pub on_unavailable: Option<OnUnavailable>,
}

impl Tier {
    /// Its caps.
    pub fn caps(&self) -> impl Iterator<Item = &Limit> {
        let is_cap = |limit: &&Limit| limit.algorithm.kind() == Kind::Cap;
        self.limits.iter().filter(is_cap)
    }

    /// All its limits, shadow limits last.
    pub fn all_limits(&self) -> impl Iterator<Item = &Limit> {
        self.limits.iter().chain(&self.shadows)
    }

    /// The limits of a request that takes `lane`: all rates, and that lane. Caps are for routes to name.
    pub fn limits_in(&self, lane: Option<&Name>) -> impl Iterator<Item = &Limit> {
        tested(&self.limits, lane)
    }

    /// The shadow limits of a request that takes `lane`.
    pub fn shadows_in(&self, lane: Option<&Name>) -> impl Iterator<Item = &Limit> {
        tested(&self.shadows, lane)
    }
}

fn tested<'t>(limits: &'t [Limit], lane: Option<&Name>) -> impl Iterator<Item = &'t Limit> {
    limits
        .iter()
        .filter(move |limit| match limit.algorithm.kind() {
            Kind::Rate => true,
            Kind::Lane => Some(&limit.name) == lane,
            Kind::Cap => false,
        })
}

/// The lanes of a tier.
pub(super) fn lanes(tier: &Tier) -> impl Iterator<Item = &Limit> {
    tier.all_limits().filter(|limit| limit.is_lane())
}

pub(super) fn read_tiers(field: &Field<'_>) -> Result<Vec<Tier>, DocumentError> {
    let mut tiers = Vec::new();
    for (name, tier) in field.entries(MAX_ENTRIES)? {
        let name = Name::try_from(name)
            .map_err(|allowed| tier.fail(format!("as a tier's name, {allowed}")))?;
        let tier = tier.object(&["limits", "on_unavailable"])?;
        let mut read = Tier {
            name,
            limits: Vec::new(),
            shadows: Vec::new(),
            lend: None,
            on_unavailable: read_on_unavailable(&tier)?,
        };
        read_limits(&tier.required("limits")?, &mut read)?;
        tiers.push(read);
    }
    if tiers.is_empty() {
        return Err(field.fail("at least one tier"));
    }
    Ok(tiers)
}

/// Reads the limits of a tier, shadow limits apart.
fn read_limits(field: &Field<'_>, tier: &mut Tier) -> Result<(), DocumentError> {
    let mut limits: Vec<(Limit, Option<Millis>)> = Vec::new();
    let mut shadows = Vec::new();
    let items = field.list(MAX_LIMITS)?;
    for item in &items {
        let (limit, lend, shadow) = read_limit(item)?;
        if limits.iter().any(|(earlier, _)| earlier.name == limit.name) {
            let name = item.look("name").unwrap_or(item.clone());
            return Err(name.fail("a name that no other limit of this tier has"));
        }
        limits.push((limit, lend));
        shadows.push(shadow);
    }
    tier.lend = read_tier_lend(&limits, &items)?;
    let bytes = limits
        .iter()
        .map(|(limit, _)| limit.algorithm.most_row_bytes());
    if bytes.fold(0, u64::saturating_add) > MOST_IN_ROW {
        let allowed = format!("limits whose state fits into a row of {MOST_IN_ROW} bytes");
        return Err(field.fail(allowed));
    }
    for ((limit, _), shadow) in limits.into_iter().zip(shadows) {
        let of_its_kind = if shadow {
            &mut tier.shadows
        } else {
            &mut tier.limits
        };
        of_its_kind.push(limit);
    }
    Ok(())
}

/// A tier of those who have no account. Their objects are shared by many, and what is shared holds no leases.
pub(super) fn read_unrecorded(field: &Field<'_>, tiers: &[Tier]) -> Result<Name, DocumentError> {
    let name = read_tier_name(field, tiers)?;
    let named = |tier: &&Tier| tier.name == name;
    let mut limits = tiers.iter().filter(named).flat_map(Tier::all_limits);
    if limits.any(|limit| limit.algorithm.kind() != Kind::Rate) {
        let allowed = "a tier without concurrency limits and caps, which only accounts can have";
        return Err(field.fail(allowed));
    }
    Ok(name)
}

pub(super) fn read_tier_name(field: &Field<'_>, tiers: &[Tier]) -> Result<Name, DocumentError> {
    let name = field.text()?;
    let tier = tiers.iter().find(|tier| tier.name.as_str() == name);
    tier.map(|tier| tier.name.clone()).ok_or_else(|| {
        let names: Vec<&str> = tiers.iter().map(|tier| tier.name.as_str()).collect();
        field.fail(format!("one of the tiers {}", names.join(", ")))
    })
}
