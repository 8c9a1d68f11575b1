//! How far ahead of the live state the next mark goes: it follows the pace of the grants.

use crate::bounds::{MAX_UNITS, QUIET_AFTER};
use crate::time::UnixMillis;

/// The pace of one subject's grants. Starts slow, also after memory was lost, so that a crash loop reserves
/// one unit at a time and starves nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    /// When a unit or slot was last granted or freed, or until when units are lent.
    last: UnixMillis,
    lead: u64,
}

impl Pace {
    /// A pace of which nothing is known yet.
    pub(super) fn unknown() -> Self {
        Self {
            last: UnixMillis(0),
            lead: 1,
        }
    }

    /// Notes a grant. After a pause the lead is one unit again: the mark is then exact and needs no quiet write.
    pub(super) fn granted(&mut self, now: UnixMillis) {
        if now >= self.quiet_at() {
            self.lead = 1;
        }
        self.last = self.last.max(now);
    }

    /// Notes that units were lent until then. Whoever has them does not ask meanwhile, and is not quiet.
    pub(super) fn lent(&mut self, until: UnixMillis) {
        self.last = self.last.max(until);
    }

    /// Notes that a slot was freed.
    pub(super) fn released(&mut self, now: UnixMillis) {
        self.last = self.last.max(now);
    }

    /// Units that the mark being written now covers, this grant included. Doubles from mark to mark.
    pub(super) fn next_lead(&mut self) -> u64 {
        let lead = self.lead;
        self.lead = lead.saturating_mul(2).min(MAX_UNITS);
        lead
    }

    /// When the subject counts as quiet if nothing more is granted or freed.
    pub(super) fn quiet_at(&self) -> UnixMillis {
        self.last.after(QUIET_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Millis;

    #[test]
    fn the_lead_doubles_while_grants_keep_coming_and_starts_over_after_a_pause() {
        let mut pace = Pace::unknown();
        let mut now = UnixMillis(1_000);
        let mut leads = Vec::new();
        for _ in 0..4 {
            now = now.after(Millis(499));
            pace.granted(now);
            leads.push(pace.next_lead());
        }
        assert_eq!(leads, [1, 2, 4, 8]);
        pace.granted(now.after(QUIET_AFTER));
        assert_eq!(pace.next_lead(), 1);
    }
}
