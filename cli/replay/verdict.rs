//! What becomes of a request under one policy.

use headgate::limit::Name;
use headgate::policy::Reason;
use headgate::subject::{Decision, Outcome};
use headgate::wire::{reason, retry_after};

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It passes.
    Admitted,
    /// It passes, and nobody is asked: open routes, preflights, the gate's own paths.
    Uncharged,
    /// It does not.
    Denied(Denied),
}

/// Why a request does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denied {
    pub(crate) reason: Reason,
    /// The limits that refuse it, if limits do, and why each of them alone would.
    pub(crate) limits: Vec<(Name, Reason)>,
    /// Seconds, as the client would be told.
    pub(crate) retry_after: Option<u64>,
}

impl Verdict {
    /// That it is refused before any limit is looked at.
    pub(crate) fn refused(reason: Reason) -> Self {
        Self::Denied(Denied {
            reason,
            limits: Vec::new(),
            retry_after: None,
        })
    }

    /// What a decision comes to.
    pub(crate) fn of(decision: &Decision) -> Self {
        match decision.outcome {
            Outcome::Admitted => return Self::Admitted,
            // The edge takes it for no decision.
            Outcome::NoRoom => return Self::refused(Reason::Unavailable),
            _ => {}
        }
        let wait = retry_after(decision);
        let reason = reason(decision, wait).0;
        let violated = decision.standings.iter().filter(|it| it.violated);
        let limits = violated.map(|it| {
            let alone = if it.limit.is_lane() {
                Reason::Concurrency
            } else {
                reason
            };
            (it.limit.name.clone(), alone)
        });
        Self::Denied(Denied {
            reason,
            limits: limits.collect(),
            retry_after: wait,
        })
    }

    /// Why it does not pass, if it does not.
    pub(crate) fn denied(&self) -> Option<&Denied> {
        match self {
            Self::Denied(denied) => Some(denied),
            _ => None,
        }
    }
}
