//! What has been lent to this isolate.

use super::gate::Gate;
use super::owner::Owner;
use super::release::insist;
use super::{clock, deadline};
use crate::cache::{Asked, Found, Loans};
use crate::lease::LeaseId;
use crate::object::{Ask, Message};
use crate::policy::Route;
use crate::request::{Client, Owned};
use crate::subject::Decision;
use crate::time::{Millis, UnixMillis};
use std::cell::RefCell;
use std::rc::Rc;

thread_local! {
    static LOANS: RefCell<Loans> = RefCell::default();
}

/// How long what is lent for a request lasts; `None` if nothing is.
pub(crate) fn lasts(gate: &Gate<'_>, client: &Client<'_>, route: Option<&Route>) -> Option<Millis> {
    let is_account = matches!(client.owner, Owned::Account(_));
    gate.policy.lends(client.tier, route).filter(|_| is_account)
}

/// What is told of a request if a unit was lent for it, which is spent then. Else what is to be lent is put into the ask.
pub(crate) fn spend(
    gate: &Gate<'_>,
    asked: &Asked,
    ask: &mut Ask,
    lasts: Millis,
) -> Option<Decision> {
    let which = (LeaseId::of_request(gate.request_id)?, ask.cost);
    let found = LOANS.with_borrow_mut(|loans| loans.find(asked, which, lasts, clock::now()));
    match found {
        Found::Lent(decision) => Some(decision),
        Found::Ask(lend) => {
            ask.terms.lend = lend;
            None
        }
    }
}

/// Remembers what was lent with a decision on an ask that was sent at `sent`, or that there is none. What this isolate
/// has left of what it was lent before the object takes for spent: it is told as left, and spent if the object refuses.
pub(crate) fn learn(
    gate: &Gate<'_>,
    owner: &Owner,
    (asked, cost): (Asked, u64),
    decision: Option<&mut Decision>,
    sent: UnixMillis,
) {
    let loan = decision.as_ref().and_then(|decision| decision.loan);
    LOANS.with_borrow_mut(|loans| loans.learn(&asked, decision, (cost, sent), clock::now()));
    let Some(loan) = loan else { return };
    let (deployment, owner) = (Rc::clone(gate.deployment), owner.clone());
    gate.context.wait_until(async move {
        deadline::pause(loan.lasts).await;
        let unspent = LOANS.with_borrow_mut(|loans| loans.end(&asked, loan.id, cost));
        if let Some(unspent) = unspent {
            insist(&deployment, &owner, &Message::GiveBack(vec![unspent])).await;
        }
    });
}
