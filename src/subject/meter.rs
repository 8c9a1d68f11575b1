//! One limit as it stands for one subject: the versions it came by, and the live state under its rule.

use super::cap::{Reservations, Tally};
use super::kept::{Kept, Mark};
use super::lane::Lane;
use super::metered::Metered;
use super::state::{State, Take};
use crate::limit::{
    Algorithm, AnchoredWindow, Carry, FixedWindow, Kind, Lifetime, Limit, Logs, Name, Partition,
    SlidingLog, SlidingWindow, TokenBucket, Windows,
};
use crate::time::UnixMillis;
use std::cmp::Ordering;

/// A limit of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meter {
    version: u64,
    record: u64,
    pub(super) name: Name,
    pub(super) partition: Option<Partition>,
    live: Live,
    /// Most bytes that a row may take for it, by its rule and by those that something was used under before.
    pub(super) most_row_bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Live {
    TokenBucket(Metered<TokenBucket>),
    Concurrency(Lane),
    SlidingLog(Metered<Logs<SlidingLog>>),
    SlidingWindow(Metered<Logs<SlidingWindow>>),
    FixedWindow(Metered<Windows<FixedWindow>>),
    AnchoredWindow(Metered<Windows<AnchoredWindow>>),
    Lifetime(Metered<Lifetime>),
    Cap(Reservations),
}

