//! One limit as it stands for one subject: the versions it came by, and the live state under its rule.

use super::bucket::Bucket;
use super::lane::{Lane, Leases};
use super::machine::Row;
use crate::lease::LeaseId;
use crate::limit::{Algorithm, Carry, Concurrency, Level, Limit, Name, TokenBucket};
use crate::time::{Millis, UnixMillis};
use std::cmp::Ordering;

/// What a row keeps of one limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Version of the policy that the limit came with.
    pub version: u64,
    /// Version of the key record that the tier came with.
    pub record: u64,
    /// The limit's name.
    pub name: Name,
    /// Its rule, and how far it is used.
    pub mark: Mark,
}

/// A rule with the mark under it, without which it means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// No unit above this level was granted before the row was written, nor will be before the next row.
    TokenBucket(TokenBucket, Level),
    /// No leases but these are alive, nor will be before the next row.
    Concurrency(Concurrency, Leases),
}

/// What a limit says to a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It passes.
    Passes,
    /// It passes after this wait.
    Waits(Millis),
    /// It never passes.
    Never,
}

/// A limit of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meter {
    version: u64,
    record: u64,
    pub(super) name: Name,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    TokenBucket(Bucket),
    Concurrency(Lane),
}

/// What a demand takes of each limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Take {
    /// Units of rates.
    pub(super) cost: u64,
    /// A slot of lanes.
    pub(super) lease: Option<LeaseId>,
}

impl Verdict {
    /// How long the demand has to wait for this limit; zero if it passes, or never does.
    pub(super) fn wait(self) -> Millis {
        match self {
            Self::Waits(wait) => wait,
            Self::Passes | Self::Never => Millis(0),
        }
    }
}

impl Mark {
    /// The rule as a limit has it.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::TokenBucket(rule, _) => Algorithm::TokenBucket(*rule),
            Self::Concurrency(rule, _) => Algorithm::Concurrency(*rule),
        }
    }
}

impl Meter {
    /// A limit of which nothing is used and nothing is written.
    pub(super) fn fresh(limit: &Limit, (version, record): (u64, u64)) -> Self {
        let state = match limit.algorithm {
            Algorithm::TokenBucket(rule) => State::TokenBucket(Bucket::full(rule)),
            Algorithm::Concurrency(rule) => State::Concurrency(Lane::empty(rule)),
        };
        Self {
            version,
            record,
            name: limit.name.clone(),
            state,
        }
    }

    /// A limit that resumes at its mark: all that was reserved counts as used.
    pub(super) fn resumed(kept: Kept) -> Self {
        let state = match kept.mark {
            Mark::TokenBucket(rule, mark) => State::TokenBucket(Bucket::resumed(rule, mark)),
            Mark::Concurrency(rule, kept) => State::Concurrency(Lane::resumed(rule, kept)),
        };
        Self {
            version: kept.version,
            record: kept.record,
            name: kept.name,
            state,
        }
    }

    /// A limit that begins where this one stands, and of which nothing is written.
    pub(super) fn heir(&self) -> Self {
        let state = match &self.state {
            State::TokenBucket(bucket) => State::TokenBucket(bucket.heir()),
            // Heirs are made in shards alone, which have no lanes.
            State::Concurrency(lane) => State::Concurrency(lane.clone()),
        };
        Self {
            state,
            ..self.clone()
        }
    }

    /// What a row is to keep.
    pub(super) fn kept(&self) -> Kept {
        let mark = match &self.state {
            State::TokenBucket(bucket) => Mark::TokenBucket(bucket.rule(), bucket.kept()),
            State::Concurrency(lane) => Mark::Concurrency(lane.rule(), lane.kept()),
        };
        Kept {
            version: self.version,
            record: self.record,
            name: self.name.clone(),
            mark,
        }
    }

    /// The limit that is enforced.
    pub(super) fn limit(&self) -> Limit {
        let algorithm = match &self.state {
            State::TokenBucket(bucket) => Algorithm::TokenBucket(bucket.rule()),
            State::Concurrency(lane) => Algorithm::Concurrency(lane.rule()),
        };
        Limit {
            name: self.name.clone(),
            algorithm,
        }
    }

    /// The policy's that it came with, then the key record's.
    pub(super) fn versions(&self) -> (u64, u64) {
        (self.version, self.record)
    }

    /// Whether rules of this algorithm are what it meters.
    pub(super) fn is_of(&self, algorithm: &Algorithm) -> bool {
        matches!(
            (&self.state, algorithm),
            (State::TokenBucket(_), Algorithm::TokenBucket(_))
                | (State::Concurrency(_), Algorithm::Concurrency(_))
        )
    }

