//! The product's machines, either of them.

use crate::beside::Beside;
use crate::books::Shadows;
use headgate::account::{Order, Reply};
use headgate::lease::{Grant, LeaseId};
use headgate::limit::Name;
use headgate::loan::Unspent;
use headgate::object::{Account, Ask, Effect, Owner, PageError, Shard};
use headgate::subject::{Decision, Renewal, Settlement};
use headgate::time::UnixMillis;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One account's.
    Account,
    /// A shard of many subjects.
    Shard,
}

/// The machine of an object.
#[derive(Clone, Debug)]
pub enum Machine {
    /// One account's.
    Account(Box<Account>),
    /// One account's that has shadow limits.
    Beside(Box<Beside>),
    /// A shard of many subjects.
    Shard(Box<Shard>),
}

impl Machine {
    /// Loads it from its rows; of an account with shadow limits also from what was put aside with them.
    ///
    /// # Errors
    ///
    /// A row that does not read.
    pub fn load(kind: Kind, pages: &[Vec<u8>], aside: Option<&Shadows>) -> Result<Self, PageError> {
        if let Some(aside) = aside {
            return Ok(Self::Beside(Box::new(Beside::load(pages, aside)?)));
        }
        Ok(match kind {
            Kind::Account => Self::Account(Box::new(Account::load(pages)?)),
            Kind::Shard => Self::Shard(Box::new(Shard::load(pages)?)),
        })
    }

    /// Decides an ask.
    pub fn handle(&mut self, ask: &Ask, now: UnixMillis) -> (Decision, Vec<Effect>) {
        match self {
            Self::Account(it) => it.handle(ask, now),
            Self::Beside(it) => it.handle(ask, now),
            Self::Shard(it) => it.handle(ask, now),
        }
    }

    /// Renews a lease.
    pub fn renew(&mut self, renewal: &Renewal, now: UnixMillis) -> (Option<Grant>, Vec<Effect>) {
        match self {
            Self::Account(it) => it.renew(renewal, now),
            Self::Beside(it) => it.renew(renewal, now),
            Self::Shard(it) => it.renew(renewal, now),
        }
    }

    /// Releases leases.
    pub fn release(&mut self, leases: &[LeaseId], now: UnixMillis) -> (Vec<Name>, Vec<Effect>) {
        match self {
            Self::Account(it) => it.release(leases, now),
            Self::Beside(it) => it.release(leases, now),
            Self::Shard(it) => it.release(leases, now),
        }
    }

    /// Settles what a request came to.
    pub fn settle(&mut self, settlement: &Settlement, now: UnixMillis) -> Vec<Effect> {
        match self {
            Self::Account(it) => it.settle(settlement, now),
            Self::Beside(it) => it.settle(settlement, now),
            Self::Shard(it) => it.settle(settlement, now),
        }
    }

    /// Takes back what was not spent of loans.
    pub fn take_back(&mut self, unspent: &[Unspent], now: UnixMillis) {
        match self {
            Self::Account(it) => it.take_back(unspent, now),
            Self::Beside(it) => it.take_back(unspent, now),
            Self::Shard(it) => it.take_back(unspent, now),
        }
    }

    /// Does what was said from outside.
    pub fn operate(&mut self, order: &Order, now: UnixMillis) -> (Reply, Vec<Effect>) {
        match self {
            Self::Account(it) => it.operate(order, now),
            Self::Beside(it) => it.operate(order, now),
            Self::Shard(it) => it.operate(order, now),
        }
    }

    /// Does what is due.
    pub fn wake(&mut self, now: UnixMillis) -> Vec<Effect> {
        match self {
            Self::Account(it) => it.wake(now),
            Self::Beside(it) => it.wake(now),
            Self::Shard(it) => it.wake(now),
        }
    }

    /// When it wants to be woken.
    #[must_use]
    pub fn next_wake(&self) -> Option<UnixMillis> {
        match self {
            Self::Account(it) => it.next_wake(),
            Self::Beside(it) => it.next_wake(),
            Self::Shard(it) => it.next_wake(),
        }
    }

    /// What is to be put aside with a row.
    #[must_use]
    pub fn shadows(&self) -> Option<&Shadows> {
        match self {
            Self::Beside(it) => Some(&it.shadows),
            _ => None,
        }
    }
}
