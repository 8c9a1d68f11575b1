//! The live state of a limit under the rule that it has.

use super::cap::{Reservations, Tally};
use super::kept::Mark;
use super::lane::Lane;
use super::machine::Row;
use super::metered::Metered;
use super::state::{Outlook, State, Take};
use crate::limit::{
    Algorithm, AnchoredWindow, Carry, FixedWindow, Lifetime, Logs, SlidingLog, SlidingWindow,
    TokenBucket, Verdict, Windows,
};
use crate::time::UnixMillis;

/// Live state of any rule.
// A plain tag is read sooner than one hidden in a field.
#[repr(u8)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Live {
    TokenBucket(Metered<TokenBucket>),
    Concurrency(Lane),
    SlidingLog(Metered<Logs<SlidingLog>>),
    SlidingWindow(Metered<Logs<SlidingWindow>>),
    FixedWindow(Metered<Windows<FixedWindow>>),
    AnchoredWindow(Metered<Windows<AnchoredWindow>>),
    Lifetime(Metered<Lifetime>),
    Cap(Reservations),
}

/// Does something with the state, whatever its rule.
macro_rules! each {
    ($live:expr, $state:ident => $does:expr) => {
        match $live {
            Live::TokenBucket($state) => $does,
            Live::Concurrency($state) => $does,
            Live::SlidingLog($state) => $does,
            Live::SlidingWindow($state) => $does,
            Live::FixedWindow($state) => $does,
            Live::AnchoredWindow($state) => $does,
            Live::Lifetime($state) => $does,
            Live::Cap($state) => $does,
        }
    };
}

impl Live {
    pub(super) fn fresh(algorithm: Algorithm) -> Self {
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

    pub(super) fn resumed(mark: Mark) -> Self {
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

    pub(super) fn kept(&self, now: UnixMillis) -> Mark {
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

    pub(super) fn state(&self) -> &dyn State {
        each!(self, state => state)
    }

    pub(super) fn state_mut(&mut self) -> &mut dyn State {
        each!(self, state => state)
    }

    /// Takes over another rule of the same algorithm; whether it is one.
    pub(super) fn adopt(&mut self, algorithm: Algorithm, carry: Carry, now: UnixMillis) -> bool {
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
    pub(super) fn converted(&self, algorithm: Algorithm, carry: Carry, now: UnixMillis) -> Self {
        let (in_use, mut next) = (self.state().in_use(now), Self::fresh(algorithm));
        let cost = match carry {
            Carry::Whole => in_use,
            Carry::UpToMost => in_use.min(next.state().most()),
        };
        let _ = next.state_mut().charge(&Take::units(cost), now);
        next
    }

    // Not by way of `state`: most of a decision is these three.
    #[inline]
    pub(super) fn verdict(&self, take: &Take, now: UnixMillis) -> Verdict {
        each!(self, state => state.verdict(take, now))
    }

    #[inline]
    pub(super) fn pass(&mut self, take: &Take, now: UnixMillis) -> (Row, Outlook) {
        each!(self, state => state.pass(take, now))
    }

    #[inline]
    pub(super) fn outlook(&self, now: UnixMillis) -> Outlook {
        each!(self, state => state.outlook(now))
    }
}
