//! How a request ended, for the object that reserved or may give back something for it.

use super::decide::Awake;
use super::deployment::Deployment;
use super::failure::Fault;
use super::gate::Gate;
use super::headers::header;
use super::log;
use super::owner::Owner;
use super::release::{ATTEMPT, insist};
use super::sized::read_up_to;
use crate::bounds::MAX_ANSWER_BYTES;
use crate::lease::LeaseId;
use crate::limit::Name;
use crate::object::{Ask, Message};
use crate::policy::{Came, Reserve, Route, field_amount};
use crate::subject::Settlement;
use std::rc::Rc;
use web_sys::Response;

/// What an object wants to be told of a request that it has admitted. Dropped, it is told nothing: then nobody knows
/// what the origin did, and what is reserved stays so.
pub(crate) struct Conclusion<'a> {
    owner: Owner,
    request: LeaseId,
    reserves: Vec<&'a Reserve>,
    /// Statuses that give the units back, and how many these are.
    refund_on: &'a [u64],
    cost: u64,
    /// A client that goes does not take along what the outcome comes to.
    awake: Option<Awake>,
}

impl<'a> Conclusion<'a> {
    /// What the object wants to be told if it admits an ask.
    pub(crate) fn of(
        gate: &Gate<'a>,
        owner: &Owner,
        ask: &Ask,
        route: Option<&'a Route>,
    ) -> Option<Self> {
        let named = |reserve: &&Reserve| ask.terms.reserves.iter().any(|(n, _)| *n == reserve.cap);
        let reserves = route.into_iter().flat_map(|route| &route.caps);
        let reserves: Vec<&Reserve> = reserves.filter(named).collect();
        if reserves.is_empty() && !ask.terms.refundable {
            return None;
        }
        Some(Self {
            owner: owner.clone(),
            request: ask.lease?,
            awake: (!reserves.is_empty()).then(|| Awake::keep(gate.context)),
            reserves,
            refund_on: if ask.terms.refundable {
                &gate.policy.refund_on
            } else {
                &[]
            },
            cost: ask.cost,
        })
    }

    /// Whether the body of the answer may be read, so that it should not be compressed.
    pub(crate) fn reads_body(&self) -> bool {
        self.reserves.iter().any(|reserve| reserve.reads_body())
    }

    /// Nothing was sent to the origin.
    pub(crate) fn came_to_nothing(self, gate: &Gate<'_>) {
        let caps = self.reserves.iter().map(|it| (it.cap.clone(), 0)).collect();
        if !self.reserves.is_empty() {
            self.insist(gate, self.settlement(caps, false));
        }
    }

    /// Tells the object what the origin's answer comes to, before the client has that answer: its next request finds
    /// the caps as they are then. The units that are given back.
    pub(crate) async fn tell(self, gate: &Gate<'_>, answer: &Response) -> u64 {
        let headers = answer.headers();
        let (mut caps, mut fields) = (Vec::new(), Vec::new());
        for reserve in &self.reserves {
            let cap = reserve.cap.clone();
            match reserve.came(answer.status(), |name| header(&headers, name)) {
                Came::To(amount) => caps.push((cap, amount)),
                Came::Field(field) => fields.push((cap, field.to_owned())),
                Came::Unknown => unknown(&cap),
            }
        }
        let is_refunded = self.refund_on.contains(&u64::from(answer.status()));
        if !caps.is_empty() || is_refunded {
            let message = self.settlement(caps, is_refunded);
            let told = self.owner.call(gate.deployment, &message, ATTEMPT).await;
            if let Err(fault) = told {
                log::fault(&fault);
                self.insist(gate, message);
            }
        }
        let cost = if is_refunded { self.cost } else { 0 };
        if !fields.is_empty() {
            self.read(gate, answer, fields);
        }
        cost
    }

    /// Settles what stands in the body, which meanwhile goes on to the client.
    fn read(self, gate: &Gate<'_>, answer: &Response, fields: Vec<(Name, String)>) {
        let is_plain = header(&answer.headers(), "Content-Encoding").is_none();
        let copy = if is_plain { answer.clone().ok() } else { None };
        let deployment = Rc::clone(gate.deployment);
        let (owner, request, awake) = (self.owner, self.request, self.awake);
        gate.context.wait_until(async move {
            let body = match copy.and_then(|copy| copy.body()) {
                Some(body) => read_up_to(&body, MAX_ANSWER_BYTES).await,
                None => None,
            };
            let body = String::from_utf8(body.unwrap_or_default()).unwrap_or_default();
            let mut caps = Vec::new();
            for (cap, field) in fields {
                match field_amount(&body, &field) {
                    Some(amount) => caps.push((cap, amount)),
                    None => unknown(&cap),
                }
            }
            if !caps.is_empty() {
                let settlement = Settlement {
                    request,
                    caps,
                    refund: false,
                };
                insist(&deployment, &owner, &Message::Settle(settlement)).await;
            }
            drop(awake);
        });
    }

    fn settlement(&self, caps: Vec<(Name, i64)>, refund: bool) -> Message {
        Message::Settle(Settlement {
            request: self.request,
            caps,
            refund,
        })
    }

    fn insist(&self, gate: &Gate<'_>, message: Message) {
        let deployment: Rc<Deployment> = Rc::clone(gate.deployment);
        let owner = self.owner.clone();
        gate.context.wait_until(async move {
            insist(&deployment, &owner, &message).await;
        });
    }
}

/// The origin has not said what it should have. The reservation stays until somebody reconciles the cap.
fn unknown(cap: &Name) {
    let problem = format!("an answer does not say what it comes to under the cap {cap}");
    log::fault(&Fault::said("origin", problem));
}
