//! What was decided, in numbers.

use crate::policy::Reason;
use serde::{Deserialize, Serialize};

/// What stood in for whom, as `X-Headgate-Degraded` says it.
pub const DEGRADED: [&str; 5] = ["object", "local", "policy", "directory", "tokens"];

/// How requests were decided on that no object was asked about: a denial was repeated, a unit spent that was lent, or the
/// object had more to do than it could.
const HERE: [&str; 3] = ["repeated", "lent", "shed"];

const REASONS: usize = Reason::ALL.len();
const FIRST_DEGRADED: usize = 1 + REASONS;
const FIRST_HERE: usize = FIRST_DEGRADED + DEGRADED.len();
const PLACES: usize = FIRST_HERE + HERE.len();

/// How many requests were answered in which way. Each is either admitted (sent on, or answered as a route says) or denied
/// (answered by the gate for a reason). It travels as a list, to which a later version may add.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<u64>", into = "Vec<u64>")]
pub struct Tally([u64; PLACES]);

/// Some of what is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Requests that were admitted.
    Admitted,
    /// Requests that were refused, by each of [`Reason::ALL`].
    Denied,
    /// Requests that were marked as degraded, by each of [`DEGRADED`].
    Degraded,
    /// Requests that no object was asked about, by why: a denial repeated, a unit lent, an ask shed.
    Here,
}

impl Default for Tally {
    fn default() -> Self {
        Self([0; PLACES])
    }
}

impl From<Vec<u64>> for Tally {
    fn from(counts: Vec<u64>) -> Self {
        let mut tally = Self::default();
        for (to, from) in tally.0.iter_mut().zip(counts) {
            *to = from;
        }
        tally
    }
}

impl From<Tally> for Vec<u64> {
    fn from(tally: Tally) -> Self {
        tally.0.to_vec()
    }
}

impl Part {
    /// Where it begins, and how much there is of it.
    fn places(self) -> (usize, usize) {
        match self {
            Self::Admitted => (0, 1),
            Self::Denied => (1, REASONS),
            Self::Degraded => (FIRST_DEGRADED, DEGRADED.len()),
            Self::Here => (FIRST_HERE, HERE.len()),
        }
    }

    /// What the place of a number in it is called.
    fn name(self, at: usize) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::Denied => Reason::ALL.get(at).map_or("", |reason| reason.name()),
            Self::Degraded => DEGRADED.get(at).unwrap_or(&""),
            Self::Here => HERE.get(at).unwrap_or(&""),
        }
    }
}

impl Tally {
    /// Counts one more at a place of a part.
    pub fn count(&mut self, part: Part, at: usize) {
        let place = self.0.get_mut(part.places().0.saturating_add(at));
        if let Some(count) = place {
            *count = count.saturating_add(1);
        }
    }

    /// All that is counted in a part.
    #[must_use]
    pub fn sum(&self, part: Part) -> u64 {
        let (from, most) = part.places();
        let counts = self.0.iter().skip(from).take(most);
        counts.fold(0, |sum, it| sum.saturating_add(*it))
    }

    /// What is counted in a part, by name.
    #[must_use]
    pub fn of(&self, part: Part) -> Vec<(&'static str, u64)> {
        let (from, most) = part.places();
        let counts = self.0.iter().skip(from).take(most).enumerate();
        counts.map(|(at, count)| (part.name(at), *count)).collect()
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
        }
    }
}
