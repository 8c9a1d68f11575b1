//! What every limit of a subject can do, whatever its rule.

use super::machine::Row;
use crate::lease::LeaseId;
use crate::limit::Verdict;
use crate::time::{Millis, UnixMillis};

/// What a demand takes of each limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Take {
    /// Units of rates.
    pub(super) cost: u64,
    /// A slot of lanes; under the same id a reservation of caps.
    pub(super) lease: Option<LeaseId>,
    /// How much of this cap it reserves; `None` if it only looks.
    pub(super) reserve: Option<u64>,
    /// Whether the units may be given back.
    pub(super) refundable: bool,
}

impl Take {
    /// Units and nothing else.
    pub(super) fn units(cost: u64) -> Self {
        Self {
            cost,
            lease: None,
            reserve: None,
            refundable: false,
        }
    }
}

/// Where a limit stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outlook {
    /// Whole units that could pass now, or free slots.
    pub(super) remaining: u64,
    /// How long until one unit could pass; zero if something remains.
    pub(super) next: Millis,
    /// How long until nothing is used.
    pub(super) full: Millis,
}

/// The live state under a rule, with the mark that a row holds of it.
pub(super) trait State {
    /// Tests a demand and changes nothing.
    fn verdict(&self, take: &Take, now: UnixMillis) -> Verdict;

    /// Charges what [`Self::verdict`] said passes. If the row is due it must be written before the grant counts.
    fn charge(&mut self, take: &Take, now: UnixMillis) -> Row;

    /// Moves the mark so that it covers `lead` units, the last one charged included.
    fn reserve(&mut self, lead: u64, now: UnixMillis);

    /// Gives back the units that a request was charged, where that is remembered. No other limit has any.
    fn refund(&mut self, _request: LeaseId) {}

    /// Gives back units of those in use, or of what is settled; how many. A row is due then.
    fn give(&mut self, _units: u64, _now: UnixMillis) -> u64 {
        0
    }

    /// Until when units may be lent at `now`, `until` at most.
    fn lends_until(&self, _now: UnixMillis, until: UnixMillis) -> UnixMillis {
        until
    }

    /// Units that may be lent at `now` until then. Of lanes and caps there are none.
    fn lendable(&self, _now: UnixMillis, _until: UnixMillis) -> u64 {
        0
    }

    /// Charges units that are lendable, under the name of their loan. If the row is due it must be written first.
    fn lend(&mut self, _: LeaseId, _units: u64, _now: UnixMillis, _until: UnixMillis) -> Row {
        Row::Holds
    }

    /// Gives back so many units of a loan, where that is remembered; once.
    fn give_back(&mut self, _loan: LeaseId, _units: u64) {}

    /// Moves the mark back onto the live state.
    fn settle(&mut self);

    /// Forgets which requests may have units back.
    fn forget_refunds(&mut self) {}

    /// Holds from now on that nothing is written.
    fn forget_row(&mut self);

    /// Whether losing memory at `now` would cost capacity.
    fn is_behind(&self, now: UnixMillis) -> bool;

    /// Whether nothing is used at `now`.
    fn is_full(&self, now: UnixMillis) -> bool;

    /// How long until a row can do without it, if nothing more is granted: nothing is used then, and the next grant is
    /// beyond its mark. `None` if time alone does not bring that about. `now` may lie before the last call's.
    fn let_go_in(&self, now: UnixMillis) -> Option<Millis>;

    /// Whether a row can do without it.
    fn can_be_let_go(&self, now: UnixMillis) -> bool {
        self.let_go_in(now) == Some(Millis(0))
    }

    /// Most units that can pass at once, or slots.
    fn most(&self) -> u64;

    /// Units in use at `now`, rounded up, or taken slots; more than [`Self::most`] after some changes of the rule.
    fn in_use(&self, now: UnixMillis) -> u64;

    /// Whole units that could pass at `now`, or free slots.
    fn remaining(&self, now: UnixMillis) -> u64 {
        self.most().saturating_sub(self.in_use(now))
    }

    /// How long until one unit could pass, zero if none ever will; for a lane that is full what its policy says.
    fn next(&self, now: UnixMillis) -> Millis;

    /// How long until nothing is used; zero for a lane or a cap, of which nobody knows.
    fn full_in(&self, now: UnixMillis) -> Millis;

    /// Where it stands.
    #[inline]
    fn outlook(&self, now: UnixMillis) -> Outlook {
        let remaining = self.remaining(now);
        let next = match remaining {
            0 => self.next(now),
            _ => Millis(0),
        };
        Outlook {
            remaining,
            next,
            full: self.full_in(now),
        }
    }

    /// Charges what [`Self::verdict`] said passes, and where it stands then. If the row is due it must be written before
    /// the grant counts.
    fn pass(&mut self, take: &Take, now: UnixMillis) -> (Row, Outlook) {
        let row = self.charge(take, now);
        (row, self.outlook(now))
    }
}
