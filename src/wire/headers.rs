//! The headers that tell a client where it stands.

use super::denial::retry_after;
use crate::limit::{Algorithm, Name};
use crate::policy::{Dialect, HeaderRule, HeaderValue, When};
use crate::subject::{Decision, Outcome, Standing};
use crate::time::{Millis, UnixMillis};

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
        HeaderValue::Units(name) => of(name)?.limit.algorithm.units(),
        HeaderValue::Remaining(name) => of(name)?.remaining,
        HeaderValue::Reset(name) => decision.now.after(known_next(of(name)?)?).ceil_seconds(),
        HeaderValue::ResetAfter(name) => {
            let standing = of(name)?;
            known_next(standing)?;
            next_seconds(standing, decision.behind)
        }
        HeaderValue::RateLimitPolicy => {
            let item = |standing| policy_item(standing, decision.now);
            return list(decision.standings.iter().map(item));
        }
        HeaderValue::RateLimit => return standing_list(decision),
    };
    Some(value.to_string())
}

/// When a limit next has capacity; `None` for a lane, of which nobody knows.
fn known_next(standing: &Standing) -> Option<Millis> {
    (!standing.limit.is_lane()).then_some(standing.next)
}

/// `"minute";q=200;w=60`. A window that is not whole seconds cannot be said and is left out; a lane has none, but
/// another unit.
fn policy_item(standing: &Standing, now: UnixMillis) -> String {
    let algorithm = standing.limit.algorithm;
    let parameters = match algorithm.window(now) {
        Some(Millis(ms)) if ms % 1000 == 0 => format!(";w={}", ms / 1000),
        None if standing.limit.is_lane() => ";qu=\"concurrent-requests\"".to_owned(),
        _ => String::new(),
    };
    let (name, units) = (&standing.limit.name, algorithm.units());
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
    let seconds = effective_window(standing, decision);
    let window = seconds.map_or(String::new(), |seconds| format!(";t={seconds}"));
    let (name, remaining) = (&standing.limit.name, standing.remaining);
    format!("\"{name}\";r={remaining}{window}")
}

/// For how many seconds the remaining units have to do: until the window ends, or where it slides, so long that
/// they over it are about the rate of the limit. `None` where units do not come back with time.
fn effective_window(standing: &Standing, decision: &Decision) -> Option<u64> {
    let algorithm = standing.limit.algorithm;
    let window = algorithm.window(decision.now)?;
    let whole = standing.full.plus(decision.behind).ceil_seconds();
    let effective = match algorithm {
        Algorithm::FixedWindow(_) | Algorithm::AnchoredWindow(_) => whole,
        _ => {
            let share = u128::from(standing.remaining).saturating_mul(u128::from(window.0));
            let share = share.div_ceil(u128::from(algorithm.units()).saturating_mul(1000));
            let share = u64::try_from(share).unwrap_or(u64::MAX);
            let share = share.min(MAX_FIELD_INTEGER);
            share.max(next_seconds(standing, decision.behind))
        }
    };
    Some(retry_after(decision).map_or(effective, |most| effective.min(most)))
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
