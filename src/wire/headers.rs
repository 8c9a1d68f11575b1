//! The headers that tell a client where it stands.

use super::denial::retry_after;
use crate::limit::{Algorithm, Name, Quota};
use crate::policy::{Dialect, HeaderRule, HeaderValue, When};
use crate::subject::{Decision, Outcome, Standing};
use crate::time::Millis;

/// Largest integer of a structured field (RFC 9651 §3.3.1).
const MAX_FIELD_INTEGER: u64 = 999_999_999_999_999;

/// The limit headers for a decision, names and values.
#[must_use]
pub fn limit_headers(dialect: &Dialect, decision: &Decision) -> Vec<(String, String)> {
    let header = |rule: &HeaderRule| Some((rule.name.clone(), value(rule, decision)?));
    dialect.headers.iter().filter_map(header).collect()
}

fn value(rule: &HeaderRule, decision: &Decision) -> Option<String> {
    let of = |name: &Name| {
        let standing = decision.standings.iter().find(|s| s.limit.name == *name)?;
        (rule.when == When::Always || standing.remaining == 0).then_some(standing)
    };
    let value = match &rule.value {
        HeaderValue::Units(name) => units(of(name)?),
        HeaderValue::Remaining(name) => of(name)?.remaining,
        HeaderValue::Reset(name) => decision.now.after(known_next(of(name)?)?).ceil_seconds(),
        HeaderValue::ResetAfter(name) => {
            let standing = of(name)?;
            known_next(standing)?;
            next_seconds(standing, decision.behind)
        }
        HeaderValue::RateLimitPolicy => return list(decision.standings.iter().map(policy_item)),
        HeaderValue::RateLimit => return standing_list(decision),
    };
    Some(value.to_string())
}

/// Units per window, or slots.
fn units(standing: &Standing) -> u64 {
    match standing.limit.algorithm {
        Algorithm::TokenBucket(bucket) => bucket.quota.units(),
        Algorithm::Concurrency(lane) => lane.slots(),
    }
}

/// When a limit next has capacity; `None` for a lane, of which nobody knows.
fn known_next(standing: &Standing) -> Option<Millis> {
    match standing.limit.algorithm {
        Algorithm::TokenBucket(_) => Some(standing.next),
        Algorithm::Concurrency(_) => None,
    }
}

/// `"minute";q=200;w=60`. A window that is not whole seconds cannot be said and is left out; a lane has none, but
/// another unit.
fn policy_item(standing: &Standing) -> String {
    let parameters = match standing.limit.algorithm {
        Algorithm::TokenBucket(bucket) => match bucket.quota.window().0 {
            ms if ms % 1000 == 0 => format!(";w={}", ms / 1000),
            _ => String::new(),
        },
        Algorithm::Concurrency(_) => ";qu=\"concurrent-requests\"".to_owned(),
    };
    let (name, units) = (&standing.limit.name, units(standing));
    format!("\"{name}\";q={units}{parameters}")
}

/// On a denial only the violated limits: `Retry-After` should not point into the effective window of another.
fn standing_list(decision: &Decision) -> Option<String> {
    let denied = decision.outcome != Outcome::Admitted;
    let shown = decision.standings.iter().filter(|s| !denied || s.violated);
    list(shown.map(|standing| standing_item(standing, decision)))
}

/// `"minute";r=195;t=59`: no more than `r` units should be used in the next `t` seconds. `"priority";r=37`: no
/// more than `r` requests should be added to those in flight.
fn standing_item(standing: &Standing, decision: &Decision) -> String {
    let window = match standing.limit.algorithm {
        Algorithm::TokenBucket(bucket) => {
            let seconds = effective_window(&bucket.quota, standing, decision);
            format!(";t={seconds}")
        }
        Algorithm::Concurrency(_) => String::new(),
    };
    let (name, remaining) = (&standing.limit.name, standing.remaining);
    format!("\"{name}\";r={remaining}{window}")
}

/// Seconds such that the remaining units over them are about the rate of the limit.
fn effective_window(quota: &Quota, standing: &Standing, decision: &Decision) -> u64 {
    let share = u128::from(standing.remaining).saturating_mul(u128::from(quota.window().0));
    let share = share.div_ceil(u128::from(quota.units()).saturating_mul(1000));
    let share = u64::try_from(share)
        .unwrap_or(u64::MAX)
        .min(MAX_FIELD_INTEGER);
    let effective = share.max(next_seconds(standing, decision.behind));
    retry_after(decision).map_or(effective, |most| effective.min(most))
}

/// Seconds until a limit next has capacity; 0 while it has some.
fn next_seconds(standing: &Standing, behind: Millis) -> u64 {
    if standing.next.is_zero() {
        0
    } else {
        standing.next.plus(behind).ceil_seconds()
    }
}

fn list(items: impl Iterator<Item = String>) -> Option<String> {
    let items: Vec<String> = items.collect();
    (!items.is_empty()).then(|| items.join(", "))
}