impl Live {
    fn fresh(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::TokenBucket(rule) => Self::TokenBucket(Metered::fresh(rule)),
            Algorithm::Concurrency(rule) => Self::Concurrency(Lane::empty(rule)),
            Algorithm::SlidingLog(rule) => Self::SlidingLog(Metered::fresh(Logs(rule))),
            Algorithm::SlidingWindow(rule) => Self::SlidingWindow(Metered::fresh(Logs(rule))),
            Algorithm::FixedWindow(rule) => Self::FixedWindow(Metered::fresh(Windows(rule))),
            Algorithm::AnchoredWindow(rule) => Self::AnchoredWindow(Metered::fresh(Windows(rule))),
            Algorithm::Lifetime(rule) => Self::Lifetime(Metered::fresh(rule)),
            Algorithm::Cap(rule) => Self::Cap(Reservations::resumed(rule, Tally::default())),
        }
    }

    fn resumed(mark: Mark) -> Self {
        match mark {
            Mark::TokenBucket(rule, used) => Self::TokenBucket(Metered::resumed(rule, used)),
            Mark::Concurrency(rule, kept) => Self::Concurrency(Lane::resumed(rule, kept)),
            Mark::SlidingLog(rule, used) => Self::SlidingLog(Metered::resumed(Logs(rule), used)),
            Mark::SlidingWindow(rule, used) => {
                Self::SlidingWindow(Metered::resumed(Logs(rule), used))
            }
            Mark::FixedWindow(rule, used) => {
                Self::FixedWindow(Metered::resumed(Windows(rule), used))
            }
            Mark::AnchoredWindow(rule, used) => {
                Self::AnchoredWindow(Metered::resumed(Windows(rule), used))
            }
            Mark::Lifetime(rule, used) => Self::Lifetime(Metered::resumed(rule, used)),
            Mark::Cap(rule, tally) => Self::Cap(Reservations::resumed(rule, tally)),
        }
    }

    fn kept(&self, now: UnixMillis) -> Mark {
        match self {
            Self::TokenBucket(rate) => Mark::TokenBucket(rate.rule, rate.kept(now)),
            Self::Concurrency(lane) => Mark::Concurrency(lane.rule(), lane.kept()),
            Self::SlidingLog(rate) => Mark::SlidingLog(rate.rule.0, rate.kept(now)),
            Self::SlidingWindow(rate) => Mark::SlidingWindow(rate.rule.0, rate.kept(now)),
            Self::FixedWindow(rate) => Mark::FixedWindow(rate.rule.0, rate.kept(now)),
            Self::AnchoredWindow(rate) => Mark::AnchoredWindow(rate.rule.0, rate.kept(now)),
            Self::Lifetime(rate) => Mark::Lifetime(rate.rule, rate.kept(now)),
            Self::Cap(cap) => Mark::Cap(cap.rule(), cap.tally().clone()),
        }
    }

    fn algorithm(&self) -> Algorithm {
        match self {
            Self::TokenBucket(rate) => Algorithm::TokenBucket(rate.rule),
            Self::Concurrency(lane) => Algorithm::Concurrency(lane.rule()),
            Self::SlidingLog(rate) => Algorithm::SlidingLog(rate.rule.0),
            Self::SlidingWindow(rate) => Algorithm::SlidingWindow(rate.rule.0),
            Self::FixedWindow(rate) => Algorithm::FixedWindow(rate.rule.0),
            Self::AnchoredWindow(rate) => Algorithm::AnchoredWindow(rate.rule.0),
            Self::Lifetime(rate) => Algorithm::Lifetime(rate.rule),
            Self::Cap(cap) => Algorithm::Cap(cap.rule()),
        }
    }

    fn state(&self) -> &dyn State {
        match self {
            Self::TokenBucket(rate) => rate,
            Self::Concurrency(lane) => lane,
            Self::SlidingLog(rate) => rate,
            Self::SlidingWindow(rate) => rate,
            Self::FixedWindow(rate) => rate,
            Self::AnchoredWindow(rate) => rate,
            Self::Lifetime(rate) => rate,
            Self::Cap(cap) => cap,
        }
    }

    fn state_mut(&mut self) -> &mut dyn State {
        match self {
            Self::TokenBucket(rate) => rate,
            Self::Concurrency(lane) => lane,
            Self::SlidingLog(rate) => rate,
            Self::SlidingWindow(rate) => rate,
            Self::FixedWindow(rate) => rate,
            Self::AnchoredWindow(rate) => rate,
            Self::Lifetime(rate) => rate,
            Self::Cap(cap) => cap,
        }
    }

    /// Takes over another rule of the same algorithm; whether it is one.
    fn adopt(&mut self, algorithm: Algorithm, carry: Carry, now: UnixMillis) -> bool {
        match (self, algorithm) {
            (Self::TokenBucket(rate), Algorithm::TokenBucket(rule)) => rate.adopt(rule, carry, now),
            (Self::Concurrency(lane), Algorithm::Concurrency(rule)) => lane.adopt(rule),
            (Self::SlidingLog(rate), Algorithm::SlidingLog(rule)) => {
                rate.adopt(Logs(rule), carry, now);
            }
            (Self::SlidingWindow(rate), Algorithm::SlidingWindow(rule)) => {
                rate.adopt(Logs(rule), carry, now);
            }
            (Self::FixedWindow(rate), Algorithm::FixedWindow(rule)) => {
                rate.adopt(Windows(rule), carry, now);
            }
            (Self::AnchoredWindow(rate), Algorithm::AnchoredWindow(rule)) => {
                rate.adopt(Windows(rule), carry, now);
            }
            (Self::Lifetime(rate), Algorithm::Lifetime(rule)) => rate.adopt(rule, carry, now),
            (Self::Cap(cap), Algorithm::Cap(rule)) => cap.adopt(rule),
            _ => return false,
        }
        true
    }

    /// As many units in use under another algorithm, as if all had passed now.
    fn converted(&self, algorithm: Algorithm, carry: Carry, now: UnixMillis) -> Self {
        let (in_use, mut next) = (self.state().in_use(now), Self::fresh(algorithm));
        let cost = match carry {
            Carry::Whole => in_use,
            Carry::UpToMost => in_use.min(next.state().most()),
        };
        let _ = next.state_mut().charge(&Take::units(cost), now);
        next
    }
}

