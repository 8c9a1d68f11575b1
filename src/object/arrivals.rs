//! How fast one network may bring new subjects into a shard.

use super::SubjectId;
use crate::bounds::MAX_ARRIVAL_ADDRESSES;
use crate::limit::{Level, Quota, Spend, TokenBucket};
use crate::time::{Millis, UnixMillis};
use std::collections::BTreeMap;

/// Newcomers that one network may bring to one shard per minute, and at once.
const NEWCOMERS: u64 = 20;

/// The networks that brought newcomers lately. Lost with memory: it guards room, not budgets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Arrivals {
    levels: BTreeMap<SubjectId, Level>,
}

impl Arrivals {
    /// Counts a newcomer brought by `network`. False when it has brought too many lately, or when too many
    /// networks are being watched to watch one more.
    pub(super) fn admit(&mut self, network: SubjectId, now: UnixMillis) -> bool {
        let Some(rule) = rule() else { return false };
        if self.levels.len() >= MAX_ARRIVAL_ADDRESSES && !self.levels.contains_key(&network) {
            self.levels.retain(|_, level| rule.matters(*level, now));
            if self.levels.len() >= MAX_ARRIVAL_ADDRESSES {
                return false;
            }
        }
        let level = self.levels.entry(network).or_default();
        match rule.spend(*level, 1, now) {
            Spend::Passes(next) => {
                *level = next;
                true
            }
            Spend::Waits(_) | Spend::Never => false,
        }
    }
}

fn rule() -> Option<TokenBucket> {
    let quota = Quota::new(NEWCOMERS, Millis(60_000), NEWCOMERS).ok()?;
    Some(TokenBucket { quota })
}
