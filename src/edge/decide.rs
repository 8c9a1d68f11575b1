//! The one call to the owner's object.

use super::conclusion::Conclusion;
use super::failure::Fault;
use super::gate::Gate;
use super::owner::Owner;
use super::promise::resolvable;
use super::release::{RIDE, ended, release};
use super::slot::{Lease, Slot};
use super::task::Context;
use super::{clock, denials, loans, pressure};
use crate::cache::Asked;
use crate::collector::How;
use crate::identity::AccountId;
use crate::lease::{Holder, LeaseId};
use crate::limit::{Algorithm, Limit};
use crate::object::{Answer, Ask, Message};
use crate::policy::Route;
use crate::request::Client;
use crate::subject::{Decision, Outcome, Standing};
use crate::time::UnixMillis;
use js_sys::Function;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// What an object has decided, the slot that it gave, and what it wants to hear when the outcome is known.
pub(crate) struct Decided<'a> {
    pub(crate) decision: Decision,
    pub(crate) slot: Option<Slot>,
    pub(crate) conclusion: Option<Conclusion<'a>>,
}

impl Decided<'_> {
    /// What this isolate knows by itself.
    fn here(decision: Decision) -> Self {
        Self {
            decision,
            slot: None,
            conclusion: None,
        }
    }
}

/// That no decision could be had: why, and who was asked what.
pub(crate) struct Undecided {
    pub(crate) fault: Fault,
    pub(crate) owner: Owner,
    pub(crate) message: Message,
}

/// Has this isolate decide in the owner's place.
pub(crate) async fn decide_here<'a>(
    gate: &Gate<'_>,
    owner: &Owner,
    message: Message,
) -> Result<Decided<'a>, Fault> {
    let message = message.local(gate.policy.local_share);
    let owner = owner.local();
    let decided = ask_and_hold(gate, &owner, &message).await;
    if let (
        Err(_),
        Message::Ask(Ask {
            lease: Some(lease), ..
        }),
    ) = (&decided, &message)
    {
        release(gate.deployment, &owner, &[*lease], false).await;
    }
    decided
}

/// Asks the owner whether a request may pass under the limits of its tier and `of_route`; `None` if no limit applies. An
/// answer that comes later than the policy allows is no answer: the object may have charged for it, the origin will not
/// see it.
pub(crate) async fn decide<'a>(
    gate: &Gate<'a>,
    client: &Client<'_>,
    route: Option<&'a Route>,
    of_route: Vec<Limit>,
) -> Result<Option<Decided<'a>>, Undecided> {
    let request = || LeaseId::of_request(gate.request_id);
    let named = |account: &AccountId| gate.deployment.named(Some(account.as_str()));
    let ask = Ask::of(gate.policy, client, route, of_route, request, named);
    let Some(mut ask) = ask else { return Ok(None) };
    let owner = Owner::of(gate.deployment, &client.owner);
    let lasts = loans::lasts(gate, client, route);
    let lending = lasts.map(|lasts| (Asked::of(&owner.name, &mut ask), lasts));
    let here = match &lending {
        Some((asked, lasts)) => loans::spend(gate, asked, &mut ask, *lasts),
        None => None,
    };
    if let Some(decision) = here {
        gate.noted.how.set(How::Lent);
        return Ok(Some(Decided::here(decision)));
    }
    if let Some(decision) = denials::known(|| Asked::of(&owner.name, &mut ask)) {
        gate.noted.how.set(How::Repeated);
        if ask.subject.is_none() {
            denials::repeated(&owner.name, &decision);
        }
        return Ok(Some(Decided::here(decision)));
    }
    gate.noted.how.set(How::Shed);
    let ask = pressure::sendable(&owner, ask, gate.policy.decision_timeout)?;
    gate.noted.how.set(How::Asked);
    let conclusion = Conclusion::of(gate, &owner, &ask, route);
    match decide_there(gate, owner, ask, lending.map(|(asked, _)| asked)).await {
        Ok(decided) => Ok(Some(Decided {
            conclusion,
            ..decided
        })),
        Err(undecided) => {
            if let Some(conclusion) = conclusion {
                conclusion.came_to_nothing(gate);
            }
            Err(undecided)
        }
    }
}

