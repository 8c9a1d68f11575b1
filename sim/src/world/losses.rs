//! What it costs when an object loses its memory: no more than is documented, and never the other way.

use super::World;
use super::promises::look;
use crate::fault::Fault;
use crate::host::Instance;
use crate::machine::{Kind, Machine};
use crate::violation::{Held, Violation, hold};
use headgate::limit::{Algorithm, Name, Partition};
use headgate::object::Ask;
use headgate::subject::Standing;

impl World {
    /// An object loses its memory, which must not cost more than is documented.
    ///
    /// # Errors
    ///
    /// If it does, or gives something back.
    pub(super) fn lose_memory(&mut self, object: usize) -> Result<Instance, Violation> {
        let before = self.hosts[object].primary.machine.clone();
        let host = &mut self.hosts[object];
        let is_written = host.newest == host.written;
        let gone = host.restart();
        let mut kept = Vec::new();
        if let Some(before) = before.filter(|_| is_written && host.kind == Kind::Account) {
            let newest = host.newest;
            let asked = host.asked.clone().into_values();
            for ask in asked.filter(|ask| ask.version == newest) {
                kept.extend(self.holds_bounds(object, before.clone(), &ask)?);
            }
        }
        self.hosts[object].returned = 0;
        self.rates.lost(object, &kept);
        Ok(gone)
    }

    /// The object goes, and who waited in it is not answered, or told that it is gone.
    pub(super) fn evict(&mut self, object: usize) -> Held {
        let gone = self.lose_memory(object)?;
        self.dismiss(gone);
        Ok(())
    }

    /// The same without a look at what it costs: a row was written meanwhile.
    pub(super) fn restart(&mut self, object: usize) {
        let gone = self.hosts[object].restart();
        self.dismiss(gone);
    }

    fn dismiss(&mut self, gone: Instance) {
        for waiting in gone.waiting {
            if self.random.one_in(2) {
                self.reply(waiting.call, None);
            }
        }
    }

    /// Which limits stand where they stood.
    fn holds_bounds(
        &mut self,
        object: usize,
        mut before: Machine,
        ask: &Ask,
    ) -> Result<Vec<Counted>, Violation> {
        let clock = self.hosts[object].clock(self.now);
        let Some(mut after) = self.hosts[object].resumed() else {
            return Err(Violation(format!("object {object} cannot read its rows")));
        };
        self.report.losses += 1;
        let (was, _) = before.handle(&look(ask), clock);
        let (is, _) = after.handle(&look(ask), clock);
        let mut kept = Vec::new();
        let is_quiet = before.next_wake().is_none();
        // One that resumes at an earlier instant stands elsewhere for another reason.
        if was.now != is.now {
            return Ok(kept);
        }
        for ((was, is), asked) in was.standings.iter().zip(&is.standings).zip(&ask.limits) {
            // A part takes over a changed rule when it is next asked for, written or not.
            let may_be_older = asked.partition.is_some() && ask.version > 1;
            if was.limit != is.limit || may_be_older {
                continue;
            }
            let told = || format!("memory loss of object {object}: {was:?} before, {is:?} after");
            hold(is.remaining <= was.remaining, || {
                format!("gives back, {}", told())
            })?;
            let is_bounded = !was.limit.is_lane() || self.hears_all_ends();
            let costs = was.remaining - is.remaining;
            let most = most_lost(was) + self.hosts[object].returned;
            hold(!is_bounded || costs <= most, || {
                format!("costs too much, {}", told())
            })?;
            if is_quiet && (was.remaining, was.next, was.full) == (is.remaining, is.next, is.full) {
                kept.push((asked.name.clone(), asked.partition));
            }
        }
        Ok(kept)
    }
}

impl World {
    /// Whether every lease that ends is released: one that runs out is named in a row for a while longer.
    fn hears_all_ends(&self) -> bool {
        let deaf = [
            Fault::MessageLost,
            Fault::MessageLate,
            Fault::IsolateKilled,
            Fault::IsolateCutOff,
            Fault::Panic,
        ];
        deaf.iter().all(|fault| self.odds.of(*fault) == 0)
    }
}

/// A limit, and which part of its owner it counts.
type Counted = (Name, Option<Partition>);

/// What a crash may cost at most, as it is documented.
fn most_lost(standing: &Standing) -> u64 {
    let twentieth = |units: u64| units.div_ceil(20).max(1) - 1;
    match standing.limit.algorithm {
        Algorithm::TokenBucket(rule) => {
            let (units, window) = (
                u128::from(rule.quota.units()),
                u128::from(rule.quota.window().0),
            );
            let six_seconds = u64::try_from((units * 6_000).div_ceil(window)).unwrap_or(u64::MAX);
            six_seconds.min(rule.quota.burst().div_ceil(10)).max(1)
        }
        Algorithm::Concurrency(rule) => 2 * rule.slots().div_ceil(4),
        Algorithm::Lifetime(_) | Algorithm::Cap(_) => 0,
        rule => twentieth(rule.units()),
    }
}
