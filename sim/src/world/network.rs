//! What isolates and objects say to each other, and what becomes of it on the way.

use super::World;
use super::gate::denied;
use crate::client::Heard;
use crate::event::{CallId, Event, RequestId};
use crate::fault::Fault;
use crate::violation::{Held, hold};
use headgate::object::{Answer, Message};
use headgate::subject::Decision;
use headgate::time::UnixMillis;

/// Something that was said and is not answered yet.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) isolate: usize,
    pub(super) object: usize,
    pub(super) purpose: Purpose,
}

/// What an answer is waited for.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// A request's decision.
    Ask(RequestId),
    /// More time for a lease.
    Renew {
        request: RequestId,
        turn: u64,
        sent: UnixMillis,
    },
    /// That it was heard.
    Tell { message: Box<Message>, attempt: u32 },
}

/// Longest that a message or an answer usually takes, in ms.
const LATENCY: u64 = 20;

/// Longest that a late one takes.
const LATE: u64 = 20_000;

impl World {
    /// An isolate says something to an object; after `limit` ms on its clock an answer is no answer.
    pub(super) fn say(&mut self, call: Call, message: &Message, limit: u64) {
        self.last_call += 1;
        let (id, object, isolate) = (self.last_call, call.object, call.isolate);
        let late = self.now + self.isolates[call.isolate].wait(limit);
        self.calls.insert(id, call);
        self.queue.push(late, Event::Late { call: id });
        let is_cut_off = self.now < self.isolates[isolate].cut_off_until;
        if is_cut_off || self.fails(Fault::MessageLost) {
            return;
        }
        let times = if self.fails(Fault::MessageDoubled) {
            2
        } else {
            1
        };
        for _ in 0..times {
            let at = self.travels(Fault::MessageLate);
            let message = Box::new(message.clone());
            self.queue.push(
                at,
                Event::Arrive {
                    object,
                    call: id,
                    message,
                },
            );
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

    /// A call is answered, or will not be; what comes after that is not heard any more.
    pub(super) fn answered(&mut self, call: CallId, answer: Option<Answer>) -> Held {
        let Some(Call {
            isolate,
            object,
            purpose,
        }) = self.calls.remove(&call)
        else {
            return Ok(());
        };
        if !self.isolates[isolate].is_alive {
            return Ok(());
        }
        match purpose {
            Purpose::Ask(request) => match answer {
                Some(Answer::Decided(decision)) => return self.decided(request, &decision),
                _ => self.undecided(request),
            },
            Purpose::Renew {
                request,
                turn,
                sent,
            } => self.renewed(request, turn, sent, answer.as_ref()),
            Purpose::Tell { message, attempt } => {
                if answer.is_none() && attempt < 3 {
                    let at = self.now + self.isolates[isolate].wait(250);
                    let attempt = attempt + 1;
                    self.queue.push(
                        at,
                        Event::Insist {
                            isolate,
                            object,
                            message,
                            attempt,
                        },
                    );
                }
            }
        }
        Ok(())
    }

    /// An isolate tells an object something until it is heard, three times at most.
    pub(super) fn tell(&mut self, isolate: usize, object: usize, message: &Message, attempt: u32) {
        if !self.isolates[isolate].is_alive {
            return;
        }
        let purpose = Purpose::Tell {
            message: Box::new(message.clone()),
            attempt,
        };
        self.say(
            Call {
                isolate,
                object,
                purpose,
            },
            message,
            2_000,
        );
    }

    /// A client has its answer, and asks again when it sees fit.
    pub(super) fn hear(&mut self, client: usize, heard: Heard) {
        let habit = self.scenario.clients[client].habit;
        let wait = habit.answers(heard, &mut self.tries[client], &mut self.random);
        if let Some(wait) = wait.filter(|_| self.is_open) {
            self.queue.push(self.now + wait, Event::Fire { client });
        }
    }

    /// A request was refused.
    ///
    /// # Errors
    ///
    /// If its client was alone and waited as it was told.
    pub(super) fn refuse(&mut self, client: usize, policy: usize, decision: &Decision) -> Held {
        self.report.refused += 1;
        let after = denied(&self.scenario.policies[policy], decision);
        if self.is_calm && after.is_some() {
            self.tries[client] += 1;
            hold(self.tries[client] == 1, || {
                format!("a patient client is refused twice, and alone: {decision:?}")
            })?;
        }
        self.hear(client, Heard::Refused(after));
        Ok(())
    }
}