    /// Takes over another rule for this limit unless it is older than the one known.
    pub(super) fn adopt(&mut self, limit: &Limit, versions: (u64, u64), now: UnixMillis) {
        let carry = match versions.cmp(&self.versions()) {
            Ordering::Less => return,
            Ordering::Equal => Carry::Whole,
            Ordering::Greater => Carry::UpToBurst,
        };
        match (&mut self.state, limit.algorithm) {
            (State::TokenBucket(bucket), Algorithm::TokenBucket(rule)) => {
                bucket.adopt(rule, carry, now);
            }
            (State::Concurrency(lane), Algorithm::Concurrency(rule)) => lane.adopt(rule),
            _ => return,
        }
        (self.version, self.record) = versions;
    }

    /// The lane, if it is one.
    pub(super) fn lane(&self) -> Option<&Lane> {
        match &self.state {
            State::Concurrency(lane) => Some(lane),
            State::TokenBucket(_) => None,
        }
    }

    /// Its name and the lane, if it is one.
    pub(super) fn lane_mut(&mut self) -> Option<(&Name, &mut Lane)> {
        match &mut self.state {
            State::Concurrency(lane) => Some((&self.name, lane)),
            State::TokenBucket(_) => None,
        }
    }

    /// Tests a demand and changes nothing.
    pub(super) fn verdict(&self, take: Take, now: UnixMillis) -> Verdict {
        match &self.state {
            State::TokenBucket(bucket) => bucket.verdict(take.cost, now),
            // Who names no lease cannot be followed, and so not be let in.
            State::Concurrency(lane) if take.lease.is_none() && take.cost > 0 => lane.full(),
            State::Concurrency(lane) => lane.verdict(take.lease),
        }
    }

    /// Charges what [`Self::verdict`] said passes. If the row is due it must be written before the grant counts.
    pub(super) fn charge(&mut self, take: Take, now: UnixMillis) -> Row {
        match (&mut self.state, take.lease) {
            (State::TokenBucket(bucket), _) => bucket.charge(take.cost, now),
            (State::Concurrency(lane), Some(lease)) => lane.take(lease, now),
            (State::Concurrency(_), None) => Row::Holds,
        }
    }

    /// Moves the mark so that it covers `lead` units, the last one charged included.
    pub(super) fn reserve(&mut self, lead: u64, now: UnixMillis) {
        match &mut self.state {
            State::TokenBucket(bucket) => bucket.reserve(lead),
            State::Concurrency(lane) => lane.reserve(lead, now),
        }
    }

    /// Moves the mark back onto the live state.
    pub(super) fn settle(&mut self) {
        match &mut self.state {
            State::TokenBucket(bucket) => bucket.settle(),
            State::Concurrency(lane) => lane.settle(),
        }
    }

    /// Whether losing memory at `now` would cost capacity.
    pub(super) fn is_behind(&self, now: UnixMillis) -> bool {
        match &self.state {
            State::TokenBucket(bucket) => bucket.is_behind(now),
            State::Concurrency(lane) => lane.is_behind(now),
        }
    }

    /// Whether nothing is used at `now`.
    pub(super) fn is_full(&self, now: UnixMillis) -> bool {
        match &self.state {
            State::TokenBucket(bucket) => bucket.is_full(now),
            State::Concurrency(lane) => lane.is_empty(),
        }
    }

    /// Whether a row can do without the limit: nothing is used, and the next grant passes its mark.
    pub(super) fn can_be_let_go(&self, now: UnixMillis) -> bool {
        match &self.state {
            State::TokenBucket(bucket) => bucket.can_be_let_go(now),
            State::Concurrency(lane) => lane.can_be_let_go(now),
        }
    }

    /// Whole units that could pass at `now`.
    pub(super) fn remaining(&self, now: UnixMillis) -> u64 {
        match &self.state {
            State::TokenBucket(bucket) => bucket.remaining(now),
            State::Concurrency(lane) => lane.remaining(),
        }
    }

    /// How long until one unit could pass; for a lane that is full what its policy says.
    pub(super) fn next(&self, now: UnixMillis) -> Millis {
        match &self.state {
            State::TokenBucket(bucket) => bucket.next(now),
            State::Concurrency(lane) => lane.next(),
        }
    }

    /// How long until nothing is used; zero for a lane, of which nobody knows.
    pub(super) fn full_in(&self, now: UnixMillis) -> Millis {
        match &self.state {
            State::TokenBucket(bucket) => bucket.full_in(now),
            // When leases end is not known, only when they would unless they are renewed.
            State::Concurrency(_) => Millis(0),
        }
    }
}
