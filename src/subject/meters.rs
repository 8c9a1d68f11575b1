//! Which limits a subject has met, and where each is metered.

use super::machine::{Demand, Subject};
use super::meter::{By, Meter, Versions};
use crate::limit::{Limit, Partition};
use crate::time::UnixMillis;

/// A limit with how it came.
pub(super) type Defined = (Limit, By);

impl<'a> Demand<'a> {
    /// All its limits, with how they come, shadow limits last.
    pub(super) fn defined(&self) -> impl Iterator<Item = (&'a Limit, By)> {
        let versions = (self.version, self.record);
        let by = move |shadow| By { versions, shadow };
        let limits = self.limits.iter().map(move |limit| (limit, by(false)));
        limits.chain(self.shadows.iter().map(move |limit| (limit, by(true))))
    }
}

impl Subject {
    /// Whether each limit of a demand is metered as it is, after the one before it; and where. Most demands ask for the
    /// limits that the one before asked for, which takes no search then.
    #[inline]
    pub(super) fn finds(&self, demand: &Demand<'_>, places: &mut [usize]) -> bool {
        // Under a name there may be one more limit, which holds if it is newer.
        let versions = (demand.version, demand.record);
        let mut meters = self.meters.iter().enumerate();
        versions == self.newest
            && places.iter_mut().zip(demand.limits).all(|(place, limit)| {
                let found = meters.find(|(_, meter)| meter.is(limit, versions));
                *place = found.map_or(0, |(at, _)| at);
                found.is_some() && limit.partition.is_none()
            })
    }

    /// Where all limits of a demand are metered, brought up to date; and how many were metered before.
    #[inline(never)]
    pub(super) fn adopt_all(
        &mut self,
        demand: &Demand<'_>,
        places: &mut [usize],
        now: UnixMillis,
    ) -> usize {
        let mut limits = demand.limits.iter().chain(demand.shadows);
        if limits.any(|limit| limit.partition.is_some()) {
            self.make_room(now);
        }
        let known = self.meters.len();
        for (place, (limit, by)) in places.iter_mut().zip(demand.defined()) {
            *place = self.adopt(limit, by, now);
        }
        known
    }

    /// Where a limit is metered, brought up to date. Under one name there may be a lane, a rate and a cap, if policies
    /// call different things so: the newest of them holds, and none is forgotten.
    pub(super) fn adopt(&mut self, limit: &Limit, by: By, now: UnixMillis) -> usize {
        if limit.partition.is_some()
            && let Some((limit, by)) = self.newer(limit, by.versions)
        {
            return self.place(&limit, by, now);
        }
        self.place(limit, by, now)
    }

    fn place(&mut self, limit: &Limit, by: By, now: UnixMillis) -> usize {
        let found = self.found(limit, by.versions);
        let at = found.unwrap_or_else(|| self.meet(limit, by, now));
        if let Some(meter) = self.meters.get_mut(at) {
            self.has_changed |= meter.adopt(limit, by, now);
            self.newest = self.newest.max(by.versions);
        }
        at
    }

    /// Where a limit is metered, if it is, and the definition that holds instead, if a newer one is known.
    pub(super) fn find(
        &self,
        limit: &Limit,
        versions: Versions,
    ) -> (Option<usize>, Option<Defined>) {
        let newer = limit.partition.and_then(|_| self.newer(limit, versions));
        let (limit, versions) = newer
            .as_ref()
            .map_or((limit, versions), |(l, by)| (l, by.versions));
        (self.found(limit, versions), newer)
    }

    /// Takes over the limits of a demand that is not decided here, where they are newer. What is in use then is
    /// carried over now, and not once more for each heir.
    pub fn learn(&mut self, demand: &Demand<'_>, now: UnixMillis) {
        let known = self.meters.len();
        for (limit, by) in demand.defined() {
            self.adopt(limit, by, now);
        }
        self.has_shadows |= !demand.shadows.is_empty();
        self.forget_met(known);
    }

    /// The newest definition that any part of the subject has met, if it is newer: it holds for all of them.
    #[inline(never)]
    fn newer(&self, limit: &Limit, versions: Versions) -> Option<Defined> {
        let is_newer = |meter: &&Meter| {
            meter.versions() > versions
                && meter.limit.name == limit.name
                && meter.lane().is_some() == limit.is_lane()
        };
        let newer = self.meters.iter().filter(is_newer);
        let newest = newer.max_by_key(|meter| meter.versions())?;
        let partition = limit.partition;
        let limit = Limit {
            partition,
            ..newest.limit.clone()
        };
        Some((limit, newest.by()))
    }

    /// Begins to meter a limit.
    #[cold]
    fn meet(&mut self, limit: &Limit, by: By, now: UnixMillis) -> usize {
        let shared = limit.partition.map(|_| Partition::OVERFLOW);
        let overflow = self.metered(limit, shared).filter(|_| shared.is_some());
        if let Some(partition) = limit.partition
            && partition != Partition::OVERFLOW
            && !self.has_room_apart(limit, by.shadow)
        {
            let shared = Limit {
                partition: shared,
                ..limit.clone()
            };
            return overflow.unwrap_or_else(|| self.push(Meter::fresh(&shared, by)));
        }
        // Whoever comes may have used what is shared by those without room: it stays used.
        let before = overflow.and_then(|at| self.meters.get(at));
        let before = before.filter(|meter| !meter.state().is_full(now));
        let meter = before.map_or_else(
            || Meter::fresh(limit, by),
            |meter| meter.heir(limit.partition),
        );
        self.push(meter)
    }

    fn push(&mut self, meter: Meter) -> usize {
        self.meters.push(meter);
        self.meters.len().saturating_sub(1)
    }

    /// Lets go of partitions of which nothing is used. Moves the others.
    pub(crate) fn make_room(&mut self, now: UnixMillis) {
        self.meters
            .retain(|meter| meter.limit.partition.is_none() || !meter.state().is_full(now));
    }

    /// Lets go of the partitions among the limits beyond the first `known`: who spends nothing takes no place.
    pub(super) fn forget_met(&mut self, known: usize) {
        if known >= self.meters.len() {
            return;
        }
        let met = self.meters.split_off(known);
        let whole = met
            .into_iter()
            .filter(|meter| meter.limit.partition.is_none());
        self.meters.extend(whole);
    }

    /// Where a limit of this name and kind is metered.
    pub(super) fn metered(&self, limit: &Limit, partition: Option<Partition>) -> Option<usize> {
        let is_it = |meter: &Meter| {
            meter.limit.partition == partition
                && meter.limit.name == limit.name
                && meter.kind() == limit.algorithm.kind()
        };
        self.meters.iter().position(is_it)
    }

    /// Where the newest limit of this name is metered, if it is newer; else the one of this kind.
    fn found(&self, limit: &Limit, versions: Versions) -> Option<usize> {
        let (mut newest, mut newer, mut same) = (versions, None, None);
        for (at, meter) in self.meters.iter().enumerate() {
            if meter.limit.name != limit.name || meter.limit.partition != limit.partition {
                continue;
            }
            if meter.versions() > versions && meter.versions() >= newest {
                (newest, newer) = (meter.versions(), Some(at));
            } else if same.is_none() && meter.kind() == limit.algorithm.kind() {
                same = Some(at);
            }
        }
        newer.or(same)
    }
}
