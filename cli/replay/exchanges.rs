//! Exchanges that go on while others are decided: who holds a slot, and who waits for one.

use super::events::{Event, Events};
use super::judge::{After, count};
use super::owners::{Home, Owners};
use super::verdict::Verdict;
use headgate::bounds::MAX_WAITING;
use headgate::lease::{Holder, LeaseId};
use headgate::limit::Name;
use headgate::object::{Ask, Owner};
use headgate::subject::{Decision, Outcome, Renewal, Settlement};
use headgate::time::UnixMillis;
use std::collections::BTreeMap;

/// The objects, and what is to happen to them.
#[derive(Debug)]
pub(crate) struct Exchanges {
    pub(crate) owners: Owners,
    events: Events,
    /// Who waits for a slot, by account and ticket: in the order in which they came.
    waiting: BTreeMap<(usize, u64), Wait>,
    /// The last ticket.
    last: u64,
    /// How many admitted requests a shadow limit would have denied, by its name.
    pub(crate) would_deny: BTreeMap<Name, u64>,
}

#[derive(Debug)]
struct Wait {
    line: u64,
    lane: Name,
    ask: Ask,
    after: After,
}

impl Exchanges {
    pub(crate) fn new(shards: u64) -> Self {
        Self {
            owners: Owners::new(shards),
            events: Events::default(),
            waiting: BTreeMap::new(),
            last: 0,
            would_deny: BTreeMap::new(),
        }
    }

    /// What the owner decides now; `None` if the request waits for a slot of a full lane.
    pub(crate) fn ask(
        &mut self,
        line: u64,
        home: Home,
        ask: &Ask,
        after: After,
        now: UnixMillis,
    ) -> Option<Verdict> {
        let Some(decision) = self.owners.decide(home, ask, now) else {
            return Some(Verdict::refused(headgate::policy::Reason::Unavailable));
        };
        let Home::Account(account) = home else {
            return Some(self.verdict(&decision));
        };
        if let Some((patience, lane)) = decision.patience()
            && self
                .waiting
                .range((account, 0)..=(account, u64::MAX))
                .count()
                < MAX_WAITING
            && !patience.is_zero()
        {
            self.last = self.last.saturating_add(1);
            let (place, wait) = (
                (account, self.last),
                Wait {
                    line,
                    lane: lane.clone(),
                    ask: ask.clone(),
                    after,
                },
            );
            self.waiting.insert(place, wait);
            let event = Event::GiveUp {
                account,
                ticket: self.last,
            };
            self.events.add(now.after(patience), event);
            return None;
        }
        self.follow(account, ask, after, &decision, now);
        Some(self.verdict(&decision))
    }

    /// Lets time pass: what was decided meanwhile on requests that waited.
    pub(crate) fn advance(&mut self, now: UnixMillis) -> Vec<(u64, Verdict)> {
        let mut decided = Vec::new();
        while let Some((at, event)) = self.events.next(now) {
            self.happen(at, event, &mut decided);
        }
        decided
    }

    /// Lets time pass until nobody waits.
    pub(crate) fn finish(&mut self) -> Vec<(u64, Verdict)> {
        let mut decided = Vec::new();
        while !self.waiting.is_empty()
            && let Some((at, event)) = self.events.next(UnixMillis(u64::MAX))
        {
            self.happen(at, event, &mut decided);
        }
        decided
    }

    fn happen(&mut self, at: UnixMillis, event: Event, decided: &mut Vec<(u64, Verdict)>) {
        match event {
            Event::End {
                account,
                lease,
                refund,
            } => self.end(account, lease, refund, at, decided),
            Event::Renew {
                account,
                lane,
                lease,
                holder,
                ends,
            } => self.renew(account, (lane, lease, holder), ends, at),
            Event::GiveUp { account, ticket } => {
                if let Some(wait) = self.waiting.remove(&(account, ticket)) {
                    decided.extend(self.again(account, &wait, at).map(|it| (wait.line, it)));
                }
            }
        }
    }

