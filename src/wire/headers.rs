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
        HeaderValue::Units(name) => quota(of(name)?).units(),
        HeaderValue::Remaining(name) => of(name)?.remaining,
        HeaderValue::Reset(name) => decision.now.after(of(name)?.next).ceil_seconds(),
        HeaderValue::ResetAfter(name) => next_seconds(of(name)?, decision.behind),
        HeaderValue::RateLimitPolicy => return list(decision.standings.iter().map(policy_item)),
        HeaderValue::RateLimit => return standing_list(decision),
    };
    Some(value.to_string())
}

/// `"minute";q=200;w=60`. A window that is not whole seconds cannot be said and is left out.
fn policy_item(standing: &Standing) -> String {
    let quota = quota(standing);
    let window = match quota.window().0 {
        ms if ms % 1000 == 0 => format!(";w={}", ms / 1000),
        _ => String::new(),
    };
    format!("\"{}\";q={}{window}", standing.limit.name, quota.units())
}

/// On a denial only the violated limits: `Retry-After` should not point into the effective window of another.
fn standing_list(decision: &Decision) -> Option<String> {
    let denied = decision.outcome != Outcome::Admitted;
    let shown = decision.standings.iter().filter(|s| !denied || s.violated);
    list(shown.map(|standing| standing_item(standing, decision)))
}

/// `"minute";r=195;t=59`: no more than `r` units should be used in the next `t` seconds. `t` is such that
/// `r / t` is about the rate of the limit.
fn standing_item(standing: &Standing, decision: &Decision) -> String {
    let quota = quota(standing);
    let share = u128::from(standing.remaining).saturating_mul(u128::from(quota.window().0));
    let share = share.div_ceil(u128::from(quota.units()).saturating_mul(1000));
    let share = u64::try_from(share)
        .unwrap_or(u64::MAX)
        .min(MAX_FIELD_INTEGER);
    let effective = share.max(next_seconds(standing, decision.behind));
    let effective = retry_after(decision).map_or(effective, |most| effective.min(most));
    format!(
        "\"{}\";r={};t={effective}",
        standing.limit.name, standing.remaining
    )
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

fn quota(standing: &Standing) -> Quota {
    let Algorithm::TokenBucket(bucket) = standing.limit.algorithm;
    bucket.quota
}
