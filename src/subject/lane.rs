//! The live leases of a concurrency limit and their write-ahead mark.
//!
//! A row names the leases that were alive when it was written, each with the time until which it may be renewed
//! without another row, and allows some more without names, until a time as well. So whatever becomes of memory, no
//! more than those can be alive: a lane that resumes counts each of them, frees a named one when its holder releases
//! it, and the unnamed only at their time. A release never frees an unnamed one: an old release that arrives
//! twice would free somebody else's slot. A renewal adds a named lease and takes no unnamed one's place.

use super::machine::Row;
use super::state::{State, Take};
use super::unnamed::{Unnamed, lose};
use crate::lease::LeaseId;
use crate::limit::{Concurrency, Verdict};
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a row keeps of a lane.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leases {
    /// Leases that may be alive, and until when.
    pub named: Vec<(LeaseId, UnixMillis)>,
    /// Others that may be alive.
    pub unnamed: Unnamed,
    /// Unnamed leases of earlier incarnations.
    pub lost: Vec<Unnamed>,
}

/// A rule with its live leases and the mark that its row holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lane {
    rule: Concurrency,
    pub(super) live: BTreeMap<LeaseId, Lease>,
    lost: Vec<Unnamed>,
    /// No live lease ends before this.
    soonest: UnixMillis,
    /// How many live leases the row does not name.
    unnamed: u64,
    /// Whether a lease ran out since the row was written. Its holder may have renewed it at another instance, if this
    /// one is cut off; so its slot is given away only by one that can write.
    ran_out: bool,
    mark: Mark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lease {
    /// Since when this memory knows of it; `None` if it comes from a row.
    pub(super) since: Option<UnixMillis>,
    pub(super) ends: UnixMillis,
    /// Until when the row says that it may be alive, if it is named there.
    written: Option<UnixMillis>,
    /// Whether its holder has been heard of in this incarnation.
    is_heard: bool,
}

/// What the row says, but for the names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Mark {
    named: u64,
    unnamed: Unnamed,
}

impl Lane {
    /// An empty lane of which nothing is written.
    pub(super) fn empty(rule: Concurrency) -> Self {
        Self::resumed(rule, Leases::default())
    }

    /// A lane that resumes from its row: all that may be alive counts as alive.
    pub(super) fn resumed(rule: Concurrency, kept: Leases) -> Self {
        let (mut live, mut lost) = (BTreeMap::new(), kept.lost);
        let mut soonest = UnixMillis(u64::MAX);
        // One by one: collecting sorts, which is 18 KB of code.
        for (id, ends) in kept.named {
            let lease = Lease {
                since: None,
                ends,
                written: Some(ends),
                is_heard: false,
            };
            live.insert(id, lease);
            soonest = soonest.min(ends);
        }
        if kept.unnamed.count > 0 {
            lose(&mut lost, kept.unnamed);
        }
        let mark = Mark {
            named: count(live.len()),
            unnamed: Unnamed::default(),
        };
        Self {
            rule,
            live,
            lost,
            soonest,
            unnamed: 0,
            ran_out: false,
            mark,
        }
    }

    pub(super) fn rule(&self) -> Concurrency {
        self.rule
    }

    /// What a row is to keep.
    pub(super) fn kept(&self) -> Leases {
        let named = self
            .live
            .iter()
            .map(|(id, lease)| (*id, lease.written.unwrap_or(lease.ends)));
        Leases {
            named: named.collect(),
            unnamed: self.mark.unnamed,
            lost: self.lost.clone(),
        }
    }

    /// Takes over another rule. Who is in the lane stays in it.
    pub(super) fn adopt(&mut self, rule: Concurrency) {
        self.rule = rule;
    }

    /// Lets go what has ended by `now`. Comes before everything that counts.
    #[inline(never)]
    pub(super) fn expire(&mut self, now: UnixMillis) {
        self.lost.retain(|lost| lost.until > now);
        if now < self.soonest {
            return;
        }
        let before = self.live.len();
        self.live.retain(|_, lease| lease.ends > now);
        self.ran_out |= self.live.len() < before;
        let ends = self.live.values().map(|lease| lease.ends);
        self.soonest = ends.min().unwrap_or(UnixMillis(u64::MAX));
        self.unnamed = count(self.live.values().filter(|l| l.written.is_none()).count());
    }

    pub(super) fn holds(&self, lease: LeaseId) -> bool {
        self.live.contains_key(&lease)
    }

    /// Gives a lease a slot, or one that has a slot its full time again. The row is due if it does not say so much.
    pub(super) fn take(&mut self, lease: LeaseId, now: UnixMillis) -> Row {
        let ends = now.after(self.rule.lease());
        let (unnamed, allowed) = (&mut self.unnamed, self.mark.unnamed);
        let lease = self.live.entry(lease).or_insert_with(|| {
            *unnamed = unnamed.saturating_add(1);
            Lease {
                since: Some(now),
                ends,
                written: None,
                is_heard: true,
            }
        });
        // Its holder may not have heard of a lease that was made shorter.
        lease.ends = lease.ends.max(ends);
        lease.is_heard = true;
        self.soonest = self.soonest.min(lease.ends);
        let is_said = match lease.written {
            Some(until) => lease.ends <= until,
            None => !self.ran_out && self.unnamed <= allowed.count && lease.ends <= allowed.until,
        };
        if is_said { Row::Holds } else { Row::Due }
    }

