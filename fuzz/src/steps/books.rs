//! What was let in, by somebody who forgets nothing: rates by the oracle, lanes as a list of holders, a cap as a sum.

use super::super::limits::most;
use headgate::lease::{Grant, LeaseId};
use headgate::limit::{Algorithm, Kind, Limit, Period};
use headgate::object::Ask;
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};
use headgate_sim::oracle::Oracle;
use std::collections::BTreeMap;
use std::fmt;

pub struct Books {
    pub(super) rates: Vec<Limit>,
    pub(super) oracle: Oracle,
    /// What was charged: to whom, when, how much, and whether it may be given back.
    pub(super) charges: Vec<(Option<LeaseId>, UnixMillis, u64, bool)>,
    pub(super) lane: Option<(u64, Millis)>,
    pub(super) leases: BTreeMap<LeaseId, Lease>,
    pub(super) cap: Option<u64>,
    pub(super) settled: u64,
    pub(super) reserved: BTreeMap<LeaseId, (u64, UnixMillis)>,
    pub suspended_until: UnixMillis,
    pub is_blocked: bool,
    /// Whether nothing has happened yet that may cost capacity.
    pub is_exact: bool,
    pub(super) latest: UnixMillis,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    pub(super) ends: UnixMillis,
    pub(super) incarnation: u64,
    /// Whether its exchange is open.
    pub(super) is_open: bool,
}

impl fmt::Debug for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (exact, charges) = (self.is_exact, &self.charges);
        write!(
            f,
            "exact {exact}, charges {charges:?}, leases {:?}, ",
            self.leases
        )?;
        write!(f, "reserved {:?}, settled {}", self.reserved, self.settled)
    }
}

impl Books {
    pub fn new(limits: &[Limit]) -> Self {
        let rates = limits
            .iter()
            .filter(|limit| limit.algorithm.kind() == Kind::Rate);
        let rates: Vec<Limit> = rates.cloned().collect();
        let (mut lane, mut cap) = (None, None);
        for limit in limits {
            match limit.algorithm {
                Algorithm::Concurrency(rule) => lane = Some((rule.slots(), rule.lease())),
                Algorithm::Cap(rule) => cap = Some(rule.amount),
                _ => {}
            }
        }
        Self {
            oracle: Oracle::new(&rates),
            rates,
            charges: Vec::new(),
            lane,
            leases: BTreeMap::new(),
            cap,
            settled: 0,
            reserved: BTreeMap::new(),
            suspended_until: UnixMillis(0),
            is_blocked: false,
            is_exact: true,
            latest: UnixMillis(0),
        }
    }

    /// Most that every rate lets pass at once.
    pub fn least(&self) -> u64 {
        self.rates.iter().map(most).min().unwrap_or(3)
    }

    /// The window of some rate, or a lease.
    pub fn some_window(&self, number: u64) -> u64 {
        let windows = self.rates.iter().map(|rate| match rate.algorithm {
            Algorithm::Lifetime(rule) => rule.per.window(),
            rule => rule.window(self.latest).unwrap_or_default(),
        });
        let mut windows: Vec<u64> = windows.map(|window| window.0).collect();
        windows.extend(self.lane.map(|(_, lease)| lease.0));
        let at = usize::try_from(number).unwrap() % windows.len().max(1);
        windows.get(at).copied().unwrap_or(1_000)
    }

    /// Whether a charge can be taken out as if it had never been: an anchor stays one, and the oracle is slow to begin
    /// months anew.
    pub fn takes_back(&self) -> bool {
        self.rates.iter().all(|rate| match rate.algorithm {
            Algorithm::AnchoredWindow(_) | Algorithm::Lifetime(_) => false,
            Algorithm::FixedWindow(rule) => rule.period != Period::Month,
            _ => true,
        })
    }

    pub fn has_cap(&self) -> bool {
        self.cap.is_some()
    }

    /// The time of an object whose machine's clock says this, as long as it has its memory.
    pub fn time(&mut self, clock: UnixMillis) -> UnixMillis {
        self.latest = self.latest.max(clock);
        self.latest
    }

