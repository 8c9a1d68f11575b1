//! The policy as a whole.

use super::alerts::read_alerts;
use super::caps::{read_billing, read_refund_on};
use super::cors::{Cors, read_cors};
use super::dialect::{Dialect, read_dialect};
use super::limits::read_endpoint_limits;
use super::owners::read_owners;
use super::paths::read_paths;
use super::prefixes::{Prefixes, Sharing, read_prefix, read_prefixes};
use super::route_table::RouteTable;
use super::routes::{Named, Route, read_routes};
use super::tiers::{Tier, lanes, read_tiers, read_unrecorded};
use super::tokens::{Tokens, read_tokens};
use super::unavailable::{OnUnavailable, read_local_share, read_on_unavailable};
use crate::bounds::{MAX_BODY_BYTES, MAX_POLICY_BYTES, MAX_VERSION};
use crate::document::{self, DocumentError, Field, Object, Value};
use crate::limit::{Limit, Name, Share};
use crate::path::PathRules;
use crate::time::Millis;

/// Everything that decides how requests are treated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Which of two policies is the newer. An object never steps back to an older one.
    pub version: u64,
    /// Where a credential may stand.
    pub credential: Vec<Source>,
    /// Whether keys are looked up in the key directory.
    pub directory: bool,
    /// Which tokens are believed; none if absent.
    pub tokens: Option<Tokens>,
    /// What a request without a known key gets.
    pub strangers: Strangers,
    /// How paths are read.
    pub paths: PathRules,
    /// How decisions are told.
    pub dialect: Dialect,
    /// Which pages may read the gate's own answers; none if absent.
    pub cors: Option<Cors>,
    /// What happens when no decision can be had, in tiers that do not say.
    pub on_unavailable: OnUnavailable,
    /// How much of each limit an isolate gives out by itself where that is `local`.
    pub local_share: Share,
    /// How long an isolate repeats an object's denial by itself at most, which is as long as units that are given back by
    /// an operation or an outcome may stay unnoticed.
    pub deny_cache: Millis,
    /// How long a decision may take: a later one is discarded.
    pub decision_timeout: Millis,
    /// How long the origin may take to begin its answer.
    pub origin_timeout: Millis,
    /// Most bytes of a body that are read, 1 to [`MAX_BODY_BYTES`], on routes whose owner or limits look at it. A longer
    /// one is refused there.
    pub body_limit: u64,
    /// Access statuses under which requests that reserve of caps are refused.
    pub blocked: Vec<String>,
    /// At how many percent of each limit something is told, ascending; nothing is if empty.
    pub alerts: Vec<u8>,
    /// Statuses of the origin's answers that give an account's request its units back.
    pub refund_on: Vec<u64>,
    /// Its tiers, names unique.
    pub tiers: Vec<Tier>,
    /// Which keys only their beginning tells.
    pub prefixes: Prefixes,
    /// Its routes: the first that matches holds.
    pub routes: RouteTable,
}

/// A place in a request where a credential may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The header `X-Api-Key`.
    ApiKeyHeader,
    /// `Authorization: Bearer …`.
    Bearer,
    /// The same where the policy has rules for tokens: what looks like a token is one.
    BearerToken,
    /// The user of `Authorization: Basic …`.
    BasicUser,
    /// A segment of the path, where a route says that it is the key. It counts wherever else keys may stand.
    Path,
}

/// What a request without a known key gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strangers {
    /// A 401.
    Deny,
    /// The limits of a tier, by the network that it comes from.
    Tier(Name),
}

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    ///
    /// The first fault found, with its place, what was found there and what is allowed.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        read_policy(&Field::root(&document::read(text, MAX_POLICY_BYTES)?))
    }

    /// The tier of that name.
    #[must_use]
    pub fn tier(&self, name: &Name) -> Option<&Tier> {
        self.tiers.iter().find(|tier| tier.name == *name)
    }

    /// The tier of the longest prefix that tells one for `key`, and whose budget the key takes from.
    #[must_use]
    pub fn tier_of_prefix<'k>(&self, key: &'k str) -> Option<(&Tier, Sharing<'k>)> {
        let (prefix, sharing) = self.prefixes.find(key)?;
        Some((self.tier(&prefix.tier)?, sharing))
    }

    /// The first route that `method` and `path` (normalised) match.
    #[must_use]
    pub fn route(&self, method: &str, path: &str) -> Option<&Route> {
        self.routes.find(method, path, self.paths.ignore_case)
    }
}

const FIELDS: [&str; 22] = [
    "$schema",
    "version",
    "credential",
    "keys",
    "tokens",
    "strangers",
    "tiers",
    "limits",
    "owners",
    "routes",
    "body_limit",
    "paths",
    "dialect",
    "cors",
    "on_unavailable",
    "local_share",
    "deny_cache",
    "decision_timeout",
    "origin_timeout",
    "billing",
    "refund_on",
    "alerts",
];

/// How long an isolate repeats a denial by itself, in a policy that does not say, and at most.
const USUAL_DENY_CACHE: Millis = Millis(5_000);
const MOST_DENY_CACHE: Millis = Millis(60_000);

/// Most bytes of a body that are read, in a policy that does not say.
const USUAL_BODY_LIMIT: u64 = 16 * 1_024;

