//! An object at work: the same as the shell in `src/edge/object.rs` does, with the same machines.

use super::World;
use super::promises::look;
use super::step::Ran;
use crate::START;
use crate::books::Seen;
use crate::event::{CallId, Event};
use crate::fault::Fault;
use crate::host::Waiting;
use crate::machine::{Kind, Machine};
use crate::violation::{Held, Violation};
use headgate::bounds::MAX_WAITING;
use headgate::lease::LeaseId;
use headgate::limit::{self, Name};
use headgate::object::{Answer, Ask, Message, SubjectId};
use headgate::subject::{Decision, Outcome};

impl World {
    /// A message arrives, at one of the instances that there are.
    pub(super) fn arrive(&mut self, object: usize, call: CallId, message: Message) -> Held {
        let host = &mut self.hosts[object];
        let is_overtaken = call < host.last_call;
        host.last_call = host.last_call.max(call);
        let (mut life, cut_off) = (host.primary.life, host.cut_off.as_ref().map(|it| it.life));
        if is_overtaken {
            self.report.injected.count(Fault::MessageOvertaken);
        }
        if let Some(cut_off) = cut_off.filter(|_| self.random.one_in(2)) {
            life = cut_off;
        }
        match message {
            Message::Ask(mut ask) => {
                let released = std::mem::take(&mut ask.released);
                if !released.is_empty() && !self.free(object, life, &released)? {
                    self.reply(call, None);
                    return Ok(());
                }
                self.decide(object, life, call, ask, None)
            }
            Message::Renew(renewal) => {
                let ran = self.step(object, life, |machine, now| machine.renew(&renewal, now))?;
                self.reply(call, told(ran).map(Answer::Renewed));
                Ok(())
            }
            Message::Release(release) => {
                let is_heard = self.free(object, life, &release.leases)?;
                self.reply(call, is_heard.then_some(Answer::Released));
                Ok(())
            }
            Message::Settle(settlement) => {
                let ran = self.step(object, life, |machine, now| {
                    ((), machine.settle(&settlement, now))
                })?;
                self.reply(call, told(ran).map(|()| Answer::Settled));
                Ok(())
            }
            Message::GiveBack(unspent) => {
                let units = unspent.iter().map(|it| it.units);
                self.hosts[object].returned += units.sum::<u64>();
                let ran = self.step(object, life, |machine, now| {
                    machine.take_back(&unspent, now);
                    ((), Vec::new())
                })?;
                self.reply(call, told(ran).map(|()| Answer::TakenBack));
                Ok(())
            }
            Message::Operate(order) => {
                let ran = self.step(object, life, |machine, now| machine.operate(&order, now))?;
                self.reply(call, told(ran).map(Answer::Operated));
                Ok(())
            }
        }
    }

    /// Decides, after a while if only a lane is full. Whoever has waited before has a place, and an end of its patience.
    fn decide(
        &mut self,
        object: usize,
        life: u64,
        call: CallId,
        ask: Ask,
        waited: Option<(u64, u64)>,
    ) -> Held {
        if waited.is_none() {
            self.dismiss_same(object, life, &ask);
        }
        let before = self.before(object, life);
        let is_new = !self.rates.knows(object, &ask);
        let host = &mut self.hosts[object];
        // From the rows, if memory is lost: they are other rows afterwards.
        let again = host
            .living(life)
            .and_then(|it| it.machine.clone())
            .or_else(|| host.resumed())
            .filter(|_| !is_new);
        if host.primary.life == life {
            host.newest = host.newest.max(ask.version);
        }
        let (decision, is_told) =
            match self.step(object, life, |machine, now| machine.handle(&ask, now))? {
                Ran::Told(decision) => (decision, true),
                Ran::Untold(decision) => (decision, false),
                Ran::Failed => {
                    self.reply(call, None);
                    return Ok(());
                }
            };
        let is_primary = self.hosts[object].primary.life == life || !is_told;
        let is_waiting = is_told && self.waits(object, life, call, &ask, &decision, waited);
        let is_charged = is_new || is_charged(again, &ask, &decision);
        let newest = self.hosts[object].newest;
        self.rates.observe(Seen {
            object,
            ask: &ask,
            decision: &decision,
            is_charged: decision.outcome == Outcome::Admitted && is_charged,
            newest,
            is_told,
            is_primary,
        })?;
        if is_waiting {
            return Ok(());
        }
        self.lends(object, &decision);
        self.report.judges(&ask, &decision);
        if !is_told {
            self.reply(call, None);
            return Ok(());
        }
        let subject = ask.subject;
        if is_primary {
            self.costs_nothing(object, before, &ask, &decision)?;
            self.keeps_promise(object, &ask, &decision)?;
            let limits = ask
                .limits
                .iter()
                .map(|it| (it.name.clone(), it.partition))
                .collect();
            self.hosts[object].asked.insert(limits, ask);
        }
        self.note(|| told_of(object, life, call, subject, &decision));
        self.reply(call, Some(Answer::Decided(decision)));
        Ok(())
    }

