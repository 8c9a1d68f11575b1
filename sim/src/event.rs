//! What happens, and when.

use headgate::object::{Answer, Message};
use std::collections::BTreeMap;

/// A request, by its number.
pub type RequestId = u64;

/// Something that an isolate has said to an object and waits to be answered, by its number.
pub type CallId = u64;

/// What happens next to a part of the world.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "the fields are who and what the variant speaks of"
)]
pub enum Event {
    /// A client sends a request.
    Fire { client: usize },
    /// A message reaches an object.
    Arrive {
        object: usize,
        call: CallId,
        message: Box<Message>,
    },
    /// An answer reaches the isolate that called; `None` if the object failed.
    Answered {
        call: CallId,
        answer: Option<Box<Answer>>,
    },
    /// A call has taken as long as it may.
    Late { call: CallId },
    /// An object is woken, if it still lives the same life.
    Wake { object: usize, life: u64 },
    /// Whoever waits in an object for a slot has waited long enough.
    PatienceOver {
        object: usize,
        life: u64,
        ticket: u64,
    },
    /// The origin has answered to the end, or broke off.
    Ends { request: RequestId, is_whole: bool },
    /// The client of a request goes away.
    Gone { request: RequestId },
    /// The lease of a request has run out, unless it was renewed: its turn has changed then.
    Abort { request: RequestId, turn: u64 },
    /// A request's exchange with the origin is cut there.
    Cut { request: RequestId },
    /// A lease is to be renewed.
    Renew { request: RequestId, turn: u64 },
    /// An isolate says what leases of an object have ended, if none of its requests took that along.
    SayEnded {
        isolate: usize,
        object: usize,
        lease: headgate::lease::LeaseId,
    },
    /// An isolate says something again that no object has heard yet.
    Insist {
        isolate: usize,
        object: usize,
        message: Box<Message>,
        attempt: u32,
    },
    /// What an object has lent to an isolate for such requests of a cost is over.
    LoanEnds {
        isolate: usize,
        object: usize,
        asked: Box<headgate::cache::Asked>,
        loan: headgate::lease::LeaseId,
        cost: u64,
    },
    /// An isolate looks for the policy in KV.
    Refresh { isolate: usize },
    /// Something goes wrong by itself.
    Strike,
}

/// Events in the order of time, and of when they were made.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    events: BTreeMap<(u64, u64), Event>,
    made: u64,
}

impl Queue {
    /// Has something happen at an instant.
    pub fn push(&mut self, at: u64, event: Event) {
        self.made += 1;
        self.events.insert((at, self.made), event);
    }

    /// What happens next, and when.
    pub fn pop(&mut self) -> Option<(u64, Event)> {
        let ((at, _), event) = self.events.pop_first()?;
        Some((at, event))
    }

    /// Forgets some of what was to happen.
    pub fn retain(&mut self, keep: impl Fn(&Event) -> bool) {
        self.events.retain(|_, event| keep(event));
    }
}