impl Meter {
    /// A limit of which nothing is used and nothing is written.
    pub(super) fn fresh(limit: &Limit, (version, record): (u64, u64)) -> Self {
        Self {
            version,
            record,
            name: limit.name.clone(),
            partition: limit.partition,
            live: Live::fresh(limit.algorithm),
            most_row_bytes: limit.algorithm.most_row_bytes(),
        }
    }

    /// A limit that resumes at its mark: all that was reserved counts as used.
    pub(super) fn resumed(kept: Kept) -> Self {
        Self {
            version: kept.version,
            record: kept.record,
            name: kept.name,
            partition: kept.partition,
            most_row_bytes: kept.mark.most_row_bytes(),
            live: Live::resumed(kept.mark),
        }
    }

    /// A limit that begins where this one stands, and of which nothing is written.
    pub(super) fn heir(&self, partition: Option<Partition>) -> Self {
        let mut heir = Self {
            partition,
            ..self.clone()
        };
        heir.state_mut().forget_row();
        heir
    }

    /// What a row is to keep.
    pub(super) fn kept(&self, now: UnixMillis) -> Kept {
        Kept {
            version: self.version,
            record: self.record,
            name: self.name.clone(),
            partition: self.partition,
            mark: self.live.kept(now),
        }
    }

    /// The limit that is enforced.
    pub(super) fn limit(&self) -> Limit {
        Limit {
            name: self.name.clone(),
            algorithm: self.live.algorithm(),
            partition: self.partition,
        }
    }

    /// The policy's that it came with, then the key record's.
    pub(super) fn versions(&self) -> (u64, u64) {
        (self.version, self.record)
    }

    /// Takes over another rule for this limit unless it is older than the one known; whether it is another then, with units
    /// in use.
    pub(super) fn adopt(&mut self, limit: &Limit, versions: (u64, u64), now: UnixMillis) -> bool {
        if versions == self.versions() && limit.algorithm == self.live.algorithm() {
            return false;
        }
        let before = self.live.algorithm();
        self.change(limit, versions, now);
        self.live.algorithm() != before && !self.state().is_full(now)
    }

    // Kept out of the way of every decision, with all that it calls.
    #[cold]
    fn change(&mut self, limit: &Limit, versions: (u64, u64), now: UnixMillis) {
        let carry = match versions.cmp(&self.versions()) {
            Ordering::Less => return,
            Ordering::Equal => Carry::Whole,
            Ordering::Greater => Carry::UpToMost,
        };
        self.most_row_bytes = self.most_under(limit.algorithm, now);
        if !self.live.adopt(limit.algorithm, carry, now) {
            self.live = self.live.converted(limit.algorithm, carry, now);
        }
        (self.version, self.record) = versions;
    }

    /// The lane, if it is one.
    pub(super) fn lane(&self) -> Option<&Lane> {
        match &self.live {
            Live::Concurrency(lane) => Some(lane),
            _ => None,
        }
    }

    /// Its name and the lane, if it is one.
    pub(super) fn lane_mut(&mut self) -> Option<(&Name, &mut Lane)> {
        match &mut self.live {
            Live::Concurrency(lane) => Some((&self.name, lane)),
            _ => None,
        }
    }

    /// What is reserved and settled, if it is a cap.
    pub(super) fn cap(&self) -> Option<&Reservations> {
        match &self.live {
            Live::Cap(cap) => Some(cap),
            _ => None,
        }
    }

    /// Its name and what is reserved and settled, if it is a cap.
    pub(super) fn cap_mut(&mut self) -> Option<(&Name, &mut Reservations)> {
        match &mut self.live {
            Live::Cap(cap) => Some((&self.name, cap)),
            _ => None,
        }
    }

    /// What a request takes of it.
    pub(super) fn kind(&self) -> Kind {
        self.live.algorithm().kind()
    }

    pub(super) fn state(&self) -> &dyn State {
        self.live.state()
    }

    pub(super) fn state_mut(&mut self) -> &mut dyn State {
        self.live.state_mut()
    }
}
