//! An account with shadow limits, the same account without them, and what they mean: whatever happens to the first happens
//! to all three, at every step and every loss of memory.

use crate::books::Shadows;
use crate::violation::{Held, hold};
use crate::world::look;
use headgate::account::{Order, Reply};
use headgate::lease::{Grant, LeaseId};
use headgate::limit::{Kind, Name};
use headgate::loan::Unspent;
use headgate::object::{Account, Ask, Effect, Owner, Page, PageError};
use headgate::subject::{Decision, Renewal, Settlement};
use headgate::time::UnixMillis;

/// The account, and what it is held against. It panics where they differ.
#[derive(Clone, Debug)]
pub struct Beside {
    account: Account,
    without: Account,
    /// What its shadow limits mean, as it knows them.
    pub shadows: Shadows,
}

impl Beside {
    /// Loads it from its rows, and what was put aside with them.
    ///
    /// # Errors
    ///
    /// A row that does not read.
    pub fn load(pages: &[Vec<u8>], aside: &Shadows) -> Result<Self, PageError> {
        let without: Result<Vec<_>, _> = pages.iter().map(|page| enforced(page)).collect();
        Ok(Self {
            account: Account::load(pages)?,
            without: Account::load(&without?)?,
            shadows: aside.resumed(),
        })
    }

    /// Decides an ask.
    pub fn handle(&mut self, ask: &Ask, now: UnixMillis) -> (Decision, Vec<Effect>) {
        self.shadows.pass(now.0);
        let alone = alone(ask);
        let mut before = self.without.clone();
        let (decision, effects) = self.account.handle(ask, now);
        let (without, _) = self.without.handle(&alone, now);
        let is_again = alone.lease.is_some()
            && takes_nothing(&mut before, &mut self.without.clone(), &alone, now);
        let same = is_same(&decision, &without, &alone);
        held(same.and_then(|()| self.shadows.judge(ask, &decision, is_again)));
        (decision, effects)
    }

    /// Renews a lease.
    pub fn renew(&mut self, renewal: &Renewal, now: UnixMillis) -> (Option<Grant>, Vec<Effect>) {
        self.shadows.pass(now.0);
        let (grant, effects) = self.account.renew(renewal, now);
        let (without, _) = self.without.renew(renewal, now);
        held(hold(without.is_none() || without == grant, || {
            format!("a lease gets {without:?} without shadow limits, and {grant:?} with them")
        }));
        let incarnation = grant.map(|grant| grant.incarnation);
        held(self.shadows.renew(renewal, incarnation));
        (grant, effects)
    }

    /// Releases leases.
    pub fn release(&mut self, leases: &[LeaseId], now: UnixMillis) -> (Vec<Name>, Vec<Effect>) {
        self.shadows.pass(now.0);
        let (lanes, effects) = self.account.release(leases, now);
        let (without, _) = self.without.release(leases, now);
        held(hold(lanes == without, || {
            format!("without shadow limits {without:?} are free, and with them {lanes:?}")
        }));
        self.shadows.release(leases);
        (lanes, effects)
    }

    /// Settles what a request came to.
    pub fn settle(&mut self, settlement: &Settlement, now: UnixMillis) -> Vec<Effect> {
        self.shadows.pass(now.0);
        let _ = self.without.settle(settlement, now);
        self.account.settle(settlement, now)
    }

    /// Takes back what was not spent of loans.
    pub fn take_back(&mut self, unspent: &[Unspent], now: UnixMillis) {
        self.shadows.pass(now.0);
        self.without.take_back(unspent, now);
        self.account.take_back(unspent, now);
    }

    /// Does what was said from outside.
    pub fn operate(&mut self, order: &Order, now: UnixMillis) -> (Reply, Vec<Effect>) {
        self.shadows.pass(now.0);
        let _ = self.without.operate(order, now);
        self.account.operate(order, now)
    }

    /// Does what is due.
    pub fn wake(&mut self, now: UnixMillis) -> Vec<Effect> {
        self.shadows.pass(now.0);
        let _ = self.without.wake(now);
        self.account.wake(now)
    }

    /// When it wants to be woken.
    #[must_use]
    pub fn next_wake(&self) -> Option<UnixMillis> {
        self.account.next_wake()
    }
}

fn held(held: Held) {
    held.unwrap_or_else(|broken| panic!("{broken}"));
}

/// The row without what it keeps of shadow limits.
fn enforced(page: &[u8]) -> Result<Vec<u8>, PageError> {
    let mut page = Page::decode(page)?;
    for (_, kept) in &mut page.subjects {
        kept.retain(|kept| !kept.shadow);
    }
    page.encode()
}

/// The ask as it would be if there were no shadow limits.
fn alone(ask: &Ask) -> Ask {
    let is_followed = ask
        .limits
        .iter()
        .any(|it| it.algorithm.kind() != Kind::Rate);
    Ask {
        lease: ask.lease.filter(|_| is_followed),
        shadows: Vec::new(),
        ..ask.clone()
    }
}

fn is_same(decision: &Decision, without: &Decision, alone: &Ask) -> Held {
    let grant = if alone.lease.is_some() {
        decision.grant
    } else {
        None
    };
    let told = Decision {
        would_deny: Vec::new(),
        grant,
        ..decision.clone()
    };
    hold(told == *without, || {
        format!("without shadow limits it is {without:?}, and with them {told:?}")
    })
}

/// Whether an ask that was decided took no slot or no reservation, as one does that has it already.
fn takes_nothing(before: &mut Account, after: &mut Account, ask: &Ask, now: UnixMillis) -> bool {
    ask.limits.iter().any(|limit| match limit.algorithm.kind() {
        Kind::Rate => false,
        Kind::Lane => free(before, ask, now) == free(after, ask, now),
        Kind::Cap => cap(before, &limit.name, now) == cap(after, &limit.name, now),
    })
}

/// The free slots of the lane that is asked for.
fn free(account: &mut Account, ask: &Ask, now: UnixMillis) -> Option<u64> {
    let (decision, _) = account.handle(&look(ask), now);
    let mut standings = decision.standings.iter();
    let lane = standings.find(|standing| standing.limit.is_lane());
    lane.map(|lane| lane.remaining)
}

/// What counts under a cap.
fn cap(account: &mut Account, name: &Name, now: UnixMillis) -> String {
    let order = Order {
        method: "GET".to_owned(),
        path: format!("caps/{name}"),
        body: String::new(),
        named: None,
    };
    account.operate(&order, now).0.body
}
