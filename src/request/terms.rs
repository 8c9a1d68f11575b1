//! What an ask says of an account alone.

use super::{Client, Owned};
use crate::account::Named;
use crate::alert::Alerting;
use crate::identity::AccountId;
use crate::limit::{Limit, Name};
use crate::object::Terms;
use crate::policy::{Policy, Route};

/// The caps that a request is tested against, or that its answer speaks of: those of its tier.
pub(super) fn caps<'t>(
    client: &Client<'t>,
    route: Option<&'t Route>,
) -> impl Iterator<Item = &'t Limit> {
    let is_meant = move |cap: &&Limit| {
        route.is_some_and(|route| {
            route.answer.is_some() || route.caps.iter().any(|it| it.cap == cap.name)
        })
    };
    client.tier.caps().filter(is_meant)
}

/// Whether the object has to be asked even if no limit applies: only it knows how the account stands.
///
/// Also where nobody bears an `ADMIN_TOKEN` now: a key that was revoked stays so.
pub(super) fn has_state(client: &Client<'_>, route: Option<&Route>) -> bool {
    let is_account = matches!(client.owner, Owned::Account(_));
    is_account || route.is_some_and(|route| route.answer.is_some())
}

/// What the ask of a request says.
pub(super) fn terms(
    policy: &Policy,
    client: &Client<'_>,
    route: Option<&Route>,
    named: impl FnOnce(&AccountId) -> Option<Named>,
) -> Terms {
    if matches!(client.owner, Owned::Subject { .. }) {
        return Terms::default();
    }
    let of_route = route.map_or(&[][..], |route| &route.caps);
    let in_tier = |name: &Name| client.tier.caps().any(|cap| cap.name == *name);
    let reserves = of_route.iter().filter(|it| in_tier(&it.cap));
    let is_dear = of_route.iter().any(|it| it.amount > 0);
    Terms {
        key: client.key,
        reserves: reserves.map(|it| (it.cap.clone(), it.amount)).collect(),
        refundable: !policy.refund_on.is_empty(),
        blocked: if is_dear {
            policy.blocked.clone()
        } else {
            Vec::new()
        },
        alerting: alerting(policy, client, named),
        tells: route.is_some_and(|route| route.answer.is_some() && !route.tells_standings()),
        looks: route.is_some_and(Route::tells_standings),
        repeated: Vec::new(),
        lend: None,
    }
}

/// What the object is to watch, if anybody hears of it.
fn alerting(
    policy: &Policy,
    client: &Client<'_>,
    named: impl FnOnce(&AccountId) -> Option<Named>,
) -> Option<Alerting> {
    let Owned::Account(account) = &client.owner else {
        return None;
    };
    if policy.alerts.is_empty() {
        return None;
    }
    named(account).map(|named| Alerting {
        percents: policy.alerts.clone(),
        named,
    })
}
