//! The caps of a subject: how what requests came to is settled. They are reserved with everything else, in `machine`.

use super::cap::Reservations;
use super::machine::{Row, Subject};
use super::meter::{By, Meter};
use crate::lease::LeaseId;
use crate::limit::{Algorithm, Cap, Limit, Name};
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};

/// What became of a request. Saying it twice, late or of a request that is not known changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// The request.
    pub request: LeaseId,
    /// What it came to under each cap that it reserved of; 0 if it came to nothing, less if it gave something back.
    /// Of a cap that is not named the reservation stays.
    pub caps: Vec<(Name, i64)>,
    /// Whether the units that it was charged by rates are given back.
    pub refund: bool,
}

/// Where a cap stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapState {
    /// What its rule allows; [`Cap::OPEN`] while no request has met it.
    pub amount: u64,
    /// What outcomes came to.
    pub settled: u64,
    /// What requests may come to at most whose outcome is not known.
    pub reserved: u64,
    /// How many these are.
    pub open: usize,
}

impl Subject {
    /// Settles what became of a request.
    pub fn conclude(&mut self, settlement: &Settlement, now: UnixMillis) -> Row {
        self.expire(now);
        let mut row = Row::Holds;
        for (name, amount) in &settlement.caps {
            let is_settled = self
                .cap_mut(name)
                .is_some_and(|cap| cap.settle(settlement.request, *amount));
            if is_settled {
                row = Row::Due;
            }
        }
        if settlement.refund {
            self.pace.released(now);
            for meter in &mut self.meters {
                meter.state_mut().refund(settlement.request);
            }
        }
        self.due(row)
    }

    /// Sets what is settled of a cap, if that is said, and drops its reservations that are at least `older_than` old.
    pub fn reconcile(
        &mut self,
        name: &Name,
        settled: Option<u64>,
        older_than: Millis,
        now: UnixMillis,
    ) -> Row {
        self.expire(now);
        if self.cap(name).is_none() {
            let limit = Limit {
                name: name.clone(),
                algorithm: Algorithm::Cap(Cap::OPEN),
                partition: None,
            };
            // Older than every policy, so that the first that names it rules.
            self.meters.push(Meter::fresh(&limit, By::default()));
        }
        if let Some(cap) = self.cap_mut(name) {
            let until = UnixMillis(now.0.saturating_sub(older_than.0));
            cap.reconcile(settled, until);
        }
        self.due(Row::Due)
    }

    /// Erases its caps and which requests may have units back; whether there was a cap. What counts under other limits
    /// stays.
    pub fn erase(&mut self) -> bool {
        let before = self.meters.len();
        self.meters.retain(|meter| meter.cap().is_none());
        for meter in &mut self.meters {
            meter.state_mut().forget_refunds();
        }
        self.meters.len() < before
    }

    /// Where a cap stands; `None` if it is not known.
    #[must_use]
    pub fn cap_state(&self, name: &Name) -> Option<CapState> {
        let cap = self.cap(name)?;
        let tally = cap.tally();
        Some(CapState {
            amount: cap.rule().amount,
            settled: tally.settled,
            reserved: tally.reserved(),
            open: tally.open.len(),
        })
    }

    fn cap(&self, name: &Name) -> Option<&Reservations> {
        let mut caps = self.meters.iter().filter(|meter| meter.limit.name == *name);
        caps.find_map(Meter::cap)
    }

    fn cap_mut(&mut self, name: &Name) -> Option<&mut Reservations> {
        let mut caps = self.meters.iter_mut().filter_map(Meter::cap_mut);
        caps.find(|(known, _)| *known == name).map(|(_, cap)| cap)
    }
}
