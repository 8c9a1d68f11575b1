//! The machine of one subject.

use super::decision::{Decision, Outcome, Standing};
use super::meter::{Kept, Meter, Verdict};
use super::pace::Pace;
use crate::limit::Limit;
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

/// A subject: all limits it has met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pace: Pace,
    meters: Vec<Meter>,
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
            meters: kept.into_iter().map(Meter::resumed).collect(),
        }
    }

    /// A subject that begins where this one stands.
    #[must_use]
    pub fn heir(&self) -> Self {
        Self {
            pace: Pace::unknown(),
            meters: self.meters.iter().map(Meter::heir).collect(),
        }
    }

    /// What a row is to keep of this subject. Limits older than `version`, the newest policy the owner has
    /// seen, are let go once nothing of them is used and their marks are behind them.
    pub fn kept(&self, version: u64, now: UnixMillis) -> impl Iterator<Item = Kept> {
        let gone = move |meter: &Meter| meter.versions().0 < version && meter.can_be_let_go(now);
        self.meters
            .iter()
            .filter(move |meter| !gone(meter))
            .map(Meter::kept)
    }

    /// Decides one demand: tests every limit, then charges every limit or none. `now` must not go back
    /// between calls.
    pub fn decide(&mut self, demand: Demand<'_>, now: UnixMillis) -> (Decision, Row) {
        let verdicts: Vec<(usize, Verdict)> = demand
            .limits
            .iter()
            .filter_map(|limit| self.test(limit, demand, now))
            .collect();
        let outcome = outcome(&verdicts);
        let row = match outcome {
            Outcome::Admitted if demand.cost > 0 => self.charge(&verdicts, demand.cost, now),
            _ => Row::Holds,
        };
        let standings = verdicts
            .iter()
            .filter_map(|(at, verdict)| self.standing(*at, *verdict, now))
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
        self.meters.iter_mut().for_each(Meter::settle);
        Row::Due
    }

    /// When [`Self::settle`] is next worth a call; `None` while the row is as good as memory.
    #[must_use]
    pub fn next_wake(&self, now: UnixMillis) -> Option<UnixMillis> {
        self.is_behind(now).then(|| self.pace.quiet_at())
    }

    /// Whether nothing is used, so that forgetting the subject changes no decision.
    #[must_use]
    pub fn is_full(&self, now: UnixMillis) -> bool {
        self.meters.iter().all(|meter| meter.is_full(now))
    }

    fn is_behind(&self, now: UnixMillis) -> bool {
        self.meters.iter().any(|meter| meter.is_behind(now))
    }

    fn test(
        &mut self,
        limit: &Limit,
        demand: Demand<'_>,
        now: UnixMillis,
    ) -> Option<(usize, Verdict)> {
        let at = self.adopt(limit, (demand.version, demand.record), now);
        Some((at, self.meters.get(at)?.verdict(demand.cost, now)))
    }

    /// Where a limit is metered, brought up to date.
    fn adopt(&mut self, limit: &Limit, versions: (u64, u64), now: UnixMillis) -> usize {
        if let Some(at) = self.meters.iter().position(|m| m.name == limit.name) {
            if let Some(meter) = self.meters.get_mut(at) {
                meter.adopt(limit, versions, now);
            }
            return at;
        }
        self.meters.push(Meter::fresh(limit, versions));
        self.meters.len().saturating_sub(1)
    }

    fn charge(&mut self, verdicts: &[(usize, Verdict)], cost: u64, now: UnixMillis) -> Row {
        self.pace.granted(now);
        let mut past_mark = false;
        for (at, _) in verdicts {
            if let Some(meter) = self.meters.get_mut(*at) {
                meter.charge(cost, now);
                past_mark |= meter.is_past_mark();
            }
        }
        if !past_mark {
            return Row::Holds;
        }
        // All marks share the row that is written anyway.
        let lead = self.pace.next_lead();
        for (at, _) in verdicts {
            if let Some(meter) = self.meters.get_mut(*at) {
                meter.reserve(lead);
            }
        }
        Row::Due
    }

    fn standing(&self, at: usize, verdict: Verdict, now: UnixMillis) -> Option<Standing> {
        let meter = self.meters.get(at)?;
        Some(Standing {
            limit: meter.limit(),
            remaining: meter.remaining(now),
            wait: verdict.wait(),
            next: meter.next(now),
            full: meter.full_in(now),
            violated: verdict != Verdict::Passes,
        })
    }
}

fn outcome(verdicts: &[(usize, Verdict)]) -> Outcome {
    let mut wait: Option<Millis> = None;
    for (_, verdict) in verdicts {
        match verdict {
            Verdict::Never => return Outcome::Never,
            Verdict::Waits(w) => wait = wait.max(Some(*w)),
            Verdict::Passes => {}
        }
    }
    wait.map_or(Outcome::Admitted, Outcome::NotYet)
}
