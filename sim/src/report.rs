//! What a run came to.

use crate::fault::{Fault, Injected};
use headgate::object::Ask;
use headgate::subject::{Decision, Outcome};
use std::fmt;

/// Counts of one world, or the sum of many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Worlds.
    pub seeds: u64,
    /// Things that happened.
    pub steps: u64,
    /// Requests that clients sent.
    pub requests: u64,
    /// Those that an object let in.
    pub admitted: u64,
    /// Those that it refused.
    pub refused: u64,
    /// Those that an isolate refused by itself, as an object had before.
    pub repeated_denials: u64,
    /// Those that an isolate let in by itself, with units that were lent to it.
    pub lent: u64,
    /// Those that an object let in beside shadow limits.
    pub judged: u64,
    /// Those of them that shadow limits would have denied.
    pub would_deny: u64,
    /// Units that isolates gave back when their loans ended.
    pub returned: u64,
    /// Those that nobody decided.
    pub undecided: u64,
    /// Those of them that an isolate decided by itself.
    pub local: u64,
    /// Calls that were said once more.
    pub repeated: u64,
    /// Exchanges with the origin that were followed in a lane.
    pub exchanges: u64,
    /// Most that were open in one lane at once.
    pub most_open: u64,
    /// Renewals of leases.
    pub renewals: u64,
    /// Rows that were written.
    pub rows: u64,
    /// Refusals whose `Retry-After` was tried out.
    pub waits: u64,
    /// Losses of memory that were held against what they may cost.
    pub losses: u64,
    /// Units that were let in and held against their limit.
    pub checked: u64,
    /// Units that could not be, since two clocks or two policies ruled at once.
    pub unchecked: u64,
    /// Refusals that lost memory explains.
    pub too_early: u64,
    /// What went wrong.
    pub injected: Injected,
}

impl Report {
    /// Counts what shadow limits say of an ask.
    pub fn judges(&mut self, ask: &Ask, decision: &Decision) {
        if decision.outcome == Outcome::Admitted && !ask.shadows.is_empty() {
            self.judged += 1;
            self.would_deny += u64::from(!decision.would_deny.is_empty());
        }
    }

    /// Adds another world.
    pub fn add(&mut self, other: &Self) {
        let sums = [
            (&mut self.seeds, other.seeds),
            (&mut self.steps, other.steps),
            (&mut self.requests, other.requests),
            (&mut self.admitted, other.admitted),
            (&mut self.refused, other.refused),
            (&mut self.repeated_denials, other.repeated_denials),
            (&mut self.lent, other.lent),
            (&mut self.judged, other.judged),
            (&mut self.would_deny, other.would_deny),
            (&mut self.returned, other.returned),
            (&mut self.undecided, other.undecided),
            (&mut self.local, other.local),
            (&mut self.repeated, other.repeated),
            (&mut self.exchanges, other.exchanges),
            (&mut self.renewals, other.renewals),
            (&mut self.rows, other.rows),
            (&mut self.waits, other.waits),
            (&mut self.losses, other.losses),
            (&mut self.checked, other.checked),
            (&mut self.unchecked, other.unchecked),
            (&mut self.too_early, other.too_early),
        ];
        for (sum, one) in sums {
            *sum += one;
        }
        self.most_open = self.most_open.max(other.most_open);
        self.injected.add(&other.injected);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = [
            ("worlds", self.seeds),
            ("steps", self.steps),
            ("requests", self.requests),
            ("  let in", self.admitted),
            ("    with units lent to an isolate", self.lent),
            ("    beside shadow limits", self.judged),
            ("      which would have denied them", self.would_deny),
            ("  refused", self.refused),
            ("    by an isolate that knew it", self.repeated_denials),
            ("  refused early, for lost memory", self.too_early),
            ("  not decided in time", self.undecided),
            ("    then in the isolate itself", self.local),
            ("  calls said once more", self.repeated),
            ("units held against their limit", self.checked),
            ("  not, with two rules or clocks at once", self.unchecked),
            (
                "units given back unspent at the end of loans",
                self.returned,
            ),
            ("Retry-Afters tried out", self.waits),
            ("losses of memory held against their bound", self.losses),
            ("exchanges in lanes", self.exchanges),
            ("  most in one lane", self.most_open),
            ("  renewals", self.renewals),
            ("rows written", self.rows),
        ];
        for (what, count) in lines {
            writeln!(f, "{what:<44}{count:>12}")?;
        }
        writeln!(f, "\n{:<44}{:>12}", "faults injected and survived", "")?;
        for fault in Fault::ALL {
            writeln!(f, "  {:<42}{:>12}", fault.words(), self.injected.of(fault))?;
        }
        Ok(())
    }
}
