//! What an account was allowed and refused lately, and why. In memory alone: it is worth no row.

use crate::bounds::{MAX_ADMISSIONS, MAX_REMEMBERED};
use crate::limit::Name;
use crate::subject::{Decision, Outcome};
use crate::time::{Millis, UnixMillis};
use std::collections::VecDeque;
use std::fmt;

/// The latest refusals, [`MAX_REMEMBERED`] at most, and the latest admissions, [`MAX_ADMISSIONS`] at most; oldest first.
#[derive(Clone, Default)]
pub(super) struct Lately {
    refusals: VecDeque<Refused>,
    admissions: VecDeque<Admitted>,
}

/// No decision depends on it, so that a machine that has refused is the same as before, and prints the same: a
/// search through all states knows them by how they print.
impl fmt::Debug for Lately {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lately").finish_non_exhaustive()
    }
}

impl PartialEq for Lately {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Lately {}

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) at: UnixMillis,
    pub(super) outcome: Outcome,
    /// The limits that refused it, with what was left of each, and how long to wait for it; zero if no wait helps.
    pub(super) limits: Vec<(Name, u64, Millis)>,
}

/// One admission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Admitted {
    pub(super) at: UnixMillis,
    pub(super) cost: u64,
    /// The limit of which the least was left then, and how much; absent where there is none.
    pub(super) least: Option<(Name, u64)>,
}

impl Lately {
    /// Takes note of a decision on a demand of that cost.
    pub(super) fn note(&mut self, decision: &Decision, cost: u64) {
        if decision.outcome == Outcome::Admitted {
            let least = decision.standings.iter().min_by_key(|it| it.remaining);
            let admitted = Admitted {
                at: decision.now,
                cost,
                least: least.map(|it| (it.limit.name.clone(), it.remaining)),
            };
            return push(&mut self.admissions, admitted, MAX_ADMISSIONS);
        }
        let violated = decision
            .standings
            .iter()
            .filter(|standing| standing.violated);
        let limits = violated.map(|it| (it.limit.name.clone(), it.remaining, it.wait));
        let refused = Refused {
            at: decision.now,
            outcome: decision.outcome,
            limits: limits.collect(),
        };
        push(&mut self.refusals, refused, MAX_REMEMBERED);
    }

    /// Newest first.
    pub(super) fn refusals(&self) -> impl Iterator<Item = &Refused> {
        self.refusals.iter().rev()
    }

    /// Newest first.
    pub(super) fn admissions(&self) -> impl Iterator<Item = &Admitted> {
        self.admissions.iter().rev()
    }
}

fn push<T>(latest: &mut VecDeque<T>, one: T, most: usize) {
    if latest.len() >= most {
        latest.pop_front();
    }
    latest.push_back(one);
}
