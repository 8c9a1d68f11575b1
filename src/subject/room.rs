//! How much of a row a subject may come to.
//!
//! Before something of a limit is used for the first time, or again after all of it was over, there has to be room in
//! the row for the most that it may come to. So whatever has been granted can be written, and go on being granted.

use super::machine::{Demand, Subject};
use super::meter::Meter;
use crate::bounds::ROOM_IN_ROW;
use crate::limit::{Algorithm, Limit, Partition};
use crate::time::UnixMillis;

impl Subject {
    /// Most bytes that a row may take for the limits it has met, were they all used.
    #[must_use]
    pub fn most_row_bytes(&self) -> u64 {
        let bytes = self.meters.iter().map(|meter| meter.most_row_bytes);
        bytes.fold(0, u64::saturating_add)
    }

    /// Most bytes that a row may take for the limits it has met while no more of them are used than at `now`.
    #[must_use]
    pub fn row_bytes(&self, now: UnixMillis) -> u64 {
        let bytes = self.meters.iter().map(|meter| meter.row_bytes(now));
        bytes.fold(0, u64::saturating_add)
    }

    /// Most bytes that this may grow by once a demand is charged. Zero for the most part: of what is used already
    /// the most is counted.
    #[must_use]
    pub fn growth(&self, demand: &Demand<'_>, now: UnixMillis) -> u64 {
        let versions = (demand.version, demand.record);
        let limits = demand.limits.iter();
        let growths = limits.map(|limit| self.growth_by(limit, versions, now));
        growths.fold(0, u64::saturating_add)
    }

    fn growth_by(&self, limit: &Limit, versions: (u64, u64), now: UnixMillis) -> u64 {
        let (found, newer) = self.find(limit, versions);
        let (limit, versions) = newer.as_ref().map_or((limit, versions), |(l, v)| (l, *v));
        let found = found.or_else(|| {
            let is_apart = limit.partition.is_none() || self.has_room_apart(limit);
            let overflow = Some(Partition::OVERFLOW).filter(|_| !is_apart);
            overflow.and_then(|it| self.metered(limit, Some(it)))
        });
        let meter = found.and_then(|at| self.meters.get(at));
        meter.map_or(limit.algorithm.most_row_bytes(), |meter| {
            meter.growth(limit, versions, now)
        })
    }

    /// Whether one more partition can be counted apart.
    pub(super) fn has_room_apart(&self, limit: &Limit) -> bool {
        let partitions = self.meters.iter().filter(|m| m.limit.partition.is_some());
        let bytes = self
            .most_row_bytes()
            .saturating_add(limit.algorithm.most_row_bytes());
        partitions.count() < self.most_partitions && bytes <= ROOM_IN_ROW
    }
}

impl Meter {
    /// Most bytes that a row may take for it while no more of it is used than at `now`. A cap may be looked at for ever
    /// and never be used, so all of it is counted at once.
    fn row_bytes(&self, now: UnixMillis) -> u64 {
        if self.cap().is_none() && self.state().can_be_let_go(now) {
            Algorithm::LEAST_ROW_BYTES
        } else {
            self.most_row_bytes
        }
    }

    /// Most bytes that a row may take for it once a rule is taken over: what is used already stays for a while.
    pub(super) fn most_under(&self, algorithm: Algorithm, now: UnixMillis) -> u64 {
        let most = algorithm.most_row_bytes();
        if most < self.most_row_bytes {
            most.max(self.row_bytes(now))
        } else {
            most
        }
    }

    /// Most bytes that a row may take more once a limit of these versions is charged.
    fn growth(&self, limit: &Limit, versions: (u64, u64), now: UnixMillis) -> u64 {
        let most = if versions < self.versions() {
            self.most_row_bytes
        } else {
            self.most_under(limit.algorithm, now)
        };
        most.saturating_sub(self.row_bytes(now))
    }
}
