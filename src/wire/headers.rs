//! The headers that tell a client where it stands.

use super::ratelimit_draft_11::{policy_list, standing_list};
use super::standings::{closest, next_seconds, visible};
use crate::limit::Name;
use crate::policy::{Dialect, Figure, HeaderRule, HeaderValue, List, When, Which};
use crate::subject::{Decision, Standing};

/// The header that names shadow limits.
pub(super) const WOULD_DENY: &str = "X-Headgate-Would-Deny";

/// The limit headers for a decision, names and values. Hidden limits show in none.
#[must_use]
pub fn limit_headers(dialect: &Dialect, decision: &Decision) -> Vec<(String, String)> {
    let standings = visible(dialect, decision);
    let header = |rule: &HeaderRule| Some((rule.name.clone(), value(rule, &standings, decision)?));
    dialect.headers.iter().filter_map(header).collect()
}

/// The header that names the shadow limits that would have denied what a decision has admitted; `None` if none would.
#[must_use]
pub fn would_deny_header(decision: &Decision) -> Option<(String, String)> {
    let names: Vec<&str> = decision.would_deny.iter().map(Name::as_str).collect();
    (!names.is_empty()).then(|| (WOULD_DENY.to_owned(), names.join(", ")))
}

fn value(rule: &HeaderRule, standings: &[&Standing], decision: &Decision) -> Option<String> {
    let (which, figure) = match &rule.value {
        HeaderValue::List(List::RateLimitPolicy) => return policy_list(standings, decision.now),
        HeaderValue::List(List::RateLimit) => return standing_list(standings, decision),
        HeaderValue::Of(which, figure) => (which, *figure),
    };
    let standing = match which {
        Which::Named(name) => standings.iter().copied().find(|s| s.limit.name == *name),
        Which::Closest => closest(standings),
    }?;
    if rule.when == When::Exhausted && standing.remaining > 0 {
        return None;
    }
    Some(self::figure(figure, standing, decision)?.to_string())
}

/// `None` for an instant that nobody knows, as of a lane.
fn figure(figure: Figure, standing: &Standing, decision: &Decision) -> Option<u64> {
    let algorithm = &standing.limit.algorithm;
    let timed = |figure: u64| algorithm.window(decision.now).map(|_| figure);
    let at = |wait| decision.now.after(wait).ceil_seconds();
    match figure {
        Figure::Units => Some(algorithm.units()),
        Figure::Remaining => Some(standing.remaining),
        Figure::Reset => timed(at(standing.next)),
        Figure::ResetAfter => timed(next_seconds(standing, decision.behind)),
        Figure::Full => timed(at(standing.full)),
    }
}
