//! A request as its isolate sees it.

use super::{Set, Tick, at_holder, only};
use headgate::lease::Holder;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    pub stage: Stage,
    /// Incarnations that it named in renewals, which may arrive at any time from then on.
    pub named: Set,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// It has no lease.
    Waiting,
    /// It has a lease, and has not heard of it.
    Unanswered,
    /// Its exchange with the origin is open.
    Open(Holder),
    /// It has given up, or its exchange has ended.
    Ended,
}

impl Request {
    pub fn at(stage: Stage) -> Self {
        Self { stage, named: 0 }
    }

    /// What it holds, if it may renew that by now.
    pub fn renewable(&self, now: Tick) -> Option<Holder> {
        match self.stage {
            Stage::Open(holder) => Some(holder).filter(|h| h.renew() <= at_holder(now)),
            Stage::Waiting | Stage::Unanswered | Stage::Ended => None,
        }
    }
}

/// The incarnation that a renewal names.
pub fn names(holder: Holder) -> Set {
    only(usize::try_from(holder.incarnation()).unwrap())
}
