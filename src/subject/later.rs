//! What a decision is worth later.

use super::{Decision, Outcome};
use crate::limit::Kind;
use crate::time::Millis;

impl Decision {
    /// How long the same demand is refused in any case and all that is told of the limits that refuse it stays true, but for
    /// the time that passes; `None` if that is not known. It is of rates alone, which only time gives back: a slot may come
    /// free and a reservation be settled at once. It is no longer than until the first unit of any limit is back.
    #[must_use]
    pub fn stands_for(&self) -> Option<Millis> {
        if !matches!(self.outcome, Outcome::NotYet(_)) || !self.behind.is_zero() {
            return None;
        }
        let mut violated = self.standings.iter().filter(|standing| standing.violated);
        let is_spent = violated.all(|standing| {
            standing.limit.algorithm.kind() == Kind::Rate && !standing.next.is_zero()
        });
        let waits = self.standings.iter().map(|standing| standing.next);
        let first = waits.filter(|next| !next.is_zero()).min();
        first.filter(|_| is_spent)
    }

    /// What is told of a request that spends a loan of this decision, `by` so much later, when so many units of it are
    /// spent with its own. What others have spent since is not known.
    #[must_use]
    pub fn spending(&self, units: u64, by: Millis) -> Self {
        let mut spending = self.later(by);
        for standing in &mut spending.standings {
            let full = standing
                .limit
                .algorithm
                .fuller(standing.full, units, spending.now);
            standing.full = full;
            standing.remaining = standing.remaining.saturating_sub(units);
        }
        spending
    }

    /// The same decision `by` so much later, which for a denial is less than it stands for.
    #[must_use]
    pub fn later(&self, by: Millis) -> Self {
        let less = |wait: Millis| Millis(wait.0.saturating_sub(by.0));
        let mut later = self.clone();
        later.now = self.now.after(by);
        if let Outcome::NotYet(wait) = &mut later.outcome {
            *wait = less(*wait);
        }
        for standing in &mut later.standings {
            standing.wait = less(standing.wait);
            standing.next = less(standing.next);
            standing.full = less(standing.full);
        }
        later
    }
}
