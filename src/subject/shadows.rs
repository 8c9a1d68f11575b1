//! Shadow limits: what they would deny of what is admitted, if they were none.
//!
//! Each is judged by itself and after all others, on what these have admitted. What it lets pass is charged to it; what it
//! would deny is not. It promises nothing, so no row is due for its sake: it is written as it is with every row that is,
//! and else when the subject is quiet. What has come since is lost with memory.

use super::decision::{Decision, Outcome};
use super::machine::{Demand, Row, Subject};
use super::meter::Meter;
use super::state::Take;
use crate::limit::{Limit, Verdict};
use crate::time::UnixMillis;

impl Subject {
    /// Whether there may be shadow limits: then [`Self::decide_beside`] decides.
    #[inline]
    pub(crate) fn has_beside(&self, demand: &Demand<'_>) -> bool {
        self.has_shadows || !demand.shadows.is_empty()
    }

    /// Decides a demand as if there were no shadow limits, and has these judge what is admitted. Which limits are shadows
    /// the newest versions say.
    // Kept out of the way of the decisions of all others.
    #[cold]
    #[inline(never)]
    pub(crate) fn decide_beside(
        &mut self,
        demand: &Demand<'_>,
        now: UnixMillis,
        decision: &mut Decision,
    ) -> Row {
        self.expire(now);
        let mut places = vec![0; demand.limits.len().saturating_add(demand.shadows.len())];
        self.adopt_all(demand, &mut places, now);
        let meters = places.iter().filter_map(|at| self.meters.get(*at));
        let (shadows, limits): (Vec<&Meter>, Vec<&Meter>) = meters.partition(|it| it.shadow);
        let holds = |lease| limits.iter().any(|meter| meter.holds(lease));
        let is_again = demand.lease.is_some_and(holds);
        let defined = |meters: Vec<&Meter>| meters.iter().map(|it| it.limit.clone()).collect();
        let (limits, shadows): (Vec<Limit>, Vec<Limit>) = (defined(limits), defined(shadows));
        let alone = Demand {
            limits: &limits,
            shadows: &[],
            ..*demand
        };
        self.has_shadows = false;
        let row;
        (*decision, row) = self.decide(&alone, now);
        self.has_shadows = self.meters.iter().any(|meter| meter.shadow);
        let is_charged = demand.cost > 0 || demand.lease.is_some();
        if decision.outcome == Outcome::Admitted && is_charged && !is_again {
            let beside = Demand {
                limits: &[],
                shadows: &shadows,
                ..*demand
            };
            self.judge(&beside, now, decision);
        }
        self.due(row)
    }

    /// Judges what has been admitted.
    fn judge(&mut self, demand: &Demand<'_>, now: UnixMillis, decision: &mut Decision) {
        let take = Take {
            lease: demand.lease,
            refundable: demand.refundable,
            ..Take::units(demand.cost)
        };
        let mut places = Vec::new();
        for (limit, by) in demand.defined() {
            let at = self.adopt(limit, by, now);
            let Some(meter) = self.meters.get_mut(at) else {
                continue;
            };
            if meter.verdict(&take, now) == Verdict::Passes {
                let _ = meter.state_mut().charge(&take, now);
            } else {
                decision.would_deny.push(meter.limit.name.clone());
            }
            places.push(at);
        }
        self.is_untold |= !places.is_empty();
        if let (Some(lease), None) = (take.lease, decision.grant) {
            decision.grant = self.grant(&places, lease);
        }
    }

    /// Takes what has come of shadow limits into the row that is about to be written.
    #[inline]
    pub(super) fn tell_shadows(&mut self) {
        self.is_untold = false;
        if self.has_shadows {
            let shadows = self.meters.iter_mut().filter(|meter| meter.shadow);
            shadows.for_each(|meter| meter.state_mut().settle());
        }
    }
}
