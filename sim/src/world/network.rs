//! What isolates and objects say to each other, and what becomes of it on the way.

use super::World;
use super::local::is_local;
use crate::event::{CallId, Event, RequestId};
use crate::fault::Fault;
use crate::violation::Held;
use headgate::object::{Answer, Message, Trouble};
use headgate::time::UnixMillis;

/// Something that was said and is not answered yet.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) isolate: usize,
    pub(super) object: usize,
    pub(super) purpose: Purpose,
    pub(super) message: Message,
    /// Whether it was said once more, since it failed in a way that may not fail again.
    pub(super) is_repeated: bool,
}

/// What an answer is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// A request's decision.
    Ask(RequestId),
    /// More time for a lease.
    Renew {
        request: RequestId,
        turn: u64,
        sent: UnixMillis,
    },
    /// That it was heard; how often it has been tried.
    Tell { attempt: u32 },
}

/// Longest that a message or an answer usually takes, in ms.
const LATENCY: u64 = 20;

/// Longest that a late one takes.
const LATE: u64 = 20_000;

/// How often something is said at most that an object must hear, and how long one attempt may take, in ms.
const ATTEMPTS: u32 = 3;
const ATTEMPT: u64 = 2_000;

impl World {
    /// An isolate says something to an object; after `limit` ms on its clock an answer is no answer.
    pub(super) fn say(
        &mut self,
        isolate: usize,
        object: usize,
        purpose: Purpose,
        message: Message,
        limit: u64,
    ) -> Held {
        self.last_call += 1;
        let call = self.last_call;
        let late = self.now + self.isolates[isolate].wait(limit);
        let is_repeated = false;
        self.calls.insert(
            call,
            Call {
                isolate,
                object,
                purpose,
                message,
                is_repeated,
            },
        );
        if is_local(object) {
            return self.answer_here(call);
        }
        self.queue.push(late, Event::Late { call });
        self.send(call);
        Ok(())
    }

    /// What was said goes on its way, or is lost.
    fn send(&mut self, call: CallId) {
        let Some(Call {
            isolate,
            object,
            message,
            ..
        }) = self.calls.get(&call).cloned()
        else {
            return;
        };
        let is_cut_off = self.now < self.isolates[isolate].cut_off_until;
        if is_cut_off || self.fails(Fault::MessageLost) {
            return;
        }
        let is_doubled = self.fails(Fault::MessageDoubled);
        for _ in 0..=u8::from(is_doubled) {
            let at = self.travels(Fault::MessageLate);
            let message = Box::new(message.clone());
            let arrives = Event::Arrive {
                object,
                call,
                message,
            };
            self.queue.push(at, arrives);
        }
    }

    /// An object answers a call.
    pub(super) fn reply(&mut self, call: CallId, answer: Option<Answer>) {
        let isolate = self.calls.get(&call).map(|call| call.isolate);
        let is_cut_off = isolate.is_some_and(|it| self.now < self.isolates[it].cut_off_until);
        if is_cut_off || self.fails(Fault::AnswerLost) {
            return;
        }
        let at = self.travels(Fault::AnswerLate);
        let answer = answer.map(Box::new);
        self.queue.push(at, Event::Answered { call, answer });
    }

    fn travels(&mut self, late: Fault) -> u64 {
        let most = if self.fails(late) { LATE } else { LATENCY };
        self.now + self.random.below(most)
    }

    /// An answer comes, or that there will be none. The latter is said again once if it may be another then.
    pub(super) fn answered(&mut self, id: CallId, answer: Option<Answer>) -> Held {
        let is_passing = self.random.one_in(2);
        let trouble = Trouble::told(false, is_passing, false);
        if let Some(call) = self.calls.get_mut(&id).filter(|_| answer.is_none())
            && !call.is_repeated
            && trouble.repeats(&call.message)
        {
            call.is_repeated = true;
            self.report.repeated += 1;
            self.send(id);
            return Ok(());
        }
        self.concluded(id, answer)
    }

    /// A call has come to its end; what comes after that is not heard any more.
    pub(super) fn concluded(&mut self, id: CallId, answer: Option<Answer>) -> Held {
        let Some(call) = self.calls.remove(&id) else {
            return Ok(());
        };
        let isolate = call.isolate;
        if !self.isolates[isolate].is_alive {
            return Ok(());
        }
        match call.purpose {
            Purpose::Ask(request) => match answer {
                Some(Answer::Decided(decision)) => self.decided(request, &decision),
                _ => self.undecided(request),
            },
            Purpose::Renew {
                request,
                turn,
                sent,
            } => {
                self.renewed(request, turn, sent, answer.as_ref());
                Ok(())
            }
            Purpose::Tell { attempt } => {
                if answer.is_none() && attempt < ATTEMPTS {
                    let at = self.now + self.isolates[isolate].wait(Trouble::Passing.pause().0);
                    let again = Event::Insist {
                        isolate,
                        object: call.object,
                        message: Box::new(call.message),
                        attempt: attempt + 1,
                    };
                    self.queue.push(at, again);
                }
                Ok(())
            }
        }
    }

    /// An isolate tells an object something until it is heard, a few times at most.
    pub(super) fn tell(
        &mut self,
        isolate: usize,
        object: usize,
        message: Message,
        attempt: u32,
    ) -> Held {
        if !self.isolates[isolate].is_alive {
            return Ok(());
        }
        self.say(isolate, object, Purpose::Tell { attempt }, message, ATTEMPT)
    }
}
