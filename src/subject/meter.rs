//! One limit as it stands for one subject: the versions it came by, and the live state under its rule.

use super::cap::Reservations;
use super::decision::Standing;
use super::kept::Kept;
use super::lane::Lane;
use super::live::Live;
use super::machine::Row;
use super::state::{Outlook, State, Take};
use crate::lease::LeaseId;
use crate::limit::{Carry, Kind, Limit, Name, Partition, Verdict};
use crate::time::UnixMillis;
use std::cmp::Ordering;

/// The policy's version, then the key record's.
pub(super) type Versions = (u64, u64);

/// How a limit comes to a subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct By {
    pub(super) versions: Versions,
    /// Whether it is a shadow limit: it denies nothing.
    pub(super) shadow: bool,
}

/// A limit of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meter {
    version: u64,
    record: u64,
    /// As it is enforced.
    pub(super) limit: Limit,
    /// Whether it is a shadow limit, of which rows promise nothing.
    pub(super) shadow: bool,
    live: Live,
    /// Most bytes that a row may take for it, by its rule and by those that something was used under before; 0 for a
    /// shadow limit, which no row has to have room for.
    pub(super) most_row_bytes: u64,
}

impl Meter {
    /// A limit of which nothing is used and nothing is written.
    pub(super) fn fresh(limit: &Limit, by: By) -> Self {
        let (version, record) = by.versions;
        let most = limit.algorithm.most_row_bytes();
        Self {
            version,
            record,
            limit: limit.clone(),
            shadow: by.shadow,
            live: Live::fresh(limit.algorithm),
            most_row_bytes: if by.shadow { 0 } else { most },
        }
    }

    /// A limit that resumes at its mark: all that was reserved counts as used.
    pub(super) fn resumed(kept: Kept) -> Self {
        Self {
            version: kept.version,
            record: kept.record,
            shadow: kept.shadow,
            most_row_bytes: if kept.shadow {
                0
            } else {
                kept.mark.most_row_bytes()
            },
            limit: Limit {
                name: kept.name,
                algorithm: kept.mark.algorithm(),
                partition: kept.partition,
            },
            live: Live::resumed(kept.mark),
        }
    }

    /// A limit that begins where this one stands, and of which nothing is written.
    pub(super) fn heir(&self, partition: Option<Partition>) -> Self {
        let mut heir = self.clone();
        heir.limit.partition = partition;
        heir.state_mut().forget_row();
        heir
    }

    /// What a row is to keep.
    pub(super) fn kept(&self, now: UnixMillis) -> Kept {
        Kept {
            version: self.version,
            record: self.record,
            name: self.limit.name.clone(),
            partition: self.limit.partition,
            shadow: self.shadow,
            mark: self.live.kept(now),
        }
    }

    /// The policy's that it came with, then the key record's.
    pub(super) fn versions(&self) -> Versions {
        (self.version, self.record)
    }

    /// How it came.
    pub(super) fn by(&self) -> By {
        By {
            versions: self.versions(),
            shadow: self.shadow,
        }
    }

    /// Whether it is this limit, as it came by these versions.
    #[inline]
    pub(super) fn is(&self, limit: &Limit, versions: Versions) -> bool {
        self.limit == *limit && self.versions() == versions
    }

    /// Takes over another rule for this limit unless it is older than the one known; whether it is another then, with units
    /// in use.
    pub(super) fn adopt(&mut self, limit: &Limit, by: By, now: UnixMillis) -> bool {
        if self.is(limit, by.versions) && self.shadow == by.shadow {
            return false;
        }
        let before = (self.limit.algorithm, self.shadow);
        self.change(limit, by, now);
        (self.limit.algorithm, self.shadow) != before && !self.state().is_full(now)
    }

    // Kept out of the way of every decision, with all that it calls.
    #[cold]
    fn change(&mut self, limit: &Limit, by: By, now: UnixMillis) {
        let carry = match by.versions.cmp(&self.versions()) {
            Ordering::Less => return,
            Ordering::Equal => Carry::Whole,
            Ordering::Greater => Carry::UpToMost,
        };
        if by.shadow != self.shadow {
            // Used until now are what its rows may hold, whichever of the two it was.
            self.most_row_bytes = self.live.kept(now).most_row_bytes();
        }
        self.shadow = by.shadow;
        self.most_row_bytes = self.most_under(limit.algorithm, now);
        if !self.live.adopt(limit.algorithm, carry, now) {
            self.live = self.live.converted(limit.algorithm, carry, now);
        }
        self.limit.algorithm = limit.algorithm;
        (self.version, self.record) = by.versions;
    }

    /// The lane, if it is one.
    pub(super) fn lane(&self) -> Option<&Lane> {
        match &self.live {
            Live::Concurrency(lane) => Some(lane),
            _ => None,
        }
    }

    /// Its name and the lane, if it is one.
    pub(super) fn lane_mut(&mut self) -> Option<(&Name, &mut Lane)> {
        match &mut self.live {
            Live::Concurrency(lane) => Some((&self.limit.name, lane)),
            _ => None,
        }
    }

    /// What is reserved and settled, if it is a cap.
    pub(super) fn cap(&self) -> Option<&Reservations> {
        match &self.live {
            Live::Cap(cap) => Some(cap),
            _ => None,
        }
    }

    /// Its name and what is reserved and settled, if it is a cap.
    pub(super) fn cap_mut(&mut self) -> Option<(&Name, &mut Reservations)> {
        match &mut self.live {
            Live::Cap(cap) => Some((&self.limit.name, cap)),
            _ => None,
        }
    }

    /// Whether it holds a slot or a reservation under this lease.
    pub(super) fn holds(&self, lease: LeaseId) -> bool {
        match &self.live {
            Live::Concurrency(lane) => lane.holds(lease),
            Live::Cap(cap) => cap.holds(lease),
            _ => false,
        }
    }

    /// What a request takes of it.
    pub(super) fn kind(&self) -> Kind {
        self.limit.algorithm.kind()
    }

    pub(super) fn state(&self) -> &dyn State {
        self.live.state()
    }

    pub(super) fn state_mut(&mut self) -> &mut dyn State {
        self.live.state_mut()
    }
    /// Tests a demand and changes nothing.
    #[inline]
    pub(super) fn verdict(&self, take: &Take, now: UnixMillis) -> Verdict {
        self.live.verdict(take, now)
    }

    /// Charges what passes, and where it stands then. If the row is due it must be written before that counts.
    #[inline]
    pub(super) fn pass(&mut self, take: &Take, now: UnixMillis) -> (Row, Standing) {
        let (row, outlook) = self.live.pass(take, now);
        (row, self.standing(Verdict::Passes, outlook))
    }

    /// Where it stands and what it says, with nothing charged.
    pub(super) fn look(&self, take: &Take, now: UnixMillis) -> Standing {
        self.standing(self.live.verdict(take, now), self.live.outlook(now))
    }

    #[inline]
    fn standing(&self, verdict: Verdict, outlook: Outlook) -> Standing {
        Standing {
            limit: self.limit.clone(),
            remaining: outlook.remaining,
            wait: verdict.wait(),
            next: outlook.next,
            full: outlook.full,
            violated: verdict != Verdict::Passes,
        }
    }
}
