//! A request's exchange with the origin, and the slot that it holds meanwhile.

use super::World;
use super::request::{Request, Slot, Stage};
use super::slot::rides;
use crate::client::Heard;
use crate::event::{Event, RequestId};
use crate::fault::Fault;
use crate::violation::Held;
use headgate::lease::Holder;
use headgate::limit::Kind;
use headgate::subject::Decision;

/// How long the news that an exchange is broken off takes to the origin at most, in ms, where no lease is shorter.
const CUTTING: u64 = 40;

impl World {
    /// A request was let in: its exchange with the origin begins.
    pub(super) fn open(&mut self, id: RequestId, decision: &Decision) -> Held {
        let Some(request) = self.requests.get(&id) else {
            return Ok(());
        };
        let (isolate, object, sent) = (request.isolate, request.object, request.sent);
        let lane = decision
            .standings
            .iter()
            .find(|standing| standing.limit.is_lane());
        let mut shadows = request.ask.shadows.iter();
        let shadow = shadows.find(|limit| limit.is_lane());
        let limit = lane.map(|lane| &lane.limit).or(shadow);
        let slot = decision.grant.zip(limit).map(|(grant, limit)| Slot {
            lane: limit.name.clone(),
            holder: Holder::new(grant, sent),
            rides: lane.is_some_and(rides),
            is_shadow: lane.is_none(),
        });
        let clock = self.isolates[isolate].clock(self.now);
        if slot
            .as_ref()
            .is_some_and(|slot| clock >= slot.holder.ends() && !slot.is_shadow)
        {
            return self.undecided(id);
        }
        self.report.admitted += 1;
        if let (Some(slot), Some(lane)) = (&slot, lane) {
            self.report.exchanges += 1;
            let slots = lane.limit.algorithm.units();
            self.lanes.open(object, &slot.lane, id, slots)?;
        }
        let cap = decision
            .standings
            .iter()
            .find(|it| it.limit.algorithm.kind() == Kind::Cap);
        let cap = cap.map_or(0, |cap| cap.limit.algorithm.units());
        self.note(|| format!("request {id} is let in"));
        let kept = slot.as_ref().map(|slot| (slot.holder, slot.is_shadow));
        let stage = Stage::Open {
            slot,
            cap,
            is_cut: false,
        };
        if let Some(request) = self.requests.get_mut(&id) {
            request.stage = stage;
        }
        if let Some((holder, is_shadow)) = kept {
            self.keep((id, 0), isolate, holder, is_shadow);
        }
        self.serve(id);
        Ok(())
    }

    /// The origin sets to work.
    fn serve(&mut self, request: RequestId) {
        let mut service = 1 + self.random.below(2 * self.scenario.service);
        if self.fails(Fault::OriginStalled) {
            service += self.scenario.shortest_lease * self.random.between(1, 4);
        }
        let is_whole = !self.fails(Fault::OriginBroke);
        self.queue
            .push(self.now + service, Event::Ends { request, is_whole });
        if self.fails(Fault::ClientGone) {
            let at = self.now + self.random.below(service);
            self.queue.push(at, Event::Gone { request });
        }
    }

    /// The request, if its exchange goes on.
    pub(super) fn going_on(&mut self, id: RequestId) -> Option<&mut Request> {
        let request = self.requests.get_mut(&id)?;
        matches!(request.stage, Stage::Open { is_cut: false, .. }).then_some(request)
    }

    /// A client goes away, and takes its exchange along.
    pub(super) fn gone(&mut self, id: RequestId) {
        if self.going_on(id).is_some_and(|it| !it.is_orphan) {
            self.break_off(id);
        }
    }

    /// An exchange is broken off; the origin learns of it a little later.
    pub(super) fn break_off(&mut self, id: RequestId) {
        let most = CUTTING.min(self.scenario.shortest_lease / 50);
        if let Some(Request {
            stage: Stage::Open { is_cut, .. },
            ..
        }) = self.requests.get_mut(&id)
        {
            *is_cut = true;
            let at = self.now + self.random.below(most + 1);
            self.queue.push(at, Event::Cut { request: id });
        }
    }

    /// The origin has answered, or broken off.
    pub(super) fn ends(&mut self, id: RequestId, is_whole: bool) -> Held {
        let Some(request) = self.requests.get(&id).cloned() else {
            return Ok(());
        };
        let Stage::Open { cap, is_cut, .. } = request.stage else {
            return Ok(());
        };
        if is_whole || self.random.one_in(2) {
            let came = self.act(&request, cap)?;
            if let Some(came) = came.filter(|_| is_whole && !is_cut && !request.is_orphan) {
                let settlement = Self::settlement(&request, came);
                self.tell(request.isolate, request.object, settlement, 1)?;
            }
        }
        self.over(id, !is_whole || is_cut);
        Ok(())
    }

    /// The origin learns that an exchange is broken off. It may have done what it was asked.
    pub(super) fn cut(&mut self, id: RequestId) -> Held {
        let Some(request) = self.requests.get(&id).cloned() else {
            return Ok(());
        };
        if let Stage::Open { cap, .. } = request.stage
            && self.random.one_in(2)
        {
            self.act(&request, cap)?;
        }
        self.over(id, true);
        Ok(())
    }

    /// An exchange is over at the origin. Its slot is released, if anybody is left to do so.
    fn over(&mut self, id: RequestId, is_broken: bool) {
        let Some(request) = self.requests.remove(&id) else {
            return;
        };
        self.note(|| {
            format!(
                "request {id} is over{}",
                if is_broken { ", broken off" } else { "" }
            )
        });
        let Request {
            isolate,
            object,
            client,
            ..
        } = request;
        if let (
            Stage::Open {
                slot: Some(slot), ..
            },
            Some(lease),
        ) = (request.stage, request.ask.lease)
        {
            self.lanes.close(object, &slot.lane, id);
            if !request.is_orphan {
                self.release(isolate, object, lease, slot.rides, is_broken);
            }
        }
        self.hear(
            client,
            if request.is_orphan {
                Heard::Unavailable
            } else {
                Heard::Passed
            },
        );
    }
}
