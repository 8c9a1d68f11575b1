//! A subject as those see it who ask about it. Nothing changes.

use super::decision::Standing;
use super::machine::Subject;
use super::state::Take;
use crate::lease::LeaseId;
use crate::limit::Name;
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
    /// Where each limit stands that it has met, and whether that is a shadow limit.
    pub fn standings(&self, now: UnixMillis) -> impl Iterator<Item = (Standing, bool)> {
        let look = Take::units(0);
        let meters = self.meters.iter();
        meters.map(move |meter| (meter.look(&look, now), meter.shadow))
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
}
