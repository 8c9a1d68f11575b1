//! The machine of one subject.

use super::decision::{Decision, Outcome, Standing};
use super::kept::Kept;
use super::meter::Meter;
use super::pace::Pace;
use super::state::Take;
use crate::account::Refusal;
use crate::bounds::{MAX_PARTITIONS, MAX_SHARD_PARTITIONS};
use crate::lease::LeaseId;
use crate::limit::{Limit, Name, Verdict};
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
    fn or(self, other: Self) -> Self {
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
        let adopt = |limit| self.adopt(limit, versions, now);
        let at: Vec<usize> = demand.limits.iter().map(adopt).collect();
        let take = self.take(demand, &at);
        let test = |at: &usize| {
            let meter = self.meters.get(*at)?;
            let take = reserving(take, demand.reserves, meter);
            Some((*at, meter.state().verdict(take, now)))
        };
        let verdicts: Vec<(usize, Verdict)> = at.iter().filter_map(test).collect();
        let outcome = outcome(&verdicts);
        let is_charged = outcome == Outcome::Admitted && (take.cost > 0 || take.lease.is_some());
        let charged = if is_charged {
            self.charge(&at, take, demand.reserves, now)
        } else {
            Row::Holds
        };
        let lease = take.lease.filter(|_| outcome == Outcome::Admitted);
        let standing = |(at, verdict): &(usize, Verdict)| self.standing(*at, *verdict, now);
        let decision = Decision {
            now,
            behind: Millis(0),
            outcome,
            standings: verdicts.iter().filter_map(standing).collect(),
            grant: lease.and_then(|lease| self.grant(&at, lease)),
            statement: None,
        };
        if !is_charged {
            self.forget_met(known);
        }
        (decision, self.due(charged))
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

    fn take(&self, demand: Demand<'_>, at: &[usize]) -> Take {
        let is_reserved = |lease| {
            let mut caps = at.iter().filter_map(|at| self.meters.get(*at)?.cap());
            caps.any(|cap| cap.holds(lease))
        };
        let is_repeated = demand
            .lease
            .is_some_and(|lease| self.grant(at, lease).is_some() || is_reserved(lease));
        Take {
            lease: demand.lease,
            refundable: demand.refundable,
            ..Take::units(if is_repeated { 0 } else { demand.cost })
        }
    }

    fn charge(
        &mut self,
        at: &[usize],
        take: Take,
        reserves: &[(Name, u64)],
        now: UnixMillis,
    ) -> Row {
        self.pace.granted(now);
        let mut row = Row::Holds;
        for at in at {
            if let Some(meter) = self.meters.get_mut(*at) {
                let take = reserving(take, reserves, meter);
                row = row.or(meter.state_mut().charge(take, now));
            }
        }
        if row == Row::Due {
            // All marks share the row that is written anyway.
            let lead = self.pace.next_lead();
            for at in at {
                if let Some(meter) = self.meters.get_mut(*at) {
                    meter.state_mut().reserve(lead, now);
                }
            }
        }
        row
    }

    fn standing(&self, at: usize, verdict: Verdict, now: UnixMillis) -> Option<Standing> {
        let meter = self.meters.get(at)?;
        let state = meter.state();
        let wait = match verdict {
            Verdict::Waits(wait) => wait,
            Verdict::Passes | Verdict::Never | Verdict::Spent => Millis(0),
        };
        Some(Standing {
            limit: meter.limit(),
            remaining: state.remaining(now),
            wait,
            next: state.next(now),
            full: state.full_in(now),
            violated: verdict != Verdict::Passes,
        })
    }
}

/// The same with what it reserves of one limit, if that is a cap.
fn reserving(take: Take, reserves: &[(Name, u64)], meter: &Meter) -> Take {
    let found = reserves.iter().find(|(name, _)| *name == meter.name);
    let reserve = found.map(|(_, amount)| *amount);
    Take { reserve, ..take }
}

fn outcome(verdicts: &[(usize, Verdict)]) -> Outcome {
    let (mut wait, mut is_spent) = (None, false);
    for (_, verdict) in verdicts {
        match verdict {
            Verdict::Never => return Outcome::Never,
            Verdict::Spent => is_spent = true,
            Verdict::Waits(w) => wait = wait.max(Some(*w)),
            Verdict::Passes => {}
        }
    }
    // Of both answers the one that no wait changes.
    if is_spent {
        return Outcome::Refused(Refusal::PaymentRequired);
    }
    wait.map_or(Outcome::Admitted, Outcome::NotYet)
}
