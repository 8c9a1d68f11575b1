//! One limit's live state and its write-ahead mark.

use crate::limit::{Algorithm, Carry, Level, Limit, Spend, TokenBucket};
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What a row keeps of one bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Version of the policy that the limit came with.
    pub version: u64,
    /// Version of the key record that the tier came with.
    pub record: u64,
    /// The limit, without which the mark means nothing.
    pub limit: Limit,
    /// No unit above this level was granted before the row was written, nor will be before the next row.
    pub mark: Level,
}

/// A limit with its live level and the mark that its row holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    pub(super) version: u64,
    record: u64,
    pub(super) limit: Limit,
    level: Level,
    /// Zero while the row holds no mark under the present limit.
    mark: Level,
}

impl Bucket {
    /// A full bucket of which nothing is written.
    pub(super) fn full(limit: Limit, (version, record): (u64, u64)) -> Self {
        let (level, mark) = (Level::default(), Level::default());
        Self {
            version,
            record,
            limit,
            level,
            mark,
        }
    }

    /// A bucket that resumes at its mark: all that was reserved counts as spent.
    pub(super) fn resumed(kept: Kept) -> Self {
        let Kept {
            version,
            record,
            limit,
            mark,
        } = kept;
        Self {
            version,
            record,
            limit,
            level: mark,
            mark,
        }
    }

    /// A bucket that begins where this one stands, and of which nothing is written.
    pub(super) fn heir(&self) -> Self {
        Self {
            mark: Level::default(),
            ..self.clone()
        }
    }

    /// What a row is to keep.
    pub(super) fn kept(&self) -> Kept {
        let mark = self.mark.max(self.level);
        Kept {
            version: self.version,
            record: self.record,
            limit: self.limit.clone(),
            mark,
        }
    }

    /// Takes over another rule for this limit unless it is older than the one known: by the policy that it
    /// comes with, then by the key record. Units in use stay in use; see [`Carry`] for the two ways.
    pub(super) fn adopt(&mut self, limit: &Limit, (version, record): (u64, u64), now: UnixMillis) {
        let order = (version, record).cmp(&(self.version, self.record));
        if order == Ordering::Less {
            return;
        }
        if *limit != self.limit {
            let carry = if order == Ordering::Greater {
                Carry::UpToBurst
            } else {
                Carry::Whole
            };
            self.level = self.rule().carried(self.level, &rule(limit), now, carry);
            self.mark = Level::default();
            self.limit = limit.clone();
        }
        (self.version, self.record) = (version, record);
    }

    /// Tests a cost and changes nothing.
    pub(super) fn spend(&self, cost: u64, now: UnixMillis) -> Spend {
        self.rule().spend(self.level, cost, now)
    }

    /// Charges what [`Self::spend`] said passes.
    pub(super) fn charge(&mut self, level: Level) {
        self.level = level;
    }

    /// Whether the live level has passed the mark, so that a row must be written before the grant counts.
    pub(super) fn is_past_mark(&self) -> bool {
        self.level > self.mark
    }

    /// Moves the mark so that it covers `lead` units, the last one charged included.
    pub(super) fn reserve(&mut self, lead: u64) {
        let rule = self.rule();
        let units = lead.min(rule.most_reserved()).saturating_sub(1);
        self.mark = rule.ahead(self.level, units);
    }

    /// Moves the mark back onto the live level.
    pub(super) fn settle(&mut self) {
        self.mark = self.level;
    }

    /// Whether losing memory at `now` would cost units.
    pub(super) fn is_behind(&self, now: UnixMillis) -> bool {
        self.mark > self.level && self.rule().matters(self.mark, now)
    }

    /// Whether the bucket is full at `now`.
    pub(super) fn is_full(&self, now: UnixMillis) -> bool {
        !self.rule().matters(self.level, now)
    }

    /// Whether a row can do without the bucket: it is full, and the next grant passes its mark.
    pub(super) fn can_be_let_go(&self, now: UnixMillis) -> bool {
        !self.rule().matters(self.mark.max(self.level), now)
    }

    /// Whole units that could pass at `now`.
    pub(super) fn remaining(&self, now: UnixMillis) -> u64 {
        self.rule().remaining(self.level, now)
    }

    /// How long until one unit could pass.
    pub(super) fn next(&self, now: UnixMillis) -> Millis {
        match self.spend(1, now) {
            Spend::Waits(wait) => wait,
            Spend::Passes(_) | Spend::Never => Millis(0),
        }
    }

    /// How long until the bucket is full.
    pub(super) fn full_in(&self, now: UnixMillis) -> Millis {
        self.rule().full_in(self.level, now)
    }

    fn rule(&self) -> TokenBucket {
        rule(&self.limit)
    }
}

fn rule(limit: &Limit) -> TokenBucket {
    let Algorithm::TokenBucket(rule) = limit.algorithm;
    rule
}
