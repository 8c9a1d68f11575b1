//! One state of a world, and all that can happen next.
//!
//! Messages are not followed on their way: what arrives now was sent at any tick before at which its sender could
//! have sent it. So each is delayed, overtaken and doubled, or lost if it never arrives. A refusal tells a request
//! nothing that it may not do without. An answer arrives at once, or never, or belongs to an earlier message: one
//! that comes later opens nothing longer. Memory that is lost before a row is written, or after it and before the
//! answer, is a loss and a message that never arrives, or its answer.

use super::objects::{At, Objects, Said};
use super::request::{Request, Stage, names};
use super::step::{Answer, Step};
use super::{Left, MOST_REQUESTS, Model, Set, Tick, at_holder, members, only};
use headgate::lease::{Grant, Holder};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct World {
    now: Tick,
    object: At,
    /// An instance before this one, which still answers what it can without a row.
    cut_off: Option<At>,
    requests: [Request; MOST_REQUESTS],
    left: Left,
}

/// What there is to do next, as it comes up.
pub type Next = Vec<(Step, World)>;

impl World {
    /// A world in which nobody has asked yet, though what is asked now may have been sent a lease ago.
    pub fn new(model: &Model, object: At) -> Self {
        let mut requests = [Request::at(Stage::Ended); MOST_REQUESTS];
        requests[..model.isolates.len()].fill(Request::at(Stage::Waiting));
        Self {
            now: model.begin(),
            object,
            cut_off: None,
            requests,
            left: model.may,
        }
    }

    /// Holds what must hold in every state.
    pub fn check(&self, model: &Model, objects: &mut Objects) {
        let is_open = |request: &&Request| matches!(request.stage, Stage::Open(_));
        let open = self.requests.iter().filter(is_open).count() as u64;
        assert!(open <= model.slots, "{open} exchanges are open");
        let free = objects.free(self.object, self.now);
        assert!(
            free + open <= model.slots,
            "{free} slots are free while {open} exchanges are open"
        );
    }

    /// All that can happen next.
    pub fn next(&self, model: &Model, objects: &mut Objects, next: &mut Next) {
        for request in 0..model.isolates.len() {
            self.asks(request, model, objects, next);
            self.renews(request, objects, next);
            self.ends(request, objects, next);
        }
        if objects.is_wake_due(self.object, self.now) {
            let (object, _) = objects.say(self.object, Said::Wake, self.now);
            next.push((Step::Wakes, Self { object, ..*self }));
        }
        let lost = |objects: &mut Objects| Self {
            object: objects.lose(self.object, self.now),
            ..*self
        };
        if self.left.losses > 0 {
            let mut world = lost(objects);
            world.left.losses -= 1;
            next.push((Step::LosesMemory, world));
        }
        if self.left.splits > 0 {
            let mut world = lost(objects);
            world.left.splits -= 1;
            world.cut_off = Some(objects.cut_off(self.object));
            next.push((Step::IsCutOff, world));
        }
        self.ticks(model, objects, next);
    }

    /// Time goes on once every exchange has ended that must have by then.
    fn ticks(&self, model: &Model, objects: &mut Objects, next: &mut Next) {
        let now = self.now + 1;
        let is_overdue = |request: &Request| matches!(request.stage, Stage::Open(holder) if holder.ends() <= at_holder(now));
        let has_begun = self
            .requests
            .iter()
            .take(model.isolates.len())
            .any(|request| request.stage != Stage::Waiting);
        if now > model.begin() + model.ticks || !has_begun || self.requests.iter().any(is_overdue) {
            return;
        }
        // To release nothing moves an object's clock alone. So two that differ in their clocks become one.
        let object = objects.say(self.object, Said::Release(0), now).0;
        let cut_off = self
            .cut_off
            .map(|at| objects.say(at, Said::Release(0), now).0);
        next.push((
            Step::Tick,
            Self {
                now,
                object,
                cut_off,
                ..*self
            },
        ));
    }

