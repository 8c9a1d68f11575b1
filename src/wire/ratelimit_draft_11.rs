//! `RateLimit-Policy` and `RateLimit` as of draft-ietf-httpapi-ratelimit-headers-11: lists of structured fields
//! (RFC 9651). Other drafts have other parameters; one that is to be spoken, too, gets a file and words of its own.

use super::denial::retry_after;
use super::standings::next_seconds;
use crate::subject::{Decision, Outcome, Standing};
use crate::time::{Millis, UnixMillis};

/// Largest integer of a structured field (RFC 9651 §3.3.1).
const MAX_INTEGER: u64 = 999_999_999_999_999;

/// The value of `RateLimit-Policy`; `None` where there is no limit to tell of.
pub(super) fn policy_list(standings: &[&Standing], now: UnixMillis) -> Option<String> {
    let items: Vec<String> = standings.iter().map(|s| policy_item(s, now)).collect();
    joined(&items)
}

/// The value of `RateLimit`. On a denial it tells of the violated limits only: `Retry-After` should not point into the
/// effective window of another (§6).
pub(super) fn standing_list(standings: &[&Standing], decision: &Decision) -> Option<String> {
    let denied = decision.outcome != Outcome::Admitted;
    let shown = standings.iter().filter(|s| !denied || s.violated);
    let items: Vec<String> = shown.map(|s| standing_item(s, decision)).collect();
    joined(&items)
}

/// `"minute";q=200;w=60`. A window that is not whole seconds cannot be said and is left out; a lane has none, but
/// another unit.
fn policy_item(standing: &Standing, now: UnixMillis) -> String {
    let limit = &standing.limit;
    let parameters = match limit.algorithm.window(now) {
        Some(Millis(ms)) if ms % 1000 == 0 => format!(";w={}", ms / 1000),
        None if limit.is_lane() => ";qu=\"concurrent-requests\"".to_owned(),
        _ => String::new(),
    };
    let (name, units) = (&limit.name, limit.algorithm.units());
    format!("\"{name}\";q={units}{parameters}")
}

/// `"minute";r=195;t=59`: no more than `r` units should be used in the next `t` seconds. `"priority";r=37`: no
/// more than `r` requests should be added to those in flight.
fn standing_item(standing: &Standing, decision: &Decision) -> String {
    let window = standing.limit.algorithm.window(decision.now);
    let window = window.map(|window| {
        let seconds = effective_window(window, standing, decision);
        format!(";t={seconds}")
    });
    let (name, remaining) = (&standing.limit.name, standing.remaining);
    format!("\"{name}\";r={remaining}{}", window.unwrap_or_default())
}

/// For how many seconds the remaining units have to do: until their window ends, or where it slides, so long that they
/// over it are about the rate of the limit.
fn effective_window(window: Millis, standing: &Standing, decision: &Decision) -> u64 {
    if standing.limit.algorithm.ends_at_once() {
        let end = standing.full.plus(decision.behind).ceil_seconds();
        return retry_after(decision).map_or(end, |most| end.min(most));
    }
    let units = u128::from(standing.limit.algorithm.units());
    let share = u128::from(standing.remaining).saturating_mul(u128::from(window.0));
    let share = share.div_ceil(units.saturating_mul(1000).max(1));
    let share = u64::try_from(share).unwrap_or(u64::MAX);
    let effective = share.max(next_seconds(standing, decision.behind));
    let most = retry_after(decision).unwrap_or(MAX_INTEGER);
    effective.min(most).min(MAX_INTEGER)
}

fn joined(items: &[String]) -> Option<String> {
    (!items.is_empty()).then(|| items.join(", "))
}
