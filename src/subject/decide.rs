//! How a subject decides: it finds each limit of a demand, tests all of them, and then charges all or none.

use super::decision::{Decision, Outcome};
use super::machine::{Demand, Row, Subject};
use super::state::Take;
use crate::limit::Name;
use crate::time::UnixMillis;

/// Limits of a demand whose places take no allocation: that would take longer than to test them.
const FEW: usize = 6;

impl Subject {
    /// Decides one demand: tests every limit, then charges every limit or none. A demand whose lease has its slot
    /// already, because it is asked again, is charged nothing. `now` must not go back between calls.
    pub fn decide(&mut self, demand: &Demand<'_>, now: UnixMillis) -> (Decision, Row) {
        let mut decision = Decision::no_room(now);
        let row = if self.has_beside(demand) {
            self.decide_beside(demand, now, &mut decision)
        } else {
            self.decide_alone(demand, now, &mut decision)
        };
        (decision, row)
    }

    /// The same of a demand without shadow limits, in the place where the decision is wanted: to move it there takes as long
    /// as to test a limit. It is to be one that there is no room for at `now`.
    pub(crate) fn decide_alone(
        &mut self,
        demand: &Demand<'_>,
        now: UnixMillis,
        decision: &mut Decision,
    ) -> Row {
        self.expire(now);
        let (mut few, mut many) = ([0; FEW], Vec::new());
        let places = few.get_mut(..demand.limits.len()).unwrap_or_else(|| {
            many.resize(demand.limits.len(), 0);
            &mut many
        });
        let mut known = self.meters.len();
        if !self.finds(demand, places) {
            known = self.adopt_all(demand, places, now);
        }
        let mut take = self.take(demand, places);
        let outcome = self.test(places, &mut take, demand.reserves, now);
        let is_charged = outcome == Outcome::Admitted && (take.cost > 0 || take.lease.is_some());
        decision.outcome = outcome;
        decision.standings = Vec::with_capacity(places.len());
        let mut row = Row::Holds;
        if is_charged {
            row = self.charge(places, &mut take, demand.reserves, now, decision);
            if let Some(lend) = demand.lend {
                decision.loan = self.lend(places, lend, take.cost, now, &mut row);
            }
            if row == Row::Due {
                self.reserve(places, now);
            }
            if let Some(lease) = take.lease {
                decision.grant = self.grant(places, lease);
            }
        } else {
            self.look(places, &mut take, demand.reserves, now, decision);
            self.forget_met(known);
        }
        if std::mem::take(&mut self.has_changed) {
            row = Row::Due;
        }
        self.due(row)
    }

    /// What a demand takes of each limit; no units if it has been charged already.
    #[inline]
    fn take(&self, demand: &Demand<'_>, places: &[usize]) -> Take {
        let mut take = Take {
            lease: demand.lease,
            refundable: demand.refundable,
            ..Take::units(demand.cost)
        };
        if let Some(lease) = demand.lease {
            let mut meters = places.iter().filter_map(|at| self.meters.get(*at));
            if meters.any(|meter| meter.holds(lease)) {
                take.cost = 0;
            }
        }
        take
    }

    #[inline]
    fn test(
        &self,
        places: &[usize],
        take: &mut Take,
        reserves: &[(Name, u64)],
        now: UnixMillis,
    ) -> Outcome {
        let meters = places.iter().filter_map(|at| self.meters.get(*at));
        Outcome::of(meters.map(|meter| {
            take.reserve = reserve(reserves, &meter.limit.name);
            meter.verdict(take, now)
        }))
    }

    /// Charges all limits, and says where each then stands.
    #[inline]
    fn charge(
        &mut self,
        places: &[usize],
        take: &mut Take,
        reserves: &[(Name, u64)],
        now: UnixMillis,
        decision: &mut Decision,
    ) -> Row {
        self.pace.granted(now);
        let mut due = Row::Holds;
        for at in places {
            if let Some(meter) = self.meters.get_mut(*at) {
                take.reserve = reserve(reserves, &meter.limit.name);
                let (row, standing) = meter.pass(take, now);
                due = due.or(row);
                decision.standings.push(standing);
            }
        }
        due
    }

    /// Says where each limit stands, and charges none.
    #[inline(never)]
    fn look(
        &self,
        places: &[usize],
        take: &mut Take,
        reserves: &[(Name, u64)],
        now: UnixMillis,
        decision: &mut Decision,
    ) {
        for at in places {
            if let Some(meter) = self.meters.get(*at) {
                take.reserve = reserve(reserves, &meter.limit.name);
                decision.standings.push(meter.look(take, now));
            }
        }
    }

    /// Moves the marks of all limits that are charged: they share the row that is written anyway.
    #[inline(never)]
    fn reserve(&mut self, places: &[usize], now: UnixMillis) {
        let lead = self.pace.next_lead();
        for at in places {
            if let Some(meter) = self.meters.get_mut(*at) {
                meter.state_mut().reserve(lead, now);
            }
        }
    }
}

/// How much is reserved of one limit, which then is a cap.
#[inline]
fn reserve(reserves: &[(Name, u64)], limit: &Name) -> Option<u64> {
    let found = reserves.iter().find(|(name, _)| name == limit);
    found.map(|(_, amount)| *amount)
}
