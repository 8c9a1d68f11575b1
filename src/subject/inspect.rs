//! A subject as those see it who ask about it. Nothing changes.

use super::decision::Standing;
use super::machine::Subject;
use super::meter::Meter;
use super::state::Take;
use crate::lease::LeaseId;
use crate::limit::{Kind, Name};
use crate::time::UnixMillis;

/// A slot that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The lane.
    pub lane: Name,
    /// Who holds it.
    pub lease: LeaseId,
    /// Since when it is known; `None` if that was before the memory was lost.
    pub since: Option<UnixMillis>,
    /// When it ends unless it is renewed.
    pub ends: UnixMillis,
}

impl Subject {
    /// Where each limit stands that it has met.
    pub fn standings(&self, now: UnixMillis) -> impl Iterator<Item = Standing> {
        let look = Take::units(0);
        self.meters.iter().map(move |meter| meter.look(&look, now))
    }

    /// Who holds slots.
    pub fn held(&self) -> impl Iterator<Item = Held> {
        let lanes = self
            .meters
            .iter()
            .filter_map(|meter| Some((&meter.limit.name, meter.lane()?)));
        lanes.flat_map(|(name, lane)| {
            lane.live.iter().map(|(id, lease)| Held {
                lane: name.clone(),
                lease: *id,
                since: lease.since,
                ends: lease.ends,
            })
        })
    }

    /// Gives back all units of the rates of that name; how many were in use. `None` if there is none. Its row is due then.
    pub fn reset(&mut self, limit: &Name, now: UnixMillis) -> Option<u64> {
        let mut given = None;
        let is_it = |meter: &&mut Meter| meter.limit.name == *limit && meter.kind() == Kind::Rate;
        for meter in self.meters.iter_mut().filter(is_it) {
            let in_use = meter.state().in_use(now);
            *meter = Meter::fresh(&meter.limit, meter.versions());
            given = Some(given.unwrap_or(0_u64).saturating_add(in_use));
        }
        given
    }
}
