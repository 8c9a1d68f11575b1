//! What the owner's object is asked for a request.

use super::terms::{caps, has_state, terms};
use super::{Client, Owned};
use crate::account::Named;
use crate::identity::AccountId;
use crate::lease::LeaseId;
use crate::limit::Limit;
use crate::object::Ask;
use crate::policy::{Policy, Route};

impl Ask {
    /// The ask of a request under the limits of its client's tier and `of_route`; `None` if nothing has to be asked.
    /// `request` is the id under which its lease, its reservations and its refund are known, `named` by what the receiver of
    /// events knows an account, if there is a receiver.
    pub fn of(
        policy: &Policy,
        client: &Client<'_>,
        route: Option<&Route>,
        of_route: Vec<Limit>,
        request: impl FnOnce() -> Option<LeaseId>,
        named: impl FnOnce(&AccountId) -> Option<Named>,
    ) -> Option<Self> {
        let lane = route.and_then(|route| route.lane.as_ref());
        let of_tier = client.tier.limits_in(lane).chain(caps(client, route));
        let (of_route, shadows) = parted(route, of_route);
        let mut limits: Vec<Limit> = of_tier.cloned().chain(of_route).collect();
        let of_tier = client.tier.shadows_in(lane);
        let mut shadows: Vec<Limit> = of_tier.cloned().chain(shadows).collect();
        let looks = route.is_some_and(Route::tells_standings);
        if looks {
            limits.clone_from(&client.tier.limits);
            shadows.clear();
        }
        if limits.is_empty() && shadows.is_empty() && !has_state(client, route) {
            return None;
        }
        let has_lane = limits.iter().chain(&shadows).any(Limit::is_lane);
        let (subject, brought_by, kind) = match &client.owner {
            Owned::Account(_) => (None, None, None),
            Owned::Subject {
                id,
                brought_by,
                kind,
            } => (Some(*id), *brought_by, kind.clone()),
        };
        let terms = terms(policy, client, route, named);
        let is_followed = !looks && (has_lane || terms.refundable || !terms.reserves.is_empty());
        Some(Self {
            version: policy.version,
            record: client.record,
            cost: route.map_or(1, |route| route.cost),
            lease: is_followed.then(request).flatten(),
            released: Vec::new(),
            tier: client.tier.name.clone(),
            kind,
            limits,
            shadows,
            subject,
            brought_by,
            terms,
        })
    }
}

/// Of the limits of a route those that may deny, and its shadow limits.
fn parted(route: Option<&Route>, limits: Vec<Limit>) -> (Vec<Limit>, Vec<Limit>) {
    let shadows = route.into_iter().flat_map(|route| &route.limits);
    let mut shadows = shadows.filter(|limit| limit.shadow).peekable();
    if shadows.peek().is_none() {
        return (limits, Vec::new());
    }
    let shadows: Vec<&Limit> = shadows.map(|it| &it.limit).collect();
    let may_deny = |limit: &Limit| shadows.iter().all(|shadow| shadow.name != limit.name);
    limits.into_iter().partition(may_deny)
}
