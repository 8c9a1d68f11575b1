//! A slot of a lane, held as long as the exchange with the origin lasts.

use super::deadline::{millis, pause};
use super::deployment::Deployment;
use super::owner::Owner;
use super::promise::Settled;
use super::release::release;
use super::task::Context;
use super::{clock, log};
use crate::lease::{Holder, LeaseId};
use crate::limit::Name;
use crate::object::{Answer, Message};
use crate::subject::Renewal;
use crate::time::Millis;
use js_sys::{Function, Promise};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, ReadableStream, Request};

#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    #[derive(Clone)]
    type Exchange;
    #[wasm_bindgen(constructor, catch)]
    fn new(request: &Request, gone: &str, lost: &str) -> Result<Exchange, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn controller(this: &Exchange) -> AbortController;
    #[wasm_bindgen(method)]
    fn wait(this: &Exchange, ms: f64, rest: f64, wake: &Function, id: u32);
    #[wasm_bindgen(method)]
    fn over(this: &Exchange, how: &JsValue);
    #[wasm_bindgen(method)]
    fn until(this: &Exchange, promise: &Promise);
    #[wasm_bindgen(method, catch)]
    fn piped(
        this: &Exchange,
        body: &ReadableStream,
        length: Option<f64>,
    ) -> Result<ReadableStream, JsValue>;
}

const LOST: &str = "the lease has run out";
const GONE: &str = "the client has gone";

/// Longer than a timer of the runtime takes, and than any exchange.
const UNBOUNDED: Millis = Millis(2_000_000_000);

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
    /// Whether it is of a shadow limit: nothing is broken off for its sake.
    pub(crate) shadow: bool,
}

/// After an exchange was broken off, how long until its slot is released: the news of that is on its way to the origin,
/// and the next request should not overtake it.
const SETTLING: Millis = Millis(100);

/// A slot that is taken. Dropping it means that the exchange was broken off.
pub(crate) struct Slot {
    controller: AbortController,
    /// `None` once something has been said of its end.
    exchange: Option<Exchange>,
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
        let exchange = Exchange::new(request, GONE, LOST)?;
        let controller = exchange.controller();
        let keeper = Keeper {
            deployment: Rc::clone(deployment),
            exchange: exchange.clone(),
            controller: controller.clone(),
            lease,
            is_over: false,
        };
        context.wait_until(keeper.keep());
        Ok(Self {
            controller,
            exchange: Some(exchange),
        })
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
        if let Some(exchange) = self.exchange.take() {
            exchange.over(&JsValue::UNDEFINED);
        }
    }

    /// The exchange ends when `promise` is settled: as it should if that is to nothing. If that is to `false`, the origin's
    /// side does not end: then it is cut, and its slot not released, but free when the lease runs out.
    pub(crate) fn until(mut self, promise: &Promise) {
        if let Some(exchange) = self.exchange.take() {
            exchange.until(promise);
        }
    }

    /// The exchange ends when a body has gone on through a stream, which is of the length that the body has, if it is known.
    pub(crate) fn piped(
        mut self,
        body: &ReadableStream,
        length: Option<f64>,
    ) -> Result<ReadableStream, JsValue> {
        let exchange = self.exchange.as_ref().ok_or(JsValue::UNDEFINED)?;
        let piped = exchange.piped(body, length)?;
        self.exchange = None;
        Ok(piped)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(exchange) = &self.exchange {
            exchange.over(&JsValue::TRUE);
        }
    }
}

/// Keeps a lease until the exchange has ended, and then releases it.
struct Keeper {
    deployment: Rc<Deployment>,
    controller: AbortController,
    exchange: Exchange,
    lease: Lease,
    /// Whether a lease of a shadow limit has ended before its exchange.
    is_over: bool,
}

impl Keeper {
    async fn keep(mut self) {
        let end = loop {
            let (now, holder) = (clock::now(), &self.lease.holder);
            let (mut renew, mut ends) = (holder.renew().since(now), holder.ends().since(now));
            if self.lease.shadow {
                ends = UNBOUNDED;
            }
            if self.is_over {
                renew = UNBOUNDED;
            }
            if let Ok(end) = self.ended(renew, ends).await {
                break end;
            }
            if self.controller.signal().aborted() {
                break self
                    .ended(BREAKING, BREAKING)
                    .await
                    .unwrap_or(JsValue::FALSE);
            }
            self.renew().await;
        };
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

    /// How the exchange ended; an error if that takes longer than `limit`. Unless its end is waited for anew by then, it is
    /// aborted when `ends` is over.
    fn ended(&self, limit: Millis, ends: Millis) -> Settled {
        let limit = limit.min(ends);
        let rest = Millis(ends.0.saturating_sub(limit.0));
        Settled::of(|wake, id| self.exchange.wait(millis(limit), millis(rest), wake, id))
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
                self.lease.holder = Holder::new(grant, sent);
            }
            Ok(_) if lease.shadow => self.is_over = true,
            Ok(_) => self.controller.abort_with_reason(&LOST.into()),
            Err(fault) => {
                log::fault(&fault);
                self.lease.holder = lease.holder.put_off(clock::now());
            }
        }
    }
}