    fn end(
        &mut self,
        account: usize,
        lease: LeaseId,
        refund: bool,
        at: UnixMillis,
        decided: &mut Vec<(u64, Verdict)>,
    ) {
        let Some(machine) = self.owners.account(account) else {
            return;
        };
        if refund {
            let settlement = Settlement {
                request: lease,
                caps: Vec::new(),
                refund,
            };
            machine.settle(&settlement, at);
        }
        let (lanes, _) = machine.release(&[lease], at);
        for lane in lanes {
            let mut waiting = self.waiting.range((account, 0)..=(account, u64::MAX));
            let first = waiting.find(|(_, wait)| wait.lane == lane);
            let Some(place) = first.map(|(place, _)| *place) else {
                continue;
            };
            if let Some(wait) = self.waiting.remove(&place) {
                self.try_again(place, wait, at, decided);
            }
        }
    }

    /// A slot is free: whoever came first asks again, and goes on waiting if it does not get it.
    fn try_again(
        &mut self,
        place: (usize, u64),
        wait: Wait,
        at: UnixMillis,
        decided: &mut Vec<(u64, Verdict)>,
    ) {
        let Some(decision) = self.owners.decide(Home::Account(place.0), &wait.ask, at) else {
            return;
        };
        if decision.patience().is_some() {
            self.waiting.insert(place, wait);
            return;
        }
        self.follow(place.0, &wait.ask, wait.after, &decision, at);
        let verdict = self.verdict(&decision);
        decided.push((wait.line, verdict));
    }

    /// Asks a last time.
    fn again(&mut self, account: usize, wait: &Wait, at: UnixMillis) -> Option<Verdict> {
        let decision = self.owners.decide(Home::Account(account), &wait.ask, at)?;
        self.follow(account, &wait.ask, wait.after, &decision, at);
        Some(self.verdict(&decision))
    }

    /// What a decision comes to; what shadow limits would have denied of it is counted.
    fn verdict(&mut self, decision: &Decision) -> Verdict {
        for name in &decision.would_deny {
            count(&mut self.would_deny, name);
        }
        Verdict::of(decision)
    }

    /// Sees to it that an exchange which was let through ends.
    fn follow(
        &mut self,
        account: usize,
        ask: &Ask,
        after: After,
        decision: &Decision,
        now: UnixMillis,
    ) {
        let Some(lease) = ask.lease.filter(|_| decision.outcome == Outcome::Admitted) else {
            return;
        };
        let refund = after.refund;
        if decision.grant.is_none() && !refund {
            return;
        }
        let ends = now.after(after.lasts);
        let end = Event::End {
            account,
            lease,
            refund,
        };
        let limits = decision.standings.iter().map(|it| &it.limit);
        let lane = limits.chain(&ask.shadows).find(|it| it.is_lane());
        if let (Some(grant), Some(lane)) = (decision.grant, lane) {
            let holder = Holder::new(grant, now);
            self.renew_later(account, (lane.name.clone(), lease, holder), ends);
        }
        self.events.add(ends, end);
    }

    fn renew_later(
        &mut self,
        account: usize,
        (lane, lease, holder): (Name, LeaseId, Holder),
        ends: UnixMillis,
    ) {
        let at = holder.renew();
        if at < ends {
            let event = Event::Renew {
                account,
                lane,
                lease,
                holder,
                ends,
            };
            self.events.add(at, event);
        }
    }

    fn renew(
        &mut self,
        account: usize,
        (lane, lease, holder): (Name, LeaseId, Holder),
        ends: UnixMillis,
        at: UnixMillis,
    ) {
        let renewal = Renewal {
            lane,
            lease,
            incarnation: holder.incarnation(),
        };
        let machine = self.owners.account(account);
        let grant = machine.and_then(|machine| machine.renew(&renewal, at).0);
        if let Some(grant) = grant {
            self.renew_later(account, (renewal.lane, lease, Holder::new(grant, at)), ends);
        }
    }
}
