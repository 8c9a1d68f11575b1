//! Why a demand is refused, in one word, and by which limit.

use super::decision::{Decision, Outcome, Standing};
use crate::account::Refusal;
use crate::time::Millis;
use std::cmp::Reverse;

/// Why a demand is refused, as it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// A rate refuses for now.
    Quota,
    /// A lane is full, or a cap by reservations, and no rate refuses.
    Concurrency,
    /// The cost is above the burst of a limit.
    Never,
    /// What the account pays for does not allow it.
    PaymentRequired,
    /// The account is suspended.
    Suspended,
    /// The key is revoked.
    Revoked,
}

impl Denied {
    /// All of them, each at the place of its number.
    pub const ALL: [Self; 6] = [
        Self::Quota,
        Self::Concurrency,
        Self::Never,
        Self::PaymentRequired,
        Self::Suspended,
        Self::Revoked,
    ];

    /// What reports call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Quota => "quota",
            Self::Concurrency => "concurrency",
            Self::Never => "never",
            Self::PaymentRequired => "payment_required",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
        }
    }
}

impl Decision {
    /// Why it refuses; `None` if it was admitted, or nothing could be decided.
    #[must_use]
    pub fn denied(&self) -> Option<Denied> {
        Some(match self.outcome {
            Outcome::Admitted | Outcome::NoRoom => return None,
            Outcome::NotYet(_) if self.is_crowded() => Denied::Concurrency,
            Outcome::NotYet(_) => Denied::Quota,
            Outcome::Never => Denied::Never,
            Outcome::Refused(Refusal::PaymentRequired) => Denied::PaymentRequired,
            Outcome::Refused(Refusal::Suspended) => Denied::Suspended,
            Outcome::Refused(Refusal::Revoked) => Denied::Revoked,
        })
    }

    /// The limit that refuses it for the longest, if limits do; of equals the first.
    #[must_use]
    pub fn refused_by(&self) -> Option<&Standing> {
        let violated = self.standings.iter().filter(|standing| standing.violated);
        violated.min_by_key(|standing| Reverse(standing.refusal()))
    }

    /// The limit of which the greatest share is used, and that share in percent, rounded down.
    #[must_use]
    pub fn nearest(&self) -> Option<(&Standing, u64)> {
        let shares = self.standings.iter().map(|it| (it, it.used_percent()));
        shares.min_by_key(|(_, percent)| Reverse(*percent))
    }
}

impl Standing {
    /// How long it refuses the demand: zero if it does not, without end if no wait helps.
    pub(crate) fn refusal(&self) -> Millis {
        if self.violated && self.wait.is_zero() {
            Millis(u64::MAX)
        } else {
            self.wait
        }
    }

    /// How much of it is used, in percent, rounded down.
    fn used_percent(&self) -> u64 {
        let most = self.limit.algorithm.most_at_once();
        let used = most.saturating_sub(self.remaining).saturating_mul(100);
        used.checked_div(most).unwrap_or(100)
    }
}
