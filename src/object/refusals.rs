//! What an account was refused lately and why. In memory alone: it is worth no row.

use crate::bounds::MAX_REMEMBERED;
use crate::limit::Name;
use crate::subject::{Decision, Outcome};
use crate::time::{Millis, UnixMillis};
use std::collections::VecDeque;
use std::fmt;

/// The latest refusals, [`MAX_REMEMBERED`] at most, oldest first.
#[derive(Clone, Default)]
pub(super) struct Refusals(VecDeque<Refused>);

/// No decision depends on it, so that a machine that has refused is the same as before, and prints the same: a
/// search through all states knows them by how they print.
impl fmt::Debug for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusals").finish_non_exhaustive()
    }
}

impl PartialEq for Refusals {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Refusals {}

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) at: UnixMillis,
    pub(super) outcome: Outcome,
    /// The limits that refused it, with what was left of each, and how long to wait for it; zero if no wait helps.
    pub(super) limits: Vec<(Name, u64, Millis)>,
}

impl Refusals {
    /// Takes note of a decision, if it is a refusal.
    pub(super) fn note(&mut self, decision: &Decision) {
        if decision.outcome == Outcome::Admitted {
            return;
        }
        if self.0.len() >= MAX_REMEMBERED {
            self.0.pop_front();
        }
        let violated = decision
            .standings
            .iter()
            .filter(|standing| standing.violated);
        let limits = violated.map(|it| (it.limit.name.clone(), it.remaining, it.wait));
        self.0.push_back(Refused {
            at: decision.now,
            outcome: decision.outcome,
            limits: limits.collect(),
        });
    }

    /// Newest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Refused> {
        self.0.iter().rev()
    }
}
