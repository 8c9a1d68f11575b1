//! The live leases of a concurrency limit and their write-ahead mark.
//!
//! A row names the leases that were alive when it was written, and allows some more without names. No lease
//! that it names or allows lasts beyond its *horizon*. So whatever becomes of memory, until the horizon no more
//! than those can be alive: a lane that resumes counts each of them, frees a named one when its holder releases
//! it, and the unnamed only at the horizon. A release never frees an unnamed one: an old release that arrives
//! twice would free somebody else's slot. A renewal adds a named lease and takes no unnamed one's place.

use super::meter::Verdict;
use crate::lease::LeaseId;
use crate::limit::Concurrency;
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a row keeps of a lane.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leases {
    /// Leases that may be alive.
    pub named: Vec<LeaseId>,
    /// How many others may be alive at the same time.
    pub unnamed: u64,
    /// When all of these have ended.
    pub horizon: UnixMillis,
    /// Unnamed leases of earlier incarnations.
    pub lost: Vec<Lost>,
}

/// Leases that may be alive and whose names are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// How many.
    pub count: u64,
    /// When they have ended.
    pub until: UnixMillis,
}

/// A rule with its live leases and the mark that its row holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lane {
    rule: Concurrency,
    live: BTreeMap<LeaseId, Lease>,
    lost: Vec<Lost>,
    /// No live lease ends before this.
    soonest: UnixMillis,
    /// No live lease ends after this.
    latest: UnixMillis,
    /// How many live leases the row does not name.
    unnamed: u64,
    mark: Mark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lease {
    ends: UnixMillis,
    is_named: bool,
}

/// What the row says, but for the names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Mark {
    named: u64,
    unnamed: u64,
    horizon: UnixMillis,
}

impl Lane {
    /// An empty lane of which nothing is written.
    pub(super) fn empty(rule: Concurrency) -> Self {
        Self::resumed(rule, Leases::default())
    }

    /// A lane that resumes from its row: all that may be alive counts as alive.
    pub(super) fn resumed(rule: Concurrency, kept: Leases) -> Self {
        let Leases {
            named,
            unnamed,
            horizon,
            mut lost,
        } = kept;
        let lease = Lease {
            ends: horizon,
            is_named: true,
        };
        if unnamed > 0 {
            let (count, until) = (unnamed, horizon);
            lost.push(Lost { count, until });
        }
        // One by one: collecting sorts, which is 18 KB of code.
        let mut live = BTreeMap::new();
        for id in named {
            live.insert(id, lease);
        }
        let mark = Mark {
            named: count(live.len()),
            unnamed: 0,
            horizon,
        };
        Self {
            rule,
            live,
            lost,
            soonest: horizon,
            latest: horizon,
            unnamed: 0,
            mark,
        }
    }

    /// A lane that begins where this one stands, and of which nothing is written.
    pub(super) fn heir(&self) -> Self {
        let mut heir = Self {
            mark: Mark::default(),
            unnamed: count(self.live.len()),
            ..self.clone()
        };
        heir.live.values_mut().for_each(|l| l.is_named = false);
        heir
    }

    pub(super) fn rule(&self) -> Concurrency {
        self.rule
    }

    /// What a row is to keep.
    pub(super) fn kept(&self) -> Leases {
        Leases {
            named: self.live.keys().copied().collect(),
            unnamed: self.mark.unnamed,
            horizon: self.mark.horizon,
            lost: self.lost.clone(),
        }
    }

    /// Takes over another rule. Who is in the lane stays in it.
    pub(super) fn adopt(&mut self, rule: Concurrency) {
        self.rule = rule;
    }

    /// Lets go what has ended by `now`. Comes before everything that counts.
    pub(super) fn expire(&mut self, now: UnixMillis) {
        self.lost.retain(|lost| lost.until > now);
        if now < self.soonest || self.live.is_empty() {
            return;
        }
        self.live.retain(|_, lease| lease.ends > now);
        let ends = self.live.values().map(|lease| lease.ends);
        self.soonest = ends.min().unwrap_or(self.soonest);
        self.unnamed = count(self.live.values().filter(|l| !l.is_named).count());
    }