    /// An ask arrives: the first one, another one, or one that is late or doubled.
    fn asks(&self, request: usize, model: &Model, objects: &mut Objects, next: &mut Next) {
        let stage = self.requests[request].stage;
        // Those that have no lease yet are all alike: the first of them goes first.
        let is_first = self.requests[..request]
            .iter()
            .all(|other| other.stage != Stage::Waiting);
        let is_first_time = stage == Stage::Waiting;
        if (is_first_time && !is_first) || (!is_first_time && self.left.repeats == 0) {
            return;
        }
        let is_riding = |other: &usize| {
            model.isolates[*other] == model.isolates[request]
                && self.requests[*other].stage == Stage::Ended
        };
        let riding = (0..model.isolates.len())
            .filter(is_riding)
            .filter(|other| *other != request);
        let riding: Set = riding.fold(0, |set, other| set | only(other));
        let mut ways = vec![0];
        ways.extend(Some(riding).filter(|riding| *riding != 0));
        for released in ways {
            self.said(
                Said::Ask { request, released },
                objects,
                |mut world, is_at_cut_off, grant| {
                    if !is_first_time {
                        world.left.repeats -= 1;
                    }
                    if is_first_time && grant.is_some() {
                        world.requests[request].stage = Stage::Unanswered;
                    }
                    let step = |answer| Step::Asks {
                        request,
                        released,
                        is_at_cut_off,
                        answer,
                    };
                    next.push((step(Answer::Unused), world));
                    world.answered(request, 0, grant, |sent, world| {
                        next.push((step(Answer::Sent(sent)), world));
                    });
                },
            );
        }
    }

    /// A renewal arrives: a new one, or one that is late or doubled.
    fn renews(&self, request: usize, objects: &mut Objects, next: &mut Next) {
        if self.left.renewals == 0 {
            return;
        }
        let fresh = self.requests[request].renewable(self.now);
        let now_named = fresh.map_or(0, names);
        for incarnation in members(self.requests[request].named | now_named) {
            let is_fresh = now_named & only(incarnation) != 0;
            let incarnation = incarnation as u64;
            self.said(
                Said::Renew {
                    request,
                    incarnation,
                },
                objects,
                |mut world, is_at_cut_off, grant| {
                    world.left.renewals -= 1;
                    world.requests[request].named |= now_named;
                    let step = |answer| Step::Renews {
                        request,
                        incarnation,
                        is_at_cut_off,
                        answer,
                    };
                    next.push((step(Answer::Unused), world));
                    if let Some(holder) = fresh.filter(|_| is_fresh) {
                        let earliest = (0..self.now)
                            .find(|sent| holder.renew() <= at_holder(*sent))
                            .unwrap_or(self.now);
                        world.answered(request, earliest, grant, |sent, world| {
                            next.push((step(Answer::Sent(sent)), world));
                        });
                    }
                },
            );
        }
    }

    /// A request gives up or its exchange ends; from then on its release may arrive, each time it does.
    fn ends(&self, request: usize, objects: &mut Objects, next: &mut Next) {
        let mut world = *self;
        match self.requests[request].stage {
            Stage::Waiting => return,
            Stage::Open(_) if self.left.renewals > 0 => {
                let renewed = self.requests[request].renewable(self.now);
                world.requests[request].named |= renewed.map_or(0, names);
            }
            Stage::Unanswered | Stage::Open(_) => {}
            Stage::Ended => {
                self.said(
                    Said::Release(only(request)),
                    objects,
                    |world, is_at_cut_off, _| {
                        next.push((
                            Step::Releases {
                                request,
                                is_at_cut_off,
                            },
                            world,
                        ));
                    },
                );
                return;
            }
        }
        world.requests[request].stage = Stage::Ended;
        next.push((Step::Ends { request }, world));
    }

    /// Something arrives at the object, or at one that is cut off: that learns so when it writes, and answers nobody.
    fn said(
        &self,
        said: Said,
        objects: &mut Objects,
        mut then: impl FnMut(Self, bool, Option<Grant>),
    ) {
        let (object, told) = objects.say(self.object, said, self.now);
        then(Self { object, ..*self }, false, told.grant);
        let Some(cut_off) = self.cut_off else { return };
        let (cut_off, told) = objects.say(cut_off, said, self.now);
        if told.is_row_due {
            then(
                Self {
                    cut_off: None,
                    ..*self
                },
                true,
                None,
            );
        } else {
            then(
                Self {
                    cut_off: Some(cut_off),
                    ..*self
                },
                true,
                told.grant,
            );
        }
    }

    /// A request hears that it has a lease, by the answer to what it sent at any tick from the earliest on.
    fn answered(
        &self,
        request: usize,
        earliest: Tick,
        grant: Option<Grant>,
        mut then: impl FnMut(Tick, Self),
    ) {
        let Some(grant) = grant else { return };
        for sent in earliest..=self.now {
            let holder = Holder::new(grant, at_holder(sent));
            let is_later = match self.requests[request].stage {
                Stage::Unanswered => holder.ends() > at_holder(self.now),
                Stage::Open(before) => holder.ends() > before.ends().max(at_holder(self.now)),
                Stage::Waiting | Stage::Ended => false,
            };
            if is_later {
                let mut world = *self;
                world.requests[request].stage = Stage::Open(holder);
                then(sent, world);
            }
        }
    }
}
