//! The answer to one demand.

use crate::account::Refusal;
use crate::lease::Grant;
use crate::limit::{Kind, Limit, Name, Verdict};
use crate::loan::Loan;
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};

/// What was decided, when, and where the subject stands under each limit that was tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// When, on the clock of the object that decided. All waits are counted from then.
    pub now: UnixMillis,
    /// How far the machine's clock is behind that one: for so long the object's time stands still, and clients
    /// wait longer.
    pub behind: Millis,
    /// Whether the demand passes.
    pub outcome: Outcome,
    /// One entry per limit that may deny, in the order of the demand.
    pub standings: Vec<Standing>,
    /// What the lease got, if a slot of a lane was given.
    pub grant: Option<Grant>,
    /// What it tells of the account, if it tells anything: an object in JSON of its plan and what is settled of its
    /// caps, or of the reason why it is suspended.
    pub statement: Option<String>,
    /// What was lent beside. The standings are those before that.
    pub loan: Option<Loan>,
    /// The shadow limits that would have denied it, had they not been shadows. Of a demand that was not charged nothing
    /// is said.
    pub would_deny: Vec<Name>,
}

impl Decision {
    /// That there is no room in the row to decide.
    #[must_use]
    pub fn no_room(now: UnixMillis) -> Self {
        Self {
            now,
            behind: Millis(0),
            outcome: Outcome::NoRoom,
            standings: Vec::new(),
            grant: None,
            statement: None,
            loan: None,
            would_deny: Vec::new(),
        }
    }

    /// How long the demand may wait for a slot, and of which lane, if full lanes refused it and nothing else did.
    #[must_use]
    pub fn patience(&self) -> Option<(Millis, &Name)> {
        let violated = self.standings.iter().filter(|standing| standing.violated);
        let waits =
            violated.map(|standing| Some((standing.limit.patience()?, &standing.limit.name)));
        let waits: Option<Vec<(Millis, &Name)>> = waits.collect();
        waits?.into_iter().min()
    }

    /// Whether what refused it is taken by other requests alone, so that nobody knows when it comes free: full lanes,
    /// and caps that are not spent.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        let mut violated = self.standings.iter().filter(|standing| standing.violated);
        matches!(self.outcome, Outcome::NotYet(_))
            && violated.all(|standing| standing.limit.algorithm.kind() != Kind::Rate)
    }

    /// The same as it would stand if the request had not been charged its cost by rates.
    #[must_use]
    pub fn refunded(mut self, cost: u64) -> Self {
        self.add(cost);
        self
    }

    /// Tells of so many units more that are left of all rates.
    pub(crate) fn add(&mut self, units: u64) {
        let rates = self.standings.iter_mut();
        for standing in rates.filter(|it| it.limit.algorithm.kind() == Kind::Rate) {
            standing.remaining = standing.remaining.saturating_add(units);
        }
    }
}

/// Whether a demand passes. "Not yet" and "never" are different answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It passes and is charged to every limit.
    Admitted,
    /// Nothing was charged; the same demand passes after this wait, the longest over the violated limits,
    /// and not a millisecond before, if the subject spends nothing meanwhile. Of a full lane it is only what the
    /// policy says, and no promise; so of a cap that reservations fill.
    NotYet(Millis),
    /// Nothing was charged; the cost is above the burst of a limit, so that no wait helps.
    Never,
    /// Nothing was charged; what the account pays for or how it stands refuses it, and no wait helps.
    Refused(Refusal),
    /// Nothing was charged, and nothing can be decided: the row has no room for what would be used of a limit. Others go
    /// on as before.
    NoRoom,
}

impl Outcome {
    /// What comes of what all limits say.
    pub(super) fn of(verdicts: impl Iterator<Item = Verdict>) -> Self {
        let (mut wait, mut is_spent) = (None, false);
        for verdict in verdicts {
            match verdict {
                Verdict::Never => return Self::Never,
                Verdict::Spent => is_spent = true,
                Verdict::Waits(w) => wait = wait.max(Some(w)),
                Verdict::Passes => {}
            }
        }
        // Of both answers the one that no wait changes.
        if is_spent {
            return Self::Refused(Refusal::PaymentRequired);
        }
        wait.map_or(Self::Admitted, Self::NotYet)
    }
}

/// Where a subject stands under one limit, after the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The limit as the object enforces it, which may be newer than the one that was asked for.
    pub limit: Limit,
    /// Whole units that could pass now, free slots, or what is left of a cap.
    pub remaining: u64,
    /// How long the demand had to wait for this limit alone; zero if the limit did not refuse it, or refuses it for good.
    pub wait: Millis,
    /// How long until one more unit could pass, or for a full lane what its policy says; zero if `remaining` is not.
    pub next: Millis,
    /// How long until all of the burst is back; zero for a lane or a cap.
    pub full: Millis,
    /// Whether this limit refused the demand.
    pub violated: bool,
}