    /// Whether there is a slot for a lease, or it has one already. Without a lease this only looks.
    pub(super) fn verdict(&self, lease: Option<LeaseId>, now: UnixMillis) -> Verdict {
        let has_one = lease.is_some_and(|lease| self.holds(lease));
        if has_one || self.remaining(now) > 0 {
            Verdict::Passes
        } else {
            self.full()
        }
    }

    /// What a full lane says.
    pub(super) fn full(&self) -> Verdict {
        Verdict::Waits(self.rule.retry_after())
    }

    pub(super) fn holds(&self, lease: LeaseId) -> bool {
        self.live.contains_key(&lease)
    }

    /// Gives a lease a slot, or one that has a slot its full time again.
    pub(super) fn take(&mut self, lease: LeaseId, now: UnixMillis) {
        let ends = now.after(self.rule.lease());
        self.soonest = if self.live.is_empty() {
            ends
        } else {
            self.soonest.min(ends)
        };
        self.latest = self.latest.max(ends);
        let slot = self.live.entry(lease).or_insert_with(|| {
            self.unnamed = self.unnamed.saturating_add(1);
            Lease {
                ends,
                is_named: false,
            }
        });
        slot.ends = ends;
    }

    /// Renews a lease that was granted in another incarnation if `is_older`, else in this one. Whether it is
    /// alive then: one that is not known may be one of those whose names were lost, and then counts as well.
    pub(super) fn renew(&mut self, lease: LeaseId, is_older: bool, now: UnixMillis) -> bool {
        let may_be_lost = is_older && self.lost.iter().any(|lost| lost.until > now);
        let is_alive = self.holds(lease) || may_be_lost;
        if is_alive {
            self.take(lease, now);
        }
        is_alive
    }

    /// Frees the slot of a lease; whether it had one.
    pub(super) fn release(&mut self, lease: LeaseId) -> bool {
        let Some(freed) = self.live.remove(&lease) else {
            return false;
        };
        if !freed.is_named {
            self.unnamed = self.unnamed.saturating_sub(1);
        }
        true
    }

    /// Whether more is alive, or for longer, than the row says.
    pub(super) fn is_past_mark(&self) -> bool {
        self.unnamed > self.mark.unnamed || self.latest > self.mark.horizon
    }

    /// Moves the mark so that it covers `lead` leases, the last one granted included, and time to renew them.
    pub(super) fn reserve(&mut self, lead: u64, now: UnixMillis) {
        self.mark.unnamed = lead.saturating_sub(1).min(self.rule.most_unnamed());
        self.extend(now);
    }

    /// Moves the horizon on, so that renewals need no row for a while.
    pub(super) fn extend(&mut self, now: UnixMillis) {
        self.mark.horizon = self.latest.max(now.after(self.rule.horizon()));
    }

    /// Names what is alive in the row that is about to be written.
    pub(super) fn name_all(&mut self) {
        self.live.values_mut().for_each(|l| l.is_named = true);
        self.unnamed = 0;
        self.mark.named = count(self.live.len());
    }

    /// Moves the mark back onto what is alive.
    pub(super) fn settle(&mut self) {
        self.mark.unnamed = 0;
    }

    /// Whether losing memory at `now` would cost slots.
    pub(super) fn is_behind(&self, now: UnixMillis) -> bool {
        let named = count(self.live.len()).saturating_sub(self.unnamed);
        self.mark.horizon > now && (self.mark.unnamed > 0 || self.mark.named > named)
    }

    /// Whether nobody is in the lane.
    pub(super) fn is_empty(&self, now: UnixMillis) -> bool {
        self.remaining(now) >= self.rule.slots()
    }

    /// Whether a row can do without the lane: nobody is in it, and nobody gets in without another row.
    pub(super) fn can_be_let_go(&self, now: UnixMillis) -> bool {
        self.is_empty(now) && self.mark.horizon <= now
    }

    /// Free slots at `now`.
    pub(super) fn remaining(&self, now: UnixMillis) -> u64 {
        let lost = self.lost.iter().filter(|lost| lost.until > now);
        let lost = lost.fold(0_u64, |sum, lost| sum.saturating_add(lost.count));
        let taken = count(self.live.len()).saturating_add(lost);
        self.rule.slots().saturating_sub(taken)
    }

    /// What is said of when a slot comes free: nothing is known, so a constant, or zero if one is free.
    pub(super) fn next(&self, now: UnixMillis) -> Millis {
        self.verdict(None, now).wait()
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