    /// Holds a decision against what must be, if nothing was lost, and against what must not be in any case.
    pub fn expect(&mut self, ask: &Ask, decision: &Decision) {
        let at = self.time(decision.now);
        assert_eq!(decision.now, at, "the object's time went back");
        let amount = ask.terms.reserves.first().map(|(_, amount)| *amount);
        let amount = amount.filter(|_| self.cap.is_some());
        let is_blocked = self.is_blocked && !ask.terms.blocked.is_empty();
        let is_refused = at < self.suspended_until || is_blocked;
        let is_admitted = decision.outcome == Outcome::Admitted;
        if is_refused {
            return assert!(!is_admitted, "a suspended account is let in");
        }
        if !self.is_exact {
            return;
        }
        let waits = self.oracle.waits(ask.cost, at);
        let has_slot = self.lane.is_none_or(|(slots, _)| {
            let free = self.taken(at) < slots;
            free && (ask.lease.is_some() || ask.cost == 0)
        });
        let taken = self
            .reserved
            .values()
            .map(|(amount, _)| amount)
            .sum::<u64>();
        let fits = |amount| amount == 0 || self.settled + taken + amount <= self.cap.unwrap_or(0);
        let has_amount = amount.is_none_or(|amount| ask.lease.is_some() && fits(amount));
        let passes = waits.iter().all(|wait| *wait == Some(0)) && has_slot && has_amount;
        assert_eq!(
            is_admitted, passes,
            "{:?} at {at:?} of {ask:?}",
            decision.outcome
        );
        for (standing, wait) in decision.standings.iter().zip(waits) {
            assert_eq!(standing.violated, wait != Some(0), "{standing:?}");
            assert_eq!(standing.wait, Millis(wait.unwrap_or(0)), "{standing:?}");
        }
    }

    /// Notes what was let in, and that every limit had it.
    pub fn admit(&mut self, ask: &Ask, at: UnixMillis, grant: Option<Grant>) {
        self.latest = self.latest.max(at);
        let has = self.oracle.take(ask.cost, at);
        assert!(has, "over-admission of {} under {:?}", ask.cost, self.rates);
        if ask.cost > 0 {
            self.charges
                .push((ask.lease, at, ask.cost, ask.terms.refundable));
        }
        let Some(((slots, _), lease)) = self.lane.zip(ask.lease) else {
            return;
        };
        let grant = grant.expect("a slot of the lane");
        self.leases.insert(
            lease,
            Lease {
                ends: at.after(grant.lasts),
                incarnation: grant.incarnation,
                is_open: true,
            },
        );
        let open = self.leases.values().filter(|it| it.is_open && it.ends > at);
        let open = u64::try_from(open.count()).unwrap();
        assert!(open <= slots, "{open} in {slots} slots");
    }

    /// Holds what an admitting or refusing object tells of its rates against what is left.
    pub fn stands(&self, decision: &Decision) {
        let left = self.oracle.left(decision.now);
        for (standing, left) in decision.standings.iter().zip(left) {
            let is_right = if self.is_exact {
                standing.remaining == left
            } else {
                standing.remaining <= left
            };
            assert!(is_right, "{left} left, {standing:?}");
        }
    }

    /// Takes the charge of a request out, as if it had never been made.
    pub fn refund(&mut self, request: LeaseId) {
        let is_it = |charge: &(Option<LeaseId>, UnixMillis, u64, bool)| {
            charge.0 == Some(request) && charge.3
        };
        let Some(at) = self.charges.iter().position(is_it) else {
            return;
        };
        // Of very many later charges the object may have forgotten it.
        self.is_exact &= self.charges.len() - at < 32;
        self.charges.remove(at);
        self.oracle = Oracle::new(&self.rates);
        for (_, at, cost, _) in &self.charges {
            self.oracle.take(*cost, *at);
        }
    }

    pub fn lose(&mut self) {
        self.is_exact = false;
    }
}
