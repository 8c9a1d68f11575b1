//! Which limits of a decision are told, and which of them first.

use crate::limit::Kind;
use crate::policy::Dialect;
use crate::subject::{Decision, Standing};
use crate::time::Millis;
use std::cmp::Reverse;

/// What may be named and counted, in the order of the demand.
pub(super) fn visible<'a>(dialect: &Dialect, decision: &'a Decision) -> Vec<&'a Standing> {
    let mut standings: Vec<&Standing> = decision.standings.iter().collect();
    standings.retain(|standing| !dialect.hides(&standing.limit));
    standings
}

/// What refused, hidden or not, the longest wait first.
pub(super) fn violated(decision: &Decision) -> Vec<&Standing> {
    let mut violated: Vec<&Standing> = decision.standings.iter().filter(|s| s.violated).collect();
    violated.sort_by_key(|standing| Reverse(standing.refusal()));
    violated
}

/// The limit closest to exhaustion: of those that refuse the one with the longest wait; else the one with the fewest
/// units left, of several the one that takes the longest until all are back. No lane and no cap, which say nothing of
/// the units to come.
pub(super) fn closest<'a>(standings: &[&'a Standing]) -> Option<&'a Standing> {
    let rates = standings
        .iter()
        .filter(|standing| standing.limit.algorithm.kind() == Kind::Rate);
    rates
        .min_by_key(|s| (Reverse(s.refusal()), s.remaining, Reverse(s.full)))
        .copied()
}

/// Seconds until a limit next has capacity, rounded up; 0 while it has some.
pub(super) fn next_seconds(standing: &Standing, behind: Millis) -> u64 {
    if standing.next.is_zero() {
        0
    } else {
        standing.next.plus(behind).ceil_seconds()
    }
}
