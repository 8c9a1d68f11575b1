//! Of which limits units are lent to isolates, and for how long.

use super::{Policy, Route, Tier};
use crate::bounds::{LOANS, MIN_LENDING};
use crate::document::{DocumentError, Field, Object};
use crate::limit::{Algorithm, Kind, Limit};
use crate::time::{Millis, UnixMillis};

impl Policy {
    /// How long what is lent for requests of a tier on a route lasts at most; `None` if each asks the object: what is in
    /// flight, reserved or given back is followed one by one, a shadow limit hears of each, and a limit may lend nothing.
    #[must_use]
    pub fn lends(&self, tier: &Tier, route: Option<&Route>) -> Option<Millis> {
        let lasts = tier.lend?;
        let lane = route.and_then(|route| route.lane.as_ref());
        let mut of_route = route.into_iter().flat_map(|route| &route.limits);
        if tier.shadows_in(lane).next().is_some() || of_route.any(|limit| limit.shadow) {
            return None;
        }
        let Some(route) = route else {
            return Some(lasts).filter(|_| self.refund_on.is_empty());
        };
        let is_followed = !self.refund_on.is_empty() || !route.caps.is_empty();
        let has_lane = tier.limits_in(route.lane.as_ref()).any(Limit::is_lane);
        if is_followed || has_lane || route.cost == 0 || route.answer.is_some() {
            return None;
        }
        let limits = route.limits.iter();
        limits
            .map(|limit| limit.lend)
            .fold(Some(lasts), Option::min)
    }
}

/// Reads how long units of a limit are lent, if they are.
pub(super) fn read_lend(
    object: &Object<'_>,
    algorithm: Algorithm,
) -> Result<Option<Millis>, DocumentError> {
    let Some(field) = object.optional("lend") else {
        return Ok(None);
    };
    let window = algorithm.window(UnixMillis(0)).unwrap_or(Millis(0));
    let longest = LOANS.end().0.min(window.0 / 10);
    if algorithm.most_at_once() < MIN_LENDING || longest < LOANS.start().0 {
        return Err(field.fail(format!(
            "no lend: only of limits of at least {MIN_LENDING} units at once, and of windows of at least 1 s"
        )));
    }
    field.duration(*LOANS.start()..=Millis(longest)).map(Some)
}

/// How long units of all rates of a tier are lent, if they are.
pub(super) fn read_tier_lend(
    limits: &[(Limit, Option<Millis>)],
    fields: &[Field<'_>],
) -> Result<Option<Millis>, DocumentError> {
    let is_rate = |limit: &Limit| limit.algorithm.kind() == Kind::Rate;
    let lasts = limits.iter().filter_map(|(_, lend)| *lend).min();
    let strict = limits
        .iter()
        .position(|(limit, lend)| is_rate(limit) && lend.is_none());
    match (lasts, strict.and_then(|at| fields.get(at))) {
        (Some(_), Some(field)) => Err(field
            .fail("lend here, too, or on no limit of this tier: its rates are charged together")),
        _ => Ok(lasts),
    }
}
