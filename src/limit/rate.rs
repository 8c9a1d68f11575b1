//! What all rates have in common: rules that a use is counted under and that time gives back.

use crate::bounds::MAX_LEAD;
use crate::time::{Millis, UnixMillis};
use std::fmt;

/// What a limit says to a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passes.
    Passes,
    /// It passes after this wait, not a millisecond before, if nothing else is charged meanwhile. Of a full lane it
    /// is only what the policy says.
    Waits(Millis),
    /// No wait helps.
    Never,
    /// No wait helps, but another plan or giving something back does.
    Spent,
}

impl Verdict {
    /// How long to wait; zero if it passes, or no wait helps.
    #[must_use]
    pub fn wait(self) -> Millis {
        match self {
            Self::Waits(wait) => wait,
            Self::Passes | Self::Never | Self::Spent => Millis(0),
        }
    }
}

/// What happens to units in use when a rule changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carry {
    /// All stay in use. Right where two rules alternate, so that alternating frees nothing.
    Whole,
    /// They stay in use up to what the new rule allows at once. Right for a new policy, so that lowering a limit locks
    /// nobody out for longer than one window.
    UpToMost,
}

/// A rule that counts units and gets them back with time.
///
/// `now` must not go back between calls with the same `used`.
pub trait Rate: Clone + fmt::Debug + PartialEq + Eq {
    /// How far the rule is used. The default is not at all. It means nothing without its rule.
    type Used: Clone + fmt::Debug + Default + PartialEq + Eq;

    /// Most units that can pass at once, at least 1.
    fn most(&self) -> u64;

    /// Tests a cost and changes nothing. A cost of 0 always passes.
    fn test(&self, used: &Self::Used, cost: u64, now: UnixMillis) -> Verdict;

    /// Charges a cost that passes.
    fn charge(&self, used: &mut Self::Used, cost: u64, now: UnixMillis);

    /// Units in use at `now`, rounded up; more than [`Self::most`] where a change of the rule carried them whole.
    fn in_use(&self, used: &Self::Used, now: UnixMillis) -> u64;

    /// How long after `now` all units are back, rounded up; zero if they are.
    fn full_in(&self, used: &Self::Used, now: UnixMillis) -> Millis;

    /// Where a write-ahead mark goes: so far that up to `units` more may be charged before it is passed. After it
    /// no unit may count for shorter than if it had been charged under it.
    fn ahead(&self, used: &Self::Used, units: u64, now: UnixMillis) -> Self::Used;

    /// Whether resuming at `mark` counts everything that `used` does.
    fn covers(&self, mark: &Self::Used, used: &Self::Used) -> bool;

    /// Most units that a mark may reserve, at least 1.
    fn most_reserved(&self) -> u64;

    /// Until when units that pass at `now` may be spent, `until` at most: no longer than they count together.
    fn lends_until(&self, _used: &Self::Used, _now: UnixMillis, until: UnixMillis) -> UnixMillis {
        until
    }

    /// Units that may pass at `now` if they are spent at any instant up to `until`, which is as [`Self::lends_until`] says.
    fn lendable(&self, used: &Self::Used, now: UnixMillis, until: UnixMillis) -> u64;

    /// Charges units that are lendable: they count as if spent at `until`.
    fn lend(&self, used: &mut Self::Used, units: u64, now: UnixMillis, until: UnixMillis);

    /// How long until all units are back if so many more are charged at `now`, where it was `full` before.
    fn fuller(&self, full: Millis, _units: u64, _now: UnixMillis) -> Millis {
        full
    }

    /// A cost in the rule's own measure, and what is in use at `now` in the same; [`u128::MAX`] where each unit has a
    /// time of its own at which it comes back.
    fn measure(&self, _used: &Self::Used, cost: u64, _now: UnixMillis) -> (u128, u128) {
        (cost.into(), u128::MAX)
    }

    /// Gives back an amount in that measure, of what was charged at `at`. What no longer counts then stays so.
    fn refund(&self, used: &mut Self::Used, amount: u128, at: UnixMillis);

    /// Gives back units of those in use at `now`, the latest first where each has a time of its own; no more than there are.
    fn give(&self, used: &mut Self::Used, units: u64, now: UnixMillis) {
        let (amount, in_use) = self.measure(used, units, now);
        self.refund(used, amount.min(in_use), now);
    }

    /// What is used under `to`, if `used` is under this one.
    fn carried(&self, used: &Self::Used, to: &Self, now: UnixMillis, carry: Carry) -> Self::Used;
}

/// Units that a mark of a window of `units` may cover: a twentieth, rounded up. So a crash costs less than a
/// twentieth, and a window no more than twenty rows.
pub(super) fn twentieth(units: u64) -> u64 {
    units.div_ceil(20).max(1)
}

/// How long a mark of a window may allow unwritten grants: a tenth of it, [`MAX_LEAD`] at most. What memory loss
/// may have granted counts for that much longer.
pub(super) fn lead_time(window: Millis) -> Millis {
    Millis(window.0 / 10).min(MAX_LEAD)
}

/// An amount as units.
pub(super) fn units(amount: u128) -> u64 {
    u64::try_from(amount).unwrap_or(u64::MAX)
}
