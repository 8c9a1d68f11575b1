//! The leases of a subject: how they are renewed and released. They are granted with everything else, in `machine`.

use super::lane::Lane;
use super::machine::{Row, Subject};
use super::meter::Meter;
use crate::lease::{Grant, LeaseId};
use crate::limit::Name;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// What a holder says that wants to keep its slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// The lane that the slot is in.
    pub lane: Name,
    /// The lease.
    pub lease: LeaseId,
    /// The incarnation that the lease was last granted or renewed in.
    pub incarnation: u64,
}

impl Subject {
    /// Gives a lease its full time again; `None` if it has ended.
    pub fn renew(&mut self, renewal: &Renewal, now: UnixMillis) -> (Option<Grant>, Row) {
        self.expire(now);
        let incarnation = self.incarnation;
        let mut meters = self.meters.iter_mut();
        let meter = meters.find(|it| it.lane().is_some() && it.limit.name == renewal.lane);
        let Some(meter) = meter.filter(|_| renewal.incarnation <= incarnation) else {
            return (None, Row::Holds);
        };
        let is_older = renewal.incarnation < incarnation;
        let shadow = meter.shadow;
        let Some((_, lane)) = meter.lane_mut() else {
            return (None, Row::Holds);
        };
        let Some(mut row) = lane.renew(renewal.lease, is_older, now) else {
            return (None, Row::Holds);
        };
        if shadow {
            (row, self.is_untold) = (Row::Holds, true);
        }
        let grant = Grant {
            lasts: lane.rule().lease(),
            incarnation,
        };
        (Some(grant), self.due(row))
    }

    /// Frees the slots of leases; the lane of each that had one where others may wait for it. Those that are not known are none of this subject's.
    pub fn release(&mut self, leases: &[LeaseId], now: UnixMillis) -> (Vec<Name>, Row) {
        self.expire(now);
        let (mut lanes, mut row) = (Vec::new(), Row::Holds);
        for meter in &mut self.meters {
            let shadow = meter.shadow;
            let Some((name, lane)) = meter.lane_mut() else {
                continue;
            };
            let freed = leases.iter().filter(|lease| lane.release(**lease)).count();
            if shadow {
                self.is_untold |= freed > 0;
                continue;
            }
            if freed > 0 && lane.is_far_behind() {
                row = Row::Due;
            }
            lanes.extend(std::iter::repeat_n(name.clone(), freed));
        }
        if !lanes.is_empty() {
            self.pace.released(now);
        }
        (lanes, self.due(row))
    }

    fn lanes_mut(&mut self) -> impl Iterator<Item = (&Name, &mut Lane)> {
        self.meters.iter_mut().filter_map(Meter::lane_mut)
    }

    /// A row that is due names all leases that are alive.
    pub(super) fn due(&mut self, row: Row) -> Row {
        if row == Row::Due {
            self.name_leases();
        }
        row
    }

    #[inline(never)]
    fn name_leases(&mut self) {
        self.lanes_mut().for_each(|(_, lane)| lane.name_all());
        self.tell_shadows();
    }

    /// The row of a change to what lies in it beside the subject.
    pub fn due_if(&mut self, is_changed: bool) -> Row {
        self.due(if is_changed { Row::Due } else { Row::Holds })
    }

    /// Lets go of the leases that have run out.
    #[inline]
    pub(crate) fn expire(&mut self, now: UnixMillis) {
        self.lanes_mut().for_each(|(_, lane)| lane.expire(now));
    }

    /// What the holder of a lease is told, if it has a slot in one of these limits.
    pub(super) fn grant(&self, places: &[usize], lease: LeaseId) -> Option<Grant> {
        let mut lanes = places.iter().filter_map(|at| self.meters.get(*at)?.lane());
        let lane = lanes.find(|lane| lane.holds(lease))?;
        let (lasts, incarnation) = (lane.rule().lease(), self.incarnation);
        Some(Grant { lasts, incarnation })
    }
}