    /// Renews a lease that was granted in another incarnation if `is_older`, else in this one; `None` if it is not
    /// alive. One that is not known may be one of those whose names were lost, and then counts as well.
    pub(super) fn renew(&mut self, lease: LeaseId, is_older: bool, now: UnixMillis) -> Option<Row> {
        let may_be_lost = is_older && !self.lost.is_empty();
        (self.holds(lease) || may_be_lost).then(|| self.take(lease, now))
    }

    /// Frees the slot of a lease; whether it had one.
    pub(super) fn release(&mut self, lease: LeaseId) -> bool {
        let Some(freed) = self.live.remove(&lease) else {
            return false;
        };
        if freed.written.is_none() {
            self.unnamed = self.unnamed.saturating_sub(1);
        }
        true
    }

    /// Names what is alive in the row that is about to be written, with time to be renewed in. Not what nobody has
    /// been heard of since memory was lost: the holder may be gone, and no row may keep it alive for longer.
    pub(super) fn name_all(&mut self) {
        let slack = self.rule.slack();
        for lease in self.live.values_mut().filter(|lease| lease.is_heard) {
            lease.written = Some(lease.ends.after(slack));
        }
        self.unnamed = 0;
        self.ran_out = false;
        self.mark.named = count(self.live.len());
    }

    /// Whether losing memory would cost so many slots that a row is worth it at once.
    pub(super) fn is_far_behind(&self) -> bool {
        self.freed() > self.rule.most_unnamed()
    }

    fn is_empty(&self) -> bool {
        self.live.is_empty() && self.lost.is_empty()
    }

    fn taken(&self) -> u64 {
        let lost = self.lost.iter().map(|lost| lost.count);
        lost.fold(count(self.live.len()), u64::saturating_add)
    }

    fn free(&self) -> u64 {
        self.rule.slots().saturating_sub(self.taken())
    }

    /// Leases that the row names and that have ended.
    fn freed(&self) -> u64 {
        let named = count(self.live.len()).saturating_sub(self.unnamed);
        self.mark.named.saturating_sub(named)
    }
}

impl State for Lane {
    /// Whether there is a slot for a lease, or it has one already. Without a lease and a cost this only looks.
    fn verdict(&self, take: &Take, _: UnixMillis) -> Verdict {
        let passes = match take.lease {
            Some(lease) => self.holds(lease) || self.free() > 0,
            // Who names no lease cannot be followed, and so not be let in.
            None => take.cost == 0 && self.free() > 0,
        };
        if passes {
            Verdict::Passes
        } else {
            Verdict::Waits(self.rule.retry_after())
        }
    }

    fn charge(&mut self, take: &Take, now: UnixMillis) -> Row {
        take.lease.map_or(Row::Holds, |lease| self.take(lease, now))
    }

    fn reserve(&mut self, lead: u64, now: UnixMillis) {
        let count = lead.saturating_sub(1).min(self.rule.most_unnamed());
        let until = now.after(self.rule.lease()).after(self.rule.slack());
        self.mark.unnamed = Unnamed { count, until };
    }

    fn settle(&mut self) {
        self.mark.unnamed.count = 0;
    }

    // Heirs are made in shards and of partitions, which have no lanes.
    fn forget_row(&mut self) {}

    fn is_behind(&self, now: UnixMillis) -> bool {
        let unnamed = self.mark.unnamed;
        self.freed() > 0 || unnamed.count > 0 && unnamed.until > now
    }

    fn is_full(&self, _: UnixMillis) -> bool {
        self.is_empty()
    }

    fn let_go_in(&self, now: UnixMillis) -> Option<Millis> {
        let unnamed = self.lost.iter().chain([&self.mark.unnamed]);
        let unnamed = unnamed.filter(|it| it.count > 0).map(|it| it.until);
        let named = self.live.values();
        let named = named.map(|it| it.written.unwrap_or(it.ends).max(it.ends));
        let last = unnamed.chain(named).max();
        Some(last.map_or(Millis(0), |last| last.since(now)))
    }

    fn most(&self) -> u64 {
        self.rule.slots()
    }

    fn in_use(&self, _: UnixMillis) -> u64 {
        self.taken()
    }

    fn next(&self, _: UnixMillis) -> Millis {
        if self.free() > 0 {
            Millis(0)
        } else {
            self.rule.retry_after()
        }
    }

    // When leases end is not known, only when they would unless they are renewed.
    fn full_in(&self, _: UnixMillis) -> Millis {
        Millis(0)
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
