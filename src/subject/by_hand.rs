//! What those who run the gate give back of limits.

use super::machine::Subject;
use super::meter::Meter;
use crate::limit::{Kind, Name, Partition};
use crate::time::UnixMillis;

impl Subject {
    /// Gives back all units of the rates of that name; how many were in use. `None` if there is none. Its row is due then.
    pub fn reset(&mut self, limit: &Name, now: UnixMillis) -> Option<u64> {
        let mut given = None;
        let is_it = |meter: &&mut Meter| meter.limit.name == *limit && meter.kind() == Kind::Rate;
        for meter in self.meters.iter_mut().filter(is_it) {
            let in_use = meter.state().in_use(now);
            *meter = Meter::fresh(&meter.limit, meter.by());
            given = Some(given.unwrap_or(0_u64).saturating_add(in_use));
        }
        given
    }

    /// Gives back so many units of each rate of that name, or of what is settled of the cap, no more than are in use; how many
    /// were given back. Of one part of it, if one is named, else of each. `None` if there is none. Its row is due then.
    pub fn refund(
        &mut self,
        limit: &Name,
        partition: Option<Partition>,
        units: u64,
        now: UnixMillis,
    ) -> Option<u64> {
        let mut given = None;
        let is_it = |meter: &&mut Meter| {
            meter.limit.name == *limit
                && meter.kind() != Kind::Lane
                && (partition.is_none() || meter.limit.partition == partition)
        };
        for meter in self.meters.iter_mut().filter(is_it) {
            let back = meter.state_mut().give(units, now);
            given = Some(given.unwrap_or(0_u64).saturating_add(back));
        }
        given
    }
}
