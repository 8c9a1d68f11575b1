//! How much of a row a subject may come to.
//!
//! Before something of a limit is used for the first time, or again after all of it was over, there has to be room in
//! the row for the most that it may come to. So whatever has been granted can be written, and go on being granted.

use super::machine::{Demand, Subject};
use super::meter::{By, Meter};
use crate::bounds::ROOM_IN_ROW;
use crate::limit::{Algorithm, Limit, Partition};
use crate::time::UnixMillis;

impl Subject {
    /// Most bytes that a row may take for the limits it has met, were they all used. Shadow limits take what is left of a
    /// row, and none of it where nothing is.
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
        let growths = demand
            .defined()
            .map(|(limit, by)| self.growth_by(limit, by, now));
        growths.fold(0, u64::saturating_add)
    }

    fn growth_by(&self, limit: &Limit, by: By, now: UnixMillis) -> u64 {
        let (found, newer) = self.find(limit, by.versions);
        let (limit, by) = newer.as_ref().map_or((limit, by), |(l, by)| (l, *by));
        let found = found.or_else(|| {
            let is_apart = limit.partition.is_none() || self.has_room_apart(limit, by.shadow);
            let overflow = Some(Partition::OVERFLOW).filter(|_| !is_apart);
            overflow.and_then(|it| self.metered(limit, Some(it)))
        });
        let meter = found.and_then(|at| self.meters.get(at));
        match meter {
            Some(meter) => meter.growth(limit, by, now),
            None if by.shadow => 0,
            None => limit.algorithm.most_row_bytes(),
        }
    }

    /// Whether one more partition can be counted apart: those of shadow limits take no other's room.
    pub(super) fn has_room_apart(&self, limit: &Limit, shadow: bool) -> bool {
        let alike = || self.meters.iter().filter(|meter| meter.shadow == shadow);
        let partitions = alike().filter(|meter| meter.limit.partition.is_some());
        let bytes = alike().map(|meter| {
            let most = meter.limit.algorithm.most_row_bytes();
            if shadow { most } else { meter.most_row_bytes }
        });
        let more = limit.algorithm.most_row_bytes();
        partitions.count() < self.most_partitions
            && bytes.fold(more, u64::saturating_add) <= ROOM_IN_ROW
    }
}

impl Meter {
    /// Most bytes that a row may take for it while no more of it is used than at `now`. A cap may be looked at for ever
    /// and never be used, so all of it is counted at once.
    fn row_bytes(&self, now: UnixMillis) -> u64 {
        if self.cap().is_none() && self.state().can_be_let_go(now) {
            Algorithm::LEAST_ROW_BYTES.min(self.most_row_bytes)
        } else {
            self.most_row_bytes
        }
    }

    /// Most bytes that a row may take for it once a rule is taken over: what is used already stays for a while.
    pub(super) fn most_under(&self, algorithm: Algorithm, now: UnixMillis) -> u64 {
        let most = algorithm.most_row_bytes();
        if self.shadow {
            0
        } else if most < self.most_row_bytes {
            most.max(self.row_bytes(now))
        } else {
            most
        }
    }

    /// Most bytes that a row may take more once a limit of these versions is charged.
    fn growth(&self, limit: &Limit, by: By, now: UnixMillis) -> u64 {
        let most = if by.versions < self.versions() {
            self.most_row_bytes
        } else if by.shadow {
            0
        } else {
            limit.algorithm.most_row_bytes().max(self.row_bytes(now))
        };
        most.saturating_sub(self.row_bytes(now))
    }
}
