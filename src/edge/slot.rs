//! A slot of a lane, held as long as the exchange with the origin lasts.

use super::deadline::{Deadline, aborter, pause, within};
use super::deployment::Deployment;
use super::owner::Owner;
use super::promise::{resolvable, settled, when_settled};
use super::release::release;
use super::task::Context;
use super::{clock, log};
use crate::lease::{Holder, LeaseId};
use crate::limit::Name;
use crate::object::{Answer, Message};
use crate::subject::Renewal;
use crate::time::Millis;
use js_sys::{Function, Promise, Reflect};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal, Request};

const LOST: &str = "the lease has run out";
const GONE: &str = "the client has gone";

/// How long an exchange may take to end once it is broken off.
const BREAKING: Millis = Millis(5_000);

/// Least time that a renewal gets, however short the lease.
const RENEWING: Millis = Millis(500);

/// A lease as it was granted.
pub(crate) struct Lease {
    pub(crate) owner: Owner,
    pub(crate) lane: Name,
    pub(crate) id: LeaseId,
    pub(crate) holder: Holder,
    /// Whether its release may wait for a ride.
    pub(crate) rides: bool,
}

/// After an exchange was broken off, how long until its slot is released: the news of that is on its way to the origin,
/// and the next request should not overtake it.
const SETTLING: Millis = Millis(100);

/// A slot that is taken. Dropping it means that the exchange was broken off.
pub(crate) struct Slot {
    controller: AbortController,
    end: Option<Function>,
}

impl Slot {
    /// Holds a lease for the exchange of a request that is about to begin. What releases it is registered before
    /// anything is awaited.
    pub(crate) fn hold(
        context: &Context,
        deployment: &Rc<Deployment>,
        lease: Lease,
        request: &Request,
    ) -> Result<Self, JsValue> {
        let controller = AbortController::new()?;
        abort_when_gone(request, &controller)?;
        let (ended, end) = resolvable();
        let keeper = Keeper {
            deployment: Rc::clone(deployment),
            deadline: deadline(&controller, lease.holder)?,
            controller: controller.clone(),
            lease,
        };
        context.wait_until(keeper.keep(ended));
        let end = Some(end);
        Ok(Self { controller, end })
    }

    /// What aborts the exchange.
    pub(crate) fn controller(&self) -> &AbortController {
        &self.controller
    }

    /// Whether the exchange was aborted because its lease could not be renewed.
    pub(crate) fn is_lost(&self) -> bool {
        self.controller.signal().reason() == LOST
    }

    /// Whether the exchange was aborted because the client has gone.
    pub(crate) fn is_gone(&self) -> bool {
        self.controller.signal().reason() == GONE
    }

    /// The exchange has ended as it should.
    pub(crate) fn done(mut self) {
        if let Some(end) = self.end.take() {
            // Resolving a promise does not throw.
            let _ = end.call0(&JsValue::UNDEFINED);
        }
    }

    /// The exchange ends when `promise` is settled: as it should if that is to nothing. If that is to `false`, the origin's side does not end: then it is
    /// cut, and its slot not released, but free when the lease runs out.
    pub(crate) fn until(mut self, promise: &Promise) {
        if let Some(end) = self.end.take() {
            when_settled(promise, &end);
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(end) = &self.end {
            // Resolving a promise does not throw.
            let _ = end.call1(&JsValue::UNDEFINED, &JsValue::TRUE);
        }
    }
}

/// Aborts at the instant at which the exchange must have ended.
fn deadline(controller: &AbortController, holder: Holder) -> Result<Deadline, JsValue> {
    Deadline::on(controller, holder.ends().since(clock::now()), LOST)
}

/// A client that goes takes its exchange along, where the runtime tells.
fn abort_when_gone(request: &Request, controller: &AbortController) -> Result<(), JsValue> {
    let signal = Reflect::get(request, &"signal".into())?;
    let Ok(signal) = signal.dyn_into::<AbortSignal>() else {
        return Ok(());
    };
    let abort = aborter(controller, GONE)?;
    if signal.aborted() {
        abort.call0(&JsValue::UNDEFINED).map(drop)
    } else {
        signal.add_event_listener_with_callback("abort", &abort)
    }
}

/// Keeps a lease until the exchange has ended, and then releases it.
struct Keeper {
    deployment: Rc<Deployment>,
    controller: AbortController,
    lease: Lease,
    deadline: Deadline,
}

impl Keeper {
    async fn keep(mut self, ended: Promise) {
        let mut ended = settled(&ended);
        let end = loop {
            let wait = self.lease.holder.renew().since(clock::now());
            if let Some(end) = within(wait, &mut ended).await {
                break Some(end);
            }
            if self.controller.signal().aborted() {
                break within(BREAKING, &mut ended).await;
            }
            self.renew().await;
        };
        let end = end.and_then(Result::ok).unwrap_or(JsValue::FALSE);
        if end == JsValue::FALSE {
            // Cut, and given some time to be: the lease runs out.
            self.controller.abort_with_reason(&LOST.into());
            return;
        }
        let was_broken_off = !end.is_undefined();
        if was_broken_off {
            pause(SETTLING).await;
        }
        let Lease {
            owner, id, rides, ..
        } = self.lease;
        release(&self.deployment, &owner, &[id], rides && !was_broken_off).await;
    }

    /// Renews the lease. If the object says that it has ended, the exchange is aborted at once; if nobody answers, it is
    /// tried again.
    async fn renew(&mut self) {
        let lease = &self.lease;
        let message = Message::Renew(Renewal {
            lane: lease.lane.clone(),
            lease: lease.id,
            incarnation: lease.holder.incarnation(),
        });
        let sent = clock::now();
        let limit = lease.holder.attempt().max(RENEWING);
        let answer = lease.owner.call(&self.deployment, &message, limit);
        match answer.await {
            Ok(Answer::Renewed(Some(grant))) => {
                let holder = Holder::new(grant, sent);
                if let Ok(deadline) = deadline(&self.controller, holder) {
                    self.deadline = deadline;
                    self.lease.holder = holder;
                }
            }
            Ok(_) => self.controller.abort_with_reason(&LOST.into()),
            Err(fault) => {
                log::fault(&fault);
                self.lease.holder = lease.holder.put_off(clock::now());
            }
        }
    }
}
