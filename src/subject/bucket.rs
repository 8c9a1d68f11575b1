//! The live state of a token bucket and its write-ahead mark.

use super::machine::Row;
use super::meter::Verdict;
use crate::limit::{Carry, Level, Spend, TokenBucket};
use crate::time::{Millis, UnixMillis};

/// A rule with its live level and the mark that its row holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    rule: TokenBucket,
    level: Level,
    /// No unit above this level was granted before the row was written, nor will be before the next row. Zero
    /// while the row holds no mark under the present rule.
    mark: Level,
}

impl Bucket {
    /// A full bucket of which nothing is written.
    pub(super) fn full(rule: TokenBucket) -> Self {
        let (level, mark) = (Level::default(), Level::default());
        Self { rule, level, mark }
    }

    /// A bucket that resumes at its mark: all that was reserved counts as spent.
    pub(super) fn resumed(rule: TokenBucket, mark: Level) -> Self {
        let level = mark;
        Self { rule, level, mark }
    }

    /// A bucket that begins where this one stands, and of which nothing is written.
    pub(super) fn heir(&self) -> Self {
        let mark = Level::default();
        Self {
            mark,
            ..self.clone()
        }
    }

    pub(super) fn rule(&self) -> TokenBucket {
        self.rule
    }

    /// What a row is to keep.
    pub(super) fn kept(&self) -> Level {
        self.mark.max(self.level)
    }

    /// Takes over another rule. Units in use stay in use; see [`Carry`] for the two ways.
    pub(super) fn adopt(&mut self, rule: TokenBucket, carry: Carry, now: UnixMillis) {
        if rule != self.rule {
            self.level = self.rule.carried(self.level, &rule, now, carry);
            self.mark = Level::default();
            self.rule = rule;
        }
    }

    /// Tests a cost and changes nothing.
    pub(super) fn verdict(&self, cost: u64, now: UnixMillis) -> Verdict {
        match self.rule.spend(self.level, cost, now) {
            Spend::Passes(_) => Verdict::Passes,
            Spend::Waits(wait) => Verdict::Waits(wait),
            Spend::Never => Verdict::Never,
        }
    }

    /// Charges what [`Self::verdict`] said passes. The row is due once the level has passed the mark.
    pub(super) fn charge(&mut self, cost: u64, now: UnixMillis) -> Row {
        if let Spend::Passes(level) = self.rule.spend(self.level, cost, now) {
            self.level = level;
        }
        if self.level > self.mark {
            Row::Due
        } else {
            Row::Holds
        }
    }

    /// Moves the mark so that it covers `lead` units, the last one charged included.
    pub(super) fn reserve(&mut self, lead: u64) {
        let units = lead.min(self.rule.most_reserved()).saturating_sub(1);
        self.mark = self.rule.ahead(self.level, units);
    }

    /// Moves the mark back onto the live level.
    pub(super) fn settle(&mut self) {
        self.mark = self.level;
    }

    /// Whether losing memory at `now` would cost units.
    pub(super) fn is_behind(&self, now: UnixMillis) -> bool {
        self.mark > self.level && self.rule.matters(self.mark, now)
    }

    /// Whether the bucket is full at `now`.
    pub(super) fn is_full(&self, now: UnixMillis) -> bool {
        !self.rule.matters(self.level, now)
    }

    /// Whether a row can do without the bucket: it is full, and the next grant passes its mark.
    pub(super) fn can_be_let_go(&self, now: UnixMillis) -> bool {
        !self.rule.matters(self.mark.max(self.level), now)
    }

    /// Whole units that could pass at `now`.
    pub(super) fn remaining(&self, now: UnixMillis) -> u64 {
        self.rule.remaining(self.level, now)
    }

    /// How long until one unit could pass.
    pub(super) fn next(&self, now: UnixMillis) -> Millis {
        self.verdict(1, now).wait()
    }

    /// How long until the bucket is full.
    pub(super) fn full_in(&self, now: UnixMillis) -> Millis {
        self.rule.full_in(self.level, now)
    }
}
