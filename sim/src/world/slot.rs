//! The slot that a request holds: how its lease is kept, and how it ends.

use super::World;
use super::network::Purpose;
use super::request::Stage;
use crate::event::{Event, RequestId};
use crate::violation::Held;
use headgate::lease::{Holder, LeaseId};
use headgate::limit::Algorithm;
use headgate::object::{Answer, Message, Release};
use headgate::subject::{Renewal, Standing};
use headgate::time::UnixMillis;

/// How long a release waits, for a ride or until such news has arrived, in ms.
const RIDE: u64 = 100;

impl World {
    /// Sets the timers of a lease.
    pub(super) fn keep(
        &mut self,
        (request, turn): (RequestId, u64),
        isolate: usize,
        holder: Holder,
        is_shadow: bool,
    ) {
        let isolate = &self.isolates[isolate];
        let clock = isolate.clock(self.now);
        let wait = |until: UnixMillis| isolate.wait(until.since(clock).0);
        let (abort, renew) = (wait(holder.ends()), wait(holder.renew()));
        if !is_shadow {
            let abort = self.now + abort;
            self.queue.push(abort, Event::Abort { request, turn });
        }
        self.queue
            .push(self.now + renew, Event::Renew { request, turn });
    }

    /// A lease is to be renewed.
    pub(super) fn renew(&mut self, id: RequestId, turn: u64) -> Held {
        let Some(request) = self
            .going_on(id)
            .filter(|it| it.turn == turn && !it.is_orphan)
        else {
            return Ok(());
        };
        let (isolate, object, lease) = (request.isolate, request.object, request.ask.lease);
        let Stage::Open {
            slot: Some(slot), ..
        } = &request.stage
        else {
            return Ok(());
        };
        let Some(lease) = lease else {
            return Ok(());
        };
        let (lane, holder) = (slot.lane.clone(), slot.holder);
        let sent = self.isolates[isolate].clock(self.now);
        let message = Message::Renew(Renewal {
            lane,
            lease,
            incarnation: holder.incarnation(),
        });
        self.report.renewals += 1;
        let purpose = Purpose::Renew {
            request: id,
            turn,
            sent,
        };
        let limit = holder.attempt().0.max(500);
        self.say(isolate, object, purpose, message, limit)
    }

    /// What the object says to that: more time, none, or nothing at all.
    pub(super) fn renewed(
        &mut self,
        id: RequestId,
        turn: u64,
        sent: UnixMillis,
        answer: Option<&Answer>,
    ) {
        let now = self.now;
        let Some(request) = self
            .going_on(id)
            .filter(|it| it.turn == turn && !it.is_orphan)
        else {
            return;
        };
        let isolate = request.isolate;
        let Stage::Open {
            slot: Some(slot), ..
        } = &mut request.stage
        else {
            return;
        };
        match answer {
            Some(Answer::Renewed(Some(grant))) => {
                slot.holder = Holder::new(*grant, sent);
                request.turn = turn + 1;
                let (holder, is_shadow) = (slot.holder, slot.is_shadow);
                self.keep((id, turn + 1), isolate, holder, is_shadow);
            }
            Some(_) if slot.is_shadow => (),
            Some(_) => self.break_off(id),
            None => {
                let attempt = slot.holder.attempt().0;
                let wait = self.isolates[isolate].wait(attempt);
                self.queue
                    .push(now + wait, Event::Renew { request: id, turn });
            }
        }
    }

    /// A lease has run out.
    pub(super) fn abort(&mut self, id: RequestId, turn: u64) {
        if self.going_on(id).is_some_and(|it| it.turn == turn) {
            self.note(|| format!("the lease of request {id} has run out"));
            self.break_off(id);
        }
    }

    pub(super) fn release(
        &mut self,
        isolate: usize,
        object: usize,
        lease: LeaseId,
        rides: bool,
        is_broken: bool,
    ) {
        let soon = self.now + self.isolates[isolate].wait(RIDE);
        if is_broken {
            let message = Box::new(Message::Release(Release {
                leases: vec![lease],
            }));
            self.queue.push(
                soon,
                Event::Insist {
                    isolate,
                    object,
                    message,
                    attempt: 1,
                },
            );
            return;
        }
        self.isolates[isolate]
            .ended
            .entry(object)
            .or_default()
            .push(lease);
        let at = if rides { soon } else { self.now };
        self.queue.push(
            at,
            Event::SayEnded {
                isolate,
                object,
                lease,
            },
        );
    }

    /// Says what has ended, if no request took that one along.
    pub(super) fn say_ended(&mut self, isolate: usize, object: usize, lease: LeaseId) -> Held {
        let ended = &mut self.isolates[isolate].ended;
        if ended
            .get(&object)
            .is_some_and(|leases| leases.contains(&lease))
        {
            let leases = ended.remove(&object).unwrap_or_default();
            return self.tell(isolate, object, Message::Release(Release { leases }), 1);
        }
        Ok(())
    }
}

/// Whether a release may wait for a ride.
pub(super) fn rides(lane: &Standing) -> bool {
    let Algorithm::Concurrency(rule) = lane.limit.algorithm else {
        return false;
    };
    rule.patience().0 > RIDE && lane.remaining * 2 > rule.slots()
}
