//! The machine of one subject.

use super::decision::{Decision, Outcome, Part, Standing};
use super::kept::Kept;
use super::meter::Meter;
use super::pace::Pace;
use super::state::Take;
use crate::bounds::{MAX_PARTITIONS, MAX_SHARD_PARTITIONS};
use crate::lease::LeaseId;
use crate::limit::{Limit, Name, Verdict};
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

/// Parts of a demand for which nothing is allocated: that would take longer than to test them.
const FEW: usize = 6;

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
    /// Whether a limit that is in use has got another rule since the last decision, of which no row tells.
    pub(super) has_changed: bool,
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
        Self {
            incarnation,
            pace: Pace::unknown(),
            most_partitions: MAX_PARTITIONS,
            meters: kept.into_iter().map(Meter::resumed).collect(),
            has_changed: false,
        }
    }

    /// A subject that begins where this one stands.
    #[must_use]
    pub fn heir(&self) -> Self {
        Self {
            incarnation: self.incarnation,
            pace: Pace::unknown(),
            most_partitions: self.most_partitions,
            meters: self.meters.iter().map(|m| m.heir(m.partition)).collect(),
            has_changed: false,
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
            (meter.versions().0 < version || meter.partition.is_some())
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

    /// Decides one demand: tests every limit, then charges every limit or none. A demand whose lease has its slot
    /// already, because it is asked again, is charged nothing. `now` must not go back between calls.
    pub fn decide(&mut self, demand: Demand<'_>, now: UnixMillis) -> (Decision, Row) {
        self.expire(now);
        if demand.limits.iter().any(|limit| limit.partition.is_some()) {
            self.make_room(now);
        }
        let known = self.meters.len();
        let versions = (demand.version, demand.record);
        let (mut few, mut many) = ([(0, Verdict::Passes); FEW], Vec::new());
        let parts = few.get_mut(..demand.limits.len()).unwrap_or_else(|| {
            many.resize(demand.limits.len(), (0, Verdict::Passes));
            &mut many
        });
        for ((at, _), limit) in parts.iter_mut().zip(demand.limits) {
            *at = self.adopt(limit, versions, now);
        }
        let take = self.take(demand, parts);
        self.test(parts, take, demand.reserves, now);
        let outcome = Outcome::of(parts);
        let is_charged = outcome == Outcome::Admitted && (take.cost > 0 || take.lease.is_some());
        let mut row = if is_charged {
            self.charge(parts, take, demand.reserves, now)
        } else {
            Row::Holds
        };
        let standings = self.standings(parts, now);
        let lend = demand.lend.filter(|_| is_charged);
        let loan = lend.and_then(|lend| self.lend(parts, lend, take.cost, now, &mut row));
        if row == Row::Due {
            self.reserve(parts, now);
        }
        let lease = take.lease.filter(|_| outcome == Outcome::Admitted);
        let decision = Decision {
            now,
            behind: Millis(0),
            outcome,
            standings,
            grant: lease.and_then(|lease| self.grant(parts, lease)),
            statement: None,
            loan,
        };
        if !is_charged {
            self.forget_met(known);
        }
        let is_other = std::mem::take(&mut self.has_changed);
        (decision, self.due(if is_other { Row::Due } else { row }))
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

    /// Whether nothing is used, so that forgetting the subject changes no decision.
    #[must_use]
    pub fn is_full(&self, now: UnixMillis) -> bool {
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
        self.meters.iter().any(|meter| meter.state().is_behind(now))
    }

    fn take(&self, demand: Demand<'_>, parts: &[Part]) -> Take {
        let is_reserved = |lease| {
            let mut caps = parts
                .iter()
                .filter_map(|(at, _)| self.meters.get(*at)?.cap());
            caps.any(|cap| cap.holds(lease))
        };
        let is_repeated = demand
            .lease
            .is_some_and(|lease| self.grant(parts, lease).is_some() || is_reserved(lease));
        Take {
            lease: demand.lease,
            refundable: demand.refundable,
            ..Take::units(if is_repeated { 0 } else { demand.cost })
        }
    }

    fn test(&self, parts: &mut [Part], mut take: Take, reserves: &[(Name, u64)], now: UnixMillis) {
        for (at, verdict) in parts {
            if let Some(meter) = self.meters.get(*at) {
                take.reserve = reserve(reserves, &meter.name);
                *verdict = meter.state().verdict(&take, now);
            }
        }
    }

    fn charge(
        &mut self,
        parts: &[Part],
        mut take: Take,
        reserves: &[(Name, u64)],
        now: UnixMillis,
    ) -> Row {
        self.pace.granted(now);
        let mut row = Row::Holds;
        for (at, _) in parts {
            if let Some(meter) = self.meters.get_mut(*at) {
                take.reserve = reserve(reserves, &meter.name);
                row = row.or(meter.state_mut().charge(&take, now));
            }
        }
        row
    }

    /// Moves the marks of all limits that are charged: they share the row that is written anyway.
    fn reserve(&mut self, parts: &[Part], now: UnixMillis) {
        let lead = self.pace.next_lead();
        for (at, _) in parts {
            if let Some(meter) = self.meters.get_mut(*at) {
                meter.state_mut().reserve(lead, now);
            }
        }
    }

    fn standings(&self, parts: &[Part], now: UnixMillis) -> Vec<Standing> {
        let mut standings = Vec::with_capacity(parts.len());
        for (at, verdict) in parts {
            let Some(meter) = self.meters.get(*at) else {
                continue;
            };
            let (remaining, next, full) = meter.state().outlook(now);
            standings.push(Standing {
                limit: meter.limit(),
                remaining,
                wait: verdict.wait(),
                next,
                full,
                violated: *verdict != Verdict::Passes,
            });
        }
        standings
    }
}

/// How much is reserved of one limit, which then is a cap.
fn reserve(reserves: &[(Name, u64)], limit: &Name) -> Option<u64> {
    let found = reserves.iter().find(|(name, _)| name == limit);
    found.map(|(_, amount)| *amount)
}
