//! What a row keeps of one limit.

use super::cap::Tally;
use super::lane::Leases;
use crate::limit::{
    Algorithm, AnchoredWindow, Cap, Concurrency, Counted, FixedWindow, Level, Lifetime, Log, Name,
    Partition, SlidingLog, SlidingWindow, TokenBucket,
};

/// What a row keeps of one limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Version of the policy that the limit came with.
    pub version: u64,
    /// Version of the key record that the tier came with.
    pub record: u64,
    /// The limit's name.
    pub name: Name,
    /// Which part of the subject it counts.
    pub partition: Option<Partition>,
    /// Whether it is a shadow limit.
    pub shadow: bool,
    /// Its rule, and how far it is used.
    pub mark: Mark,
}

/// A rule with the mark under it, without which it means nothing. No unit beyond the mark was granted before the row
/// was written, nor will be before the next row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Of a token bucket.
    TokenBucket(TokenBucket, Level),
    /// No leases but these are alive, nor will be before the next row.
    Concurrency(Concurrency, Leases),
    /// Of a sliding log.
    SlidingLog(SlidingLog, Log),
    /// Of a sliding window.
    SlidingWindow(SlidingWindow, Log),
    /// Of a fixed window.
    FixedWindow(FixedWindow, Counted),
    /// Of an anchored window.
    AnchoredWindow(AnchoredWindow, Counted),
    /// Of a lifetime.
    Lifetime(Lifetime, Counted),
    /// Of a cap, which is always exact.
    Cap(Cap, Tally),
}

impl Mark {
    /// Most bytes that a row may take for it, now or later: an earlier rule may have left more than this one allows.
    #[must_use]
    pub fn most_row_bytes(&self) -> u64 {
        let there = match self {
            Self::SlidingLog(_, log) | Self::SlidingWindow(_, log) => log.row_bytes(),
            Self::Concurrency(_, leases) => u64::try_from(leases.named.len())
                .unwrap_or(u64::MAX)
                .saturating_mul(Algorithm::LEASE_ROW_BYTES),
            _ => 0,
        };
        let there = there.saturating_add(Algorithm::LEAST_ROW_BYTES);
        there.max(self.algorithm().most_row_bytes())
    }

    /// The rule as a limit has it.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::TokenBucket(rule, _) => Algorithm::TokenBucket(*rule),
            Self::Concurrency(rule, _) => Algorithm::Concurrency(*rule),
            Self::SlidingLog(rule, _) => Algorithm::SlidingLog(*rule),
            Self::SlidingWindow(rule, _) => Algorithm::SlidingWindow(*rule),
            Self::FixedWindow(rule, _) => Algorithm::FixedWindow(*rule),
            Self::AnchoredWindow(rule, _) => Algorithm::AnchoredWindow(*rule),
            Self::Lifetime(rule, _) => Algorithm::Lifetime(*rule),
            Self::Cap(rule, _) => Algorithm::Cap(*rule),
        }
    }
}
