//! Limits: those of a tier, and those that routes name.

use super::algorithms::{read_rule, read_shadow};
use super::lending::read_lend;
use super::selector::{Selector, read_selector};
use super::tiers::Tier;
use crate::bounds::{MAX_ENTRIES, MAX_PARTITION_RUNS};
use crate::document::{DocumentError, Field};
use crate::limit::{Algorithm, Limit, Name};
use crate::time::Millis;

/// A limit that routes name. It is tested and charged together with those of the tier, and shared by its routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointLimit {
    /// The limit. Which partition it counts is told by the request.
    pub limit: Limit,
    /// What it is counted by within the owner; all requests together if absent.
    pub per: Option<Selector>,
    /// How long its units are lent to isolates, if they are.
    pub lend: Option<Millis>,
    /// Whether it denies nothing, and only what it would deny is told.
    pub shadow: bool,
}

/// Reads the limits that routes may name, and the names of those that no answer tells of.
pub(super) fn read_endpoint_limits(
    field: &Field<'_>,
    tiers: &[Tier],
) -> Result<(Vec<EndpointLimit>, Vec<Name>), DocumentError> {
    let (mut limits, mut hidden) = (Vec::new(), Vec::new());
    for (name, item) in field.entries(MAX_ENTRIES)? {
        let name = Name::try_from(name)
            .map_err(|allowed| item.fail(format!("as a limit's name, {allowed}")))?;
        if tiers
            .iter()
            .flat_map(Tier::all_limits)
            .any(|limit| limit.name == name)
        {
            return Err(item.fail("as a limit's name, one that no limit of a tier has"));
        }
        let (object, algorithm) = read_rule(&item, &[], &["per", "spelling", "hidden"])?;
        let per = object.optional("per");
        if let Some(spelling) = object.optional("spelling").filter(|_| per.is_none()) {
            return Err(spelling.fail("no spelling without a per"));
        }
        let per = per.map(|per| read_selector(&per, object.optional("spelling")));
        if per.is_some() && runs(algorithm) > MAX_PARTITION_RUNS {
            let allowed = format!(
                "with per, a sliding-log of at most {MAX_PARTITION_RUNS} units or a sliding-window of at most as many parts"
            );
            return Err(item.fail(allowed));
        }
        if object
            .optional("hidden")
            .map_or(Ok(false), |f| f.boolean())?
        {
            hidden.push(name.clone());
        }
        limits.push(EndpointLimit {
            per: per.transpose()?,
            lend: read_lend(&object, algorithm)?,
            shadow: read_shadow(&object, algorithm)?,
            limit: Limit {
                name,
                algorithm,
                partition: None,
            },
        });
    }
    Ok((limits, hidden))
}

/// How many runs the state of a limit may have.
fn runs(algorithm: Algorithm) -> u64 {
    match algorithm {
        Algorithm::SlidingLog(rule) => rule.per.units(),
        Algorithm::SlidingWindow(rule) => rule.parts,
        _ => 1,
    }
}

/// Reads a limit of a tier, how long its units are lent to isolates, if they are, and whether it is a shadow limit.
pub(super) fn read_limit(
    field: &Field<'_>,
) -> Result<(Limit, Option<Millis>, bool), DocumentError> {
    let (object, algorithm) = read_rule(field, &["name"], &[])?;
    let limit = Limit {
        name: object.required("name")?.name()?,
        algorithm,
        partition: None,
    };
    let shadow = read_shadow(&object, algorithm)?;
    Ok((limit, read_lend(&object, algorithm)?, shadow))
}
