//! The machine of one subject.

use super::bucket::{Bucket, Kept};
use super::decision::{Decision, Outcome, Standing};
use super::pace::Pace;
use crate::limit::{Limit, Spend};
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
    /// Units to charge to each of them; 0 only looks.
    pub cost: u64,
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

/// A subject: the buckets of all limits it has met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pace: Pace,
    buckets: Vec<Bucket>,
}

impl Subject {
    /// A subject that has spent nothing.
    #[must_use]
    pub fn fresh() -> Self {
        Self::resumed(Vec::new())
    }

    /// A subject that resumes from what its row kept.
    #[must_use]
    pub fn resumed(kept: Vec<Kept>) -> Self {
        Self {
            pace: Pace::unknown(),
            buckets: kept.into_iter().map(Bucket::resumed).collect(),
        }
    }

    /// A subject that begins where this one stands.
    #[must_use]
    pub fn heir(&self) -> Self {
        Self {
            pace: Pace::unknown(),
            buckets: self.buckets.iter().map(Bucket::heir).collect(),
        }
    }

    /// What a row is to keep of this subject. Buckets older than `version`, the newest policy the owner has
    /// seen, are let go once they are full and their marks behind them.
    pub fn kept(&self, version: u64, now: UnixMillis) -> impl Iterator<Item = Kept> {
        let gone = move |b: &Bucket| b.version < version && b.can_be_let_go(now);
        self.buckets
            .iter()
            .filter(move |b| !gone(b))
            .map(Bucket::kept)
    }

    /// Decides one demand: tests every limit, then charges every limit or none. `now` must not go back
    /// between calls.
    pub fn decide(&mut self, demand: Demand<'_>, now: UnixMillis) -> (Decision, Row) {
        for limit in demand.limits {
            self.adopt(limit, (demand.version, demand.record), now);
        }
        let spends: Vec<(usize, Spend)> = demand
            .limits
            .iter()
            .filter_map(|limit| self.test(limit, demand.cost, now))
            .collect();
        let outcome = outcome(&spends);
        let row = match outcome {
            Outcome::Admitted if demand.cost > 0 => self.charge(&spends, now),
            _ => Row::Holds,
        };
        let standings = spends
            .iter()
            .filter_map(|(at, spend)| self.standing(*at, *spend, now))
            .collect();
        (
            Decision {
                now,
                behind: Millis(0),
                outcome,
                standings,
            },
            row,
        )
    }

    /// The quiet write: once the subject has been quiet for long enough, moves every mark back onto the live
    /// state, so that losing memory from then on costs nothing.
    pub fn settle(&mut self, now: UnixMillis) -> Row {
        if now < self.pace.quiet_at() || !self.is_behind(now) {
            return Row::Holds;
        }
        self.buckets.iter_mut().for_each(Bucket::settle);
        Row::Due
    }

    /// When [`Self::settle`] is next worth a call; `None` while the row is as good as memory.
    #[must_use]
    pub fn next_wake(&self, now: UnixMillis) -> Option<UnixMillis> {
        self.is_behind(now).then(|| self.pace.quiet_at())
    }

    /// Whether every bucket is full, so that forgetting the subject changes no decision.
    #[must_use]
    pub fn is_full(&self, now: UnixMillis) -> bool {
        self.buckets.iter().all(|bucket| bucket.is_full(now))
    }

    fn is_behind(&self, now: UnixMillis) -> bool {
        self.buckets.iter().any(|bucket| bucket.is_behind(now))
    }

    fn adopt(&mut self, limit: &Limit, versions: (u64, u64), now: UnixMillis) {
        match self
            .buckets
            .iter_mut()
            .find(|bucket| bucket.limit.name == limit.name)
        {
            Some(bucket) => bucket.adopt(limit, versions, now),
            None => self.buckets.push(Bucket::full(limit.clone(), versions)),
        }
    }

    fn test(&self, limit: &Limit, cost: u64, now: UnixMillis) -> Option<(usize, Spend)> {
        let at = self
            .buckets
            .iter()
            .position(|bucket| bucket.limit.name == limit.name)?;
        Some((at, self.buckets.get(at)?.spend(cost, now)))
    }

    fn charge(&mut self, spends: &[(usize, Spend)], now: UnixMillis) -> Row {
        self.pace.granted(now);
        let mut past_mark = false;
        for (at, spend) in spends {
            if let (Some(bucket), Spend::Passes(level)) = (self.buckets.get_mut(*at), *spend) {
                bucket.charge(level);
                past_mark |= bucket.is_past_mark();
            }
        }
        if !past_mark {
            return Row::Holds;
        }
        // All marks share the row that is written anyway.
        let lead = self.pace.next_lead();
        for (at, _) in spends {
            if let Some(bucket) = self.buckets.get_mut(*at) {
                bucket.reserve(lead);
            }
        }
        Row::Due
    }

    fn standing(&self, at: usize, spend: Spend, now: UnixMillis) -> Option<Standing> {
        let bucket = self.buckets.get(at)?;
        Some(Standing {
            limit: bucket.limit.clone(),
            remaining: bucket.remaining(now),
            next: bucket.next(now),
            full: bucket.full_in(now),
            violated: !matches!(spend, Spend::Passes(_)),
            wait: match spend {
                Spend::Waits(wait) => wait,
                Spend::Passes(_) | Spend::Never => Millis(0),
            },
        })
    }
}

fn outcome(spends: &[(usize, Spend)]) -> Outcome {
    let mut wait: Option<Millis> = None;
    for (_, spend) in spends {
        match spend {
            Spend::Never => return Outcome::Never,
            Spend::Waits(w) => wait = wait.max(Some(*w)),
            Spend::Passes(_) => {}
        }
    }
    wait.map_or(Outcome::Admitted, Outcome::NotYet)
}