    /// The same request asks again: whoever waited for it waits no more.
    fn dismiss_same(&mut self, object: usize, life: u64, ask: &Ask) {
        let Some(instance) = self.hosts[object].living(life) else {
            return;
        };
        let is_same = |it: &mut Waiting| ask.lease.is_some() && it.ask.lease == ask.lease;
        let dismissed: Vec<Waiting> = instance.waiting.extract_if(.., is_same).collect();
        for it in dismissed {
            self.reply(it.call, Some(Answer::Decided(it.refused)));
        }
    }

    /// Whether a request waits for a slot now, for the first time or again.
    fn waits(
        &mut self,
        object: usize,
        life: u64,
        call: CallId,
        ask: &Ask,
        decision: &Decision,
        waited: Option<(u64, u64)>,
    ) -> bool {
        let Some((patience, lane)) = decision.patience() else {
            return false;
        };
        let (now, lane) = (self.now, lane.clone());
        let Some(instance) = self.hosts[object].living(life) else {
            return false;
        };
        if waited.is_none() && instance.waiting.len() >= MAX_WAITING {
            return false;
        }
        let (ticket, until) = waited.unwrap_or_else(|| (instance.ticket(), now + patience.0));
        if now >= until {
            return false;
        }
        instance.waiting.push(Waiting {
            ticket,
            call,
            lane,
            ask: ask.clone(),
            refused: decision.clone(),
            until,
        });
        if waited.is_none() {
            self.queue.push(
                until,
                Event::PatienceOver {
                    object,
                    life,
                    ticket,
                },
            );
        }
        true
    }

    /// Whoever has waited long enough is decided for the last time.
    pub(super) fn patience_over(&mut self, object: usize, life: u64, ticket: u64) -> Held {
        let Some(instance) = self.hosts[object].living(life) else {
            return Ok(());
        };
        let at = instance.waiting.iter().position(|it| it.ticket == ticket);
        match at.map(|at| instance.waiting.remove(at)) {
            Some(it) => self.decide(object, life, it.call, it.ask, Some((it.ticket, it.until))),
            None => Ok(()),
        }
    }

    /// Frees slots, and calls who waits for them; whether it was done.
    fn free(&mut self, object: usize, life: u64, leases: &[LeaseId]) -> Result<bool, Violation> {
        let ran = self.step(object, life, |machine, now| machine.release(leases, now))?;
        let Some(lanes) = told(ran) else {
            return Ok(false);
        };
        for lane in lanes {
            self.call(object, life, &lane)?;
        }
        Ok(true)
    }

    fn call(&mut self, object: usize, life: u64, lane: &Name) -> Held {
        let Some(instance) = self.hosts[object].living(life) else {
            return Ok(());
        };
        let waiting = instance
            .waiting
            .iter()
            .enumerate()
            .filter(|(_, it)| it.lane == *lane);
        let first = waiting.min_by_key(|(_, it)| it.ticket).map(|(at, _)| at);
        match first.map(|at| instance.waiting.remove(at)) {
            Some(it) => self.decide(object, life, it.call, it.ask, Some((it.ticket, it.until))),
            None => Ok(()),
        }
    }

    /// The kind of an object.
    pub(super) fn kind(&self, object: usize) -> Kind {
        self.hosts[object].kind
    }
}

/// Whether a request that was let in before is charged again, since memory was lost in between.
fn is_charged(before: Option<Machine>, ask: &Ask, decision: &Decision) -> bool {
    let Some(mut before) = before else {
        return true;
    };
    let (was, _) = before.handle(&look(ask), decision.now);
    was.standings
        .iter()
        .zip(&decision.standings)
        .any(|(was, is)| {
            is.limit.algorithm.kind() == limit::Kind::Rate && was.remaining > is.remaining
        })
}

/// A decision in words: per limit the units that are left, and how long until all are.
fn told_of(
    object: usize,
    life: u64,
    call: CallId,
    subject: Option<SubjectId>,
    decision: &Decision,
) -> String {
    let left = decision.standings.iter().map(|it| {
        let (name, units) = (&it.limit.name, it.limit.algorithm.units());
        format!(" {name} {} of {units}, all in {}", it.remaining, it.full.0)
    });
    let (at, left) = (
        decision.now.0.saturating_sub(START),
        left.collect::<String>(),
    );
    let outcome = decision.outcome;
    let who = subject.map_or(String::new(), |SubjectId([a, b, ..])| {
        format!(" of {a:02x}{b:02x}")
    });
    format!("object {object}, life {life}, at its {at} says {outcome:?} to call {call}{who}:{left}")
}

/// What is told of a step, if anything is.
fn told<T>(ran: Ran<T>) -> Option<T> {
    match ran {
        Ran::Told(value) => Some(value),
        Ran::Untold(_) | Ran::Failed => None,
    }
}
