//! What happens after requests were admitted: exchanges end, leases are renewed, and whoever waits for a slot gives up.

use headgate::lease::{Holder, LeaseId};
use headgate::limit::Name;
use headgate::time::UnixMillis;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// An exchange ends: its slot is free, and its units come back if its outcome gives them back.
    End {
        account: usize,
        lease: LeaseId,
        refund: bool,
    },
    /// The holder of a slot renews its lease.
    Renew {
        account: usize,
        lane: Name,
        lease: LeaseId,
        holder: Holder,
        ends: UnixMillis,
    },
    /// A request has waited for a slot as long as it may.
    GiveUp { account: usize, ticket: u64 },
}

/// What is to happen, in the order of time, and of that in which it was known.
#[derive(Debug, Default)]
pub(crate) struct Events {
    waiting: BinaryHeap<Reverse<(UnixMillis, u64, Event)>>,
    known: u64,
}

impl Events {
    pub(crate) fn add(&mut self, at: UnixMillis, event: Event) {
        self.known = self.known.saturating_add(1);
        self.waiting.push(Reverse((at, self.known, event)));
    }

    /// The next that happens by then.
    pub(crate) fn next(&mut self, by: UnixMillis) -> Option<(UnixMillis, Event)> {
        let Reverse((at, ..)) = self.waiting.peek()?;
        if *at > by {
            return None;
        }
        let Reverse((at, _, event)) = self.waiting.pop()?;
        Some((at, event))
    }
}
