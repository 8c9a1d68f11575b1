//! The limits of a route, as a request counts in them.

use crate::identity::HashKey;
use crate::limit::Limit;
use crate::policy::{EndpointLimit, Parts, Route, SelectorError};

/// The limits of a route, each with the partition that a request counts in.
///
/// # Errors
///
/// The request says in two ways which one that is.
pub fn route_limits(
    hash_key: &HashKey,
    route: &Route,
    parts: &Parts<'_>,
) -> Result<Vec<Limit>, SelectorError> {
    let mut limits = Vec::new();
    for EndpointLimit { limit, per, .. } in &route.limits {
        let mut limit = limit.clone();
        if let Some(per) = per
            && let Some(value) = route.value(per, parts)?
        {
            limit.partition = Some(hash_key.partition(&limit.name, &value));
        }
        limits.push(limit);
    }
    Ok(limits)
}
