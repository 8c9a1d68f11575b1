//! Who has a slot of a shadow lane.

use crate::violation::{Held, hold};
use headgate::lease::LeaseId;
use std::collections::BTreeMap;

/// A lease: when it ends unless it is renewed, and the incarnation that it was granted in.
type Lease = (u64, u64);

/// The slots of a lane.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    pub(super) most: u64,
    lasts: u64,
    taken: BTreeMap<LeaseId, Lease>,
    /// Leases from before memory was lost, each with the latest end that a row may give it, which one that is renewed keeps:
    /// a row names its leases for half a lease longer.
    maybe: BTreeMap<LeaseId, u64>,
}

impl Slots {
    pub(super) fn new(most: u64, lasts: u64) -> Self {
        Self {
            most,
            lasts,
            taken: BTreeMap::new(),
            maybe: BTreeMap::new(),
        }
    }

    pub(super) fn pass(&mut self, now: u64) {
        self.taken.retain(|_, (ends, _)| *ends > now);
        self.maybe.retain(|_, ends| *ends > now);
    }

    /// The object has lost its memory, and resumes at its row.
    pub(super) fn resume(&mut self) {
        for (lease, (ends, _)) in std::mem::take(&mut self.taken) {
            let latest = self.maybe.entry(lease).or_default();
            *latest = ends.max(*latest) + self.lasts / 2;
        }
    }

    /// A request was let in, with a slot of this lane or without.
    pub(super) fn ask(&mut self, lease: LeaseId, grant: Option<u64>, now: u64) -> Held {
        let is_known = self.taken.contains_key(&lease);
        let taken = self.taken.len() as u64;
        let Some(incarnation) = grant else {
            let others = self.maybe.keys().filter(|it| !self.taken.contains_key(it));
            let is_full = !is_known && taken + others.count() as u64 >= self.most;
            return hold(is_full, || {
                format!("a shadow lane of {} would deny: {self:?}", self.most)
            });
        };
        let has_room = is_known || taken < self.most || self.maybe.contains_key(&lease);
        hold(has_room, || {
            format!("a full shadow lane of {} lets in: {self:?}", self.most)
        })?;
        self.take(lease, incarnation, now);
        Ok(())
    }

    /// A lease was renewed in an incarnation, or not; `known` is the one that its holder knows of.
    pub(super) fn renew(
        &mut self,
        lease: LeaseId,
        known: u64,
        grant: Option<u64>,
        now: u64,
    ) -> Held {
        let granted = self.taken.get(&lease).map(|(_, incarnation)| *incarnation);
        // An instance that is cut off knows nothing of a later one.
        let is_alive = granted.is_some_and(|granted| known <= granted);
        let may_be_alive = granted.is_some() || self.maybe.contains_key(&lease);
        hold(grant.is_none() || may_be_alive, || {
            format!("a lease that has ended is renewed: {lease:?}, {self:?}")
        })?;
        hold(grant.is_some() || !is_alive, || {
            format!("a lease is not renewed: {lease:?}, {self:?}")
        })?;
        if let Some(incarnation) = grant {
            self.take(lease, incarnation, now);
        }
        Ok(())
    }

    fn take(&mut self, lease: LeaseId, incarnation: u64, now: u64) {
        self.taken.insert(lease, (now + self.lasts, incarnation));
    }

    pub(super) fn release(&mut self, leases: &[LeaseId]) {
        for lease in leases {
            self.taken.remove(lease);
            self.maybe.remove(lease);
        }
    }
}