fn read_policy(root: &Field<'_>) -> Result<Policy, DocumentError> {
    let object = root.object(&FIELDS)?;
    let tiers = read_tiers(&object.required("tiers")?)?;
    let (directory, prefixes) = read_keys(&object, &tiers)?;
    let limits = object
        .optional("limits")
        .map(|f| read_endpoint_limits(&f, &tiers));
    let (limits, hidden) = limits.transpose()?.unwrap_or_default();
    let owners = object.optional("owners").map(|f| read_owners(&f, &tiers));
    let owners = owners.transpose()?.unwrap_or_default();
    let of_tiers = tiers.iter().flat_map(Tier::all_limits);
    let all: Vec<&Limit> = of_tiers.chain(limits.iter().map(|l| &l.limit)).collect();
    let mut dialect = object
        .optional("dialect")
        .map_or_else(|| Ok(Dialect::neutral()), |f| read_dialect(&f, &all))?;
    dialect.hidden = hidden;
    let named = Named {
        tiers: &tiers,
        limits: &limits,
        owners: &owners,
    };
    Ok(Policy {
        version: object.required("version")?.integer(1..=MAX_VERSION)?,
        credential: read_sources(&object)?,
        directory,
        tokens: object
            .optional("tokens")
            .map(|f| read_tokens(&f, &tiers))
            .transpose()?,
        strangers: object
            .optional("strangers")
            .map_or(Ok(Strangers::Deny), |f| read_strangers(&f, &tiers))?,
        paths: object
            .optional("paths")
            .map_or(Ok(PathRules::default()), |f| read_paths(&f))?,
        dialect,
        cors: object.optional("cors").map(|f| read_cors(&f)).transpose()?,
        on_unavailable: read_on_unavailable(&object)?.unwrap_or(OnUnavailable::Deny),
        local_share: read_local_share(&object)?,
        deny_cache: object
            .optional("deny_cache")
            .map_or(Ok(USUAL_DENY_CACHE), |f| {
                f.duration(Millis(0)..=MOST_DENY_CACHE)
            })?,
        decision_timeout: read_decision_timeout(&object, &tiers)?,
        origin_timeout: read_timeout(&object, "origin_timeout", Millis::from_seconds(60))?,
        body_limit: object
            .optional("body_limit")
            .map_or(Ok(USUAL_BODY_LIMIT), |f| f.size(1..=MAX_BODY_BYTES))?,
        blocked: object
            .optional("billing")
            .map_or(Ok(Vec::new()), |f| read_billing(&f))?,
        refund_on: read_refund_on(&object)?,
        alerts: read_alerts(&object)?,
        routes: object
            .optional("routes")
            .map_or(Ok(RouteTable::default()), |f| read_routes(&f, &named))?,
        tiers,
        prefixes,
    })
}

fn read_timeout(object: &Object<'_>, key: &str, usual: Millis) -> Result<Millis, DocumentError> {
    object.optional(key).map_or(Ok(usual), |f| {
        f.duration(Millis(1)..=Millis::from_seconds(3_600))
    })
}

/// A request may wait for a slot within the time of its decision, which must be longer than any patience.
fn read_decision_timeout(object: &Object<'_>, tiers: &[Tier]) -> Result<Millis, DocumentError> {
    let timeout = read_timeout(object, "decision_timeout", Millis::from_seconds(5))?;
    let most = tiers
        .iter()
        .flat_map(lanes)
        .filter_map(Limit::patience)
        .max();
    match (object.optional("decision_timeout"), most) {
        (Some(field), Some(most)) if timeout <= most => Err(field.fail(format!(
            "longer than the patience of every concurrency limit, here {} ms",
            most.0
        ))),
        _ => Ok(timeout),
    }
}

fn read_sources(object: &Object<'_>) -> Result<Vec<Source>, DocumentError> {
    let has_tokens = object.optional("tokens").is_some();
    let bearer = if has_tokens {
        Source::BearerToken
    } else {
        Source::Bearer
    };
    let words = [
        ("x-api-key", Source::ApiKeyHeader),
        ("bearer", bearer),
        ("basic-user", Source::BasicUser),
    ];
    let Some(field) = object.optional("credential") else {
        return Ok(words.iter().map(|(_, source)| *source).collect());
    };
    let items = field.list(words.len())?;
    let sources = items.iter().map(|item| item.choice(&words));
    let sources = sources.collect::<Result<Vec<_>, _>>()?;
    if has_tokens && !sources.contains(&bearer) {
        return Err(field.fail("bearer among them, since that is where tokens stand"));
    }
    Ok(sources)
}

fn read_keys(object: &Object<'_>, tiers: &[Tier]) -> Result<(bool, Prefixes), DocumentError> {
    let Some(keys) = object.optional("keys") else {
        return Ok((true, Prefixes::default()));
    };
    let keys = keys.object(&["directory", "prefixes", "default"])?;
    let directory = keys
        .optional("directory")
        .map_or(Ok(true), |f| f.boolean())?;
    let mut prefixes = keys
        .optional("prefixes")
        .map_or(Ok(Vec::new()), |f| read_prefixes(&f, tiers))?;
    if let Some(default) = keys.optional("default") {
        // Every key begins with this.
        prefixes.push(read_prefix(String::new(), &default, tiers)?);
    }
    Ok((directory, Prefixes::new(prefixes)))
}

fn read_strangers(field: &Field<'_>, tiers: &[Tier]) -> Result<Strangers, DocumentError> {
    if let Value::Text(_) = field.value() {
        return field.choice(&[("deny", ())]).map(|()| Strangers::Deny);
    }
    let tier = field.object(&["tier"])?.required("tier")?;
    Ok(Strangers::Tier(read_unrecorded(&tier, tiers)?))
}