/// Has the owner decide, and remembers what is worth it: `lending` is what it may lend for.
async fn decide_there<'a>(
    gate: &Gate<'_>,
    owner: Owner,
    mut ask: Ask,
    lending: Option<Asked>,
) -> Result<Decided<'a>, Undecided> {
    // If anything goes wrong the object may have heard all of it, or nothing.
    let has_lane = ask.limits.iter().chain(&ask.shadows).any(Limit::is_lane);
    if has_lane {
        ask.released = ended(&owner);
    }
    if ask.subject.is_none() {
        ask.terms.repeated = denials::untold(&owner.name);
    }
    let lease = ask.lease.filter(|_| has_lane);
    let unheard: Vec<LeaseId> = ask.released.iter().copied().chain(lease).collect();
    // Else a client that goes meanwhile takes all of this along, and the object gives a slot to nobody.
    let awake = lease.map(|_| Awake::keep(gate.context));
    let (cost, sent) = (ask.cost, clock::now());
    let mut message = Message::Ask(ask);
    let mut decided = ask_and_hold(gate, &owner, &message).await;
    drop(awake);
    if let (Ok(decided), Message::Ask(ask)) = (&decided, &mut message) {
        let most = gate.policy.deny_cache;
        denials::learn(
            || Asked::of(&owner.name, ask),
            &decided.decision,
            sent,
            most,
        );
    }
    if let Some(asked) = lending {
        let decision = decided.as_mut().ok().map(|it| &mut it.decision);
        loans::learn(gate, &owner, (asked, cost), decision, sent);
    }
    let fault = match decided {
        Ok(decided) => return Ok(decided),
        Err(fault) => fault,
    };
    if !unheard.is_empty() {
        let (deployment, owner) = (Rc::clone(gate.deployment), owner.clone());
        let release = async move { release(&deployment, &owner, &unheard, false).await };
        gate.context.wait_until(release);
    }
    if let Message::Ask(ask) = &mut message {
        denials::put_back(&owner.name, std::mem::take(&mut ask.terms.repeated));
    }
    Err(Undecided {
        fault,
        owner,
        message,
    })
}

/// Keeps the runtime at work on a request until it is dropped, even if the client goes.
pub(crate) struct Awake(Function);

impl Awake {
    pub(crate) fn keep(context: &Context) -> Self {
        let (over, end) = resolvable();
        context.wait_for(&over);
        Self(end)
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        // Resolving a promise does not throw.
        let _ = self.0.call0(&JsValue::UNDEFINED);
    }
}

async fn ask_and_hold<'a>(
    gate: &Gate<'_>,
    owner: &Owner,
    message: &Message,
) -> Result<Decided<'a>, Fault> {
    let sent = clock::now();
    let limit = gate.policy.decision_timeout;
    let answer = owner.call(gate.deployment, message, limit).await;
    // The timer alone would not do: after a pause of this isolate the answer may be seen before it.
    if !owner.is_local() && clock::now().since(sent) >= limit {
        return Err(Fault::said("object", "no decision in time"));
    }
    let decision = match answer? {
        Answer::Decided(Decision {
            outcome: Outcome::NoRoom,
            ..
        }) => {
            return Err(Fault::said("object", "no room in its row for a limit").owners());
        }
        Answer::Decided(decision) => decision,
        other => return Err(Fault::new("object", other)),
    };
    let slot = match message {
        Message::Ask(ask) => hold(gate, owner, ask, &decision, sent)?,
        _ => None,
    };
    Ok(Decided {
        decision,
        slot,
        conclusion: None,
    })
}

/// Holds the slot that was given, if one was.
fn hold(
    gate: &Gate<'_>,
    owner: &Owner,
    ask: &Ask,
    decision: &Decision,
    sent: UnixMillis,
) -> Result<Option<Slot>, Fault> {
    let (Some(grant), Some(id)) = (decision.grant, ask.lease) else {
        return Ok(None);
    };
    let of_lane = |standing: &&Standing| standing.limit.is_lane();
    let standing = decision.standings.iter().find(of_lane);
    let shadow = || ask.shadows.iter().find(|limit| limit.is_lane());
    let Some(lane) = standing.map(|it| &it.limit).or_else(shadow) else {
        return Ok(None);
    };
    let holder = Holder::new(grant, sent);
    let shadow = standing.is_none();
    if clock::now() >= holder.ends() && !shadow {
        return Err(Fault::said("object", "no lease in time"));
    }
    let lease = Lease {
        owner: owner.clone(),
        lane: lane.name.clone(),
        id,
        holder,
        rides: standing.is_some_and(may_ride),
        shadow,
    };
    Slot::hold(gate.context, gate.deployment, lease, gate.request)
        .map(Some)
        .map_err(|error| Fault::new("gate", error))
}

/// A release may wait for a ride while the lane is less than half full, if nobody is refused meanwhile for want of
/// that slot.
fn may_ride(lane: &Standing) -> bool {
    let Algorithm::Concurrency(rule) = lane.limit.algorithm else {
        return false;
    };
    rule.patience() > RIDE && lane.remaining.saturating_mul(2) > rule.slots()
}
