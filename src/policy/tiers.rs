//! Tiers: named sets of limits.

use crate::bounds::{
    LEASES, MAX_ENTRIES, MAX_LIMITS, MAX_PATIENCE, MAX_RETRY_AFTER, MAX_SLOTS, MAX_UNITS,
    MAX_WINDOW,
};
use crate::document::{DocumentError, Field, Object};
use crate::limit::{Algorithm, Concurrency, Limit, Name, Quota, TokenBucket};
use crate::time::Millis;

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

fn read_limits(field: &Field<'_>) -> Result<Vec<Limit>, DocumentError> {
    let mut limits: Vec<Limit> = Vec::new();
    for item in field.list(MAX_LIMITS)? {
        let limit = read_limit(&item)?;
        if limits.iter().any(|earlier| earlier.name == limit.name) {
            let name = item.look("name").unwrap_or(item);
            return Err(name.fail("a name that no other limit of this tier has"));
        }
        limits.push(limit);
    }
    Ok(limits)
}

const TOKEN_BUCKET: [&str; 5] = ["name", "algorithm", "units", "window", "burst"];
const CONCURRENCY: [&str; 6] = [
    "name",
    "algorithm",
    "slots",
    "lease",
    "patience",
    "retry_after",
];
type ReadRule = fn(&Field<'_>, &Object<'_>) -> Result<Algorithm, DocumentError>;

/// Per algorithm the fields that it has, and what reads them.
const ALGORITHMS: [(&str, (&[&str], ReadRule)); 2] = [
    ("token-bucket", (&TOKEN_BUCKET, read_bucket)),
    ("concurrency", (&CONCURRENCY, read_concurrency)),
];

fn read_limit(field: &Field<'_>) -> Result<Limit, DocumentError> {
    // Which fields there may be depends on one of them.
    let algorithm = field.look("algorithm").map(|f| f.choice(&ALGORITHMS));
    let (fields, read) = algorithm.transpose()?.unwrap_or(ALGORITHMS[0].1);
    let object = field.object(fields)?;
    let name = object.required("name")?.name()?;
    object.required("algorithm")?;
    let algorithm = read(field, &object)?;
    Ok(Limit { name, algorithm })
}

fn read_bucket(field: &Field<'_>, object: &Object<'_>) -> Result<Algorithm, DocumentError> {
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

/// How long a lease lasts unless it is renewed, in a policy that does not say.
const USUAL_LEASE: Millis = Millis(30_000);

/// How long a request waits for a slot, in a policy that does not say: longer than the news of a freed one takes.
const USUAL_PATIENCE: Millis = Millis(250);

/// When whom a lane refuses should come back, in a policy that does not say.
const USUAL_RETRY_AFTER: Millis = Millis(1_000);

fn read_concurrency(field: &Field<'_>, object: &Object<'_>) -> Result<Algorithm, DocumentError> {
    let slots = object.required("slots")?.integer(1..=MAX_SLOTS)?;
    let duration = |key, range, usual| {
        let field = object.optional(key);
        field.map_or(Ok(usual), |field| field.duration(range))
    };
    let lease = duration("lease", LEASES, USUAL_LEASE)?;
    let half = Millis(lease.0 / 2);
    let patience = duration(
        "patience",
        Millis(0)..=half.min(MAX_PATIENCE),
        USUAL_PATIENCE,
    )?;
    let retry_after = duration(
        "retry_after",
        Millis(1)..=MAX_RETRY_AFTER,
        USUAL_RETRY_AFTER,
    )?;
    let lane = Concurrency::new(slots, lease, patience, retry_after);
    Ok(Algorithm::Concurrency(
        lane.map_err(|allowed| field.fail(allowed.to_string()))?,
    ))
}
