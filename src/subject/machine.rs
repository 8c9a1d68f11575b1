//! The machine of one subject.

use super::kept::Kept;
use super::meter::{Meter, Versions};
use super::pace::Pace;
use crate::bounds::{MAX_PARTITIONS, MAX_SHARD_PARTITIONS};
use crate::lease::LeaseId;
use crate::limit::{Limit, Name};
use crate::loan::Lend;
use crate::time::{Millis, UnixMillis};

/// What a request asks of its subject.
#[derive(Clone, Copy, Debug)]
pub struct Demand<'a> {
    /// Version of the policy that the limits come from.
    pub version: u64,
    /// Version of the key record that the tier comes from; 0 where there is none.
    pub record: u64,
    /// The limits that apply, names unique.
    pub limits: &'a [Limit],
    /// Shadow limits, whose names are none of those: they deny nothing, and say whether they would.
    pub shadows: &'a [Limit],
    /// Units to charge to each rate; 0 charges none.
    pub cost: u64,
    /// The lease that is to have a slot of each lane. Without lease and cost the demand only looks.
    pub lease: Option<LeaseId>,
    /// How much it reserves of which caps, under the id of its lease. Of others it only looks.
    pub reserves: &'a [(Name, u64)],
    /// Whether the units may be given back, to the id of its lease.
    pub refundable: bool,
    /// What is to be lent beside, if it passes.
    pub lend: Option<Lend>,
}

/// Whether what a row keeps of the subject has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Row {
    /// The marks in the row still hold.
    Holds,
    /// The row has to be written before the decision may be told to anybody.
    Due,
}

impl Row {
    /// Due if either is.
    pub(super) fn or(self, other: Self) -> Self {
        if self == Self::Due { self } else { other }
    }
}

/// A subject: all limits it has met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// One more than the incarnation that its row tells of.
    pub(super) incarnation: u64,
    pub(super) pace: Pace,
    /// How many parts of it are counted apart at most.
    pub(super) most_partitions: usize,
    pub(super) meters: Vec<Meter>,
    /// No limit came by newer versions than these.
    pub(super) newest: Versions,
    /// Whether a limit that is in use has got another rule since the last decision, of which no row tells.
    pub(super) has_changed: bool,
    /// Whether some of its limits may be shadow limits.
    pub(super) has_shadows: bool,
    /// Whether anything has come of shadow limits of which no row tells.
    pub(super) is_untold: bool,
}

impl Subject {
    /// A subject of a shard that has spent nothing.
    #[must_use]
    pub fn fresh() -> Self {
        Self::of_shard(Vec::new())
    }

    /// A subject of a shard that resumes from what its row kept. It has room for few partitions: whoever comes is one,
    /// and many share the shard.
    #[must_use]
    pub fn of_shard(kept: Vec<Kept>) -> Self {
        Self {
            most_partitions: MAX_SHARD_PARTITIONS,
            ..Self::resumed(kept, 0)
        }
    }

    /// A subject that resumes from what its row kept. No two incarnations that grant leases may have the same
    /// number; before a new one grants its first it writes a row, which then holds its number.
    #[must_use]
    pub fn resumed(kept: Vec<Kept>, incarnation: u64) -> Self {
        let meters: Vec<Meter> = kept.into_iter().map(Meter::resumed).collect();
        Self {
            incarnation,
            pace: Pace::unknown(),
            most_partitions: MAX_PARTITIONS,
            newest: meters.iter().map(Meter::versions).max().unwrap_or_default(),
            has_shadows: meters.iter().any(|meter| meter.shadow),
            meters,
            has_changed: false,
            is_untold: false,
        }
    }

    /// A subject that begins where this one stands.
    #[must_use]
    pub fn heir(&self) -> Self {
        Self {
            incarnation: self.incarnation,
            pace: Pace::unknown(),
            most_partitions: self.most_partitions,
            meters: self
                .meters
                .iter()
                .map(|m| m.heir(m.limit.partition))
                .collect(),
            newest: self.newest,
            has_changed: false,
            has_shadows: self.has_shadows,
            is_untold: false,
        }
    }

    /// One more than the incarnation that its row tells of.
    #[must_use]
    pub fn incarnation(&self) -> u64 {
        self.incarnation
    }

    /// What a row is to keep of this subject. Limits older than `version`, the newest policy the owner has
    /// seen, are let go once nothing of them is used and their marks are behind them.
    pub fn kept(&self, version: u64, now: UnixMillis) -> impl Iterator<Item = Kept> {
        let gone = move |meter: &Meter| {
            (meter.versions().0 < version || meter.limit.partition.is_some())
                && meter.state().can_be_let_go(now)
        };
        self.meters
            .iter()
            .filter(move |meter| !gone(meter))
            .map(move |meter| meter.kept(now))
    }

    /// All that a row may keep of this subject, each limit with the units or slots in use at `now`, or what is taken.
    pub fn kept_with_use(&self, now: UnixMillis) -> impl Iterator<Item = (Kept, u64)> {
        let meters = self.meters.iter();
        meters.map(move |meter| (meter.kept(now), meter.state().in_use(now)))
    }

    /// The quiet write: once the subject has been quiet for long enough, moves every mark back onto the live
    /// state, so that losing memory from then on costs nothing.
    pub fn settle(&mut self, now: UnixMillis) -> Row {
        self.expire(now);
        if now < self.pace.quiet_at() || !self.is_behind(now) {
            return Row::Holds;
        }
        self.meters.iter_mut().for_each(|m| m.state_mut().settle());
        self.due(Row::Due)
    }

    /// When [`Self::settle`] is next worth a call; `None` while the row is as good as memory.
    #[must_use]
    pub fn next_wake(&self, now: UnixMillis) -> Option<UnixMillis> {
        self.is_behind(now).then(|| self.pace.quiet_at())
    }

    /// Whether nothing is used, so that forgetting the subject changes no decision. Shadow limits decide nothing.
    #[must_use]
    pub fn is_full(&self, now: UnixMillis) -> bool {
        let mut meters = self.meters.iter();
        meters.all(|meter| meter.state().is_full(now) || meter.shadow)
    }

    /// Whether nothing is used of shadow limits either.
    #[must_use]
    pub fn is_over(&self, now: UnixMillis) -> bool {
        self.meters.iter().all(|meter| meter.state().is_full(now))
    }

    /// How long until no row needs to keep anything of it, if nothing more is granted; `None` if time alone does not bring
    /// that about. Of a subject that has just resumed, `now` may lie before the row was written.
    #[must_use]
    pub fn let_go_in(&self, now: UnixMillis) -> Option<Millis> {
        let mut waits = self.meters.iter().map(|meter| meter.state().let_go_in(now));
        waits.try_fold(Millis(0), |longest, wait| Some(longest.max(wait?)))
    }

    fn is_behind(&self, now: UnixMillis) -> bool {
        let mut meters = self.meters.iter();
        self.is_untold || meters.any(|meter| meter.state().is_behind(now) && !meter.shadow)
    }
}
