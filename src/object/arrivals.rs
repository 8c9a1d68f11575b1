//! How fast one network may bring new subjects into a shard.

use super::SubjectId;
use crate::bounds::MAX_ARRIVAL_ADDRESSES;
use crate::limit::{Level, Quota, Rate, TokenBucket, Verdict};
use crate::time::{Millis, UnixMillis};
use std::collections::HashMap;

/// Newcomers that one network may bring to one shard per minute, and at once.
const NEWCOMERS: u64 = 20;

/// The networks that brought newcomers lately. Lost with memory: it guards room, not budgets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Arrivals {
    levels: HashMap<SubjectId, Level>,
}

impl Arrivals {
    /// Whether `network` may bring a newcomer. Not when it has brought too many lately, or when too many
    /// networks are being watched to watch one more.
    pub(super) fn welcome(&mut self, network: SubjectId, now: UnixMillis) -> bool {
        let Some(rule) = rule() else { return false };
        if let Some(level) = self.levels.get(&network) {
            return rule.test(level, 1, now) == Verdict::Passes;
        }
        if self.levels.len() >= MAX_ARRIVAL_ADDRESSES {
            self.levels
                .retain(|_, level| !rule.full_in(level, now).is_zero());
        }
        self.levels.len() < MAX_ARRIVAL_ADDRESSES
    }

    /// Counts a newcomer that was welcome and stays.
    pub(super) fn count(&mut self, network: SubjectId, now: UnixMillis) {
        let Some(rule) = rule() else { return };
        let level = self.levels.entry(network).or_default();
        rule.charge(level, 1, now);
    }
}

fn rule() -> Option<TokenBucket> {
    let quota = Quota::new(NEWCOMERS, Millis(60_000), NEWCOMERS).ok()?;
    Some(TokenBucket { quota })
}
