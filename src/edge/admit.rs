//! Whether a request may pass, and what is known of it then.

use super::conclusion::Conclusion;
use super::decide::{Decided, decide};
use super::failure::Failure;
use super::gate::Gate;
use super::identify::Client;
use super::log;
use super::selected::{Selected, found};
use super::slot::Slot;
use crate::policy::{OnUnavailable, Reason, Route};
use crate::subject::{Decision, Outcome};
use crate::wire::{Denial, own_answer};

/// What the gate has found out about a request that it forwards.
#[derive(Default)]
pub(super) struct Passed<'a> {
    pub(super) client: Option<Client<'a>>,
    pub(super) decision: Option<Decision>,
    /// The slot that is held meanwhile.
    pub(super) slot: Option<Slot>,
    /// The body, if it had to be read.
    pub(super) body: Option<Vec<u8>>,
    /// What its object is told of how it ended.
    pub(super) conclusion: Option<Conclusion<'a>>,
    /// Whether it passes because no decision could be had.
    pub(super) undecided: bool,
}

impl<'a> Gate<'a> {
    /// Finds out who the client is and has its owner decide.
    pub(super) async fn admit(
        &self,
        route: Option<&'a Route>,
        path: &str,
        query: &str,
    ) -> Result<Passed<'a>, Denial> {
        let found = found(self, route, path, query).await;
        let (client, Selected { body, limits, .. }) =
            found.map_err(|failure| self.refuse(&failure))?;
        let answer = route.and_then(|route| route.answer.as_ref());
        let decided = match decide(self, &client, route, limits).await {
            Ok(decided) => decided,
            Err(fault) => {
                log::fault(&fault);
                let may_pass = self.policy.on_unavailable == OnUnavailable::Allow;
                // What a plan allows is not given away because its books are out of reach.
                let needs_decision =
                    route.is_some_and(|it| it.answer.is_some() || !it.caps.is_empty());
                if !may_pass || needs_decision {
                    return Err(self.unanswered());
                }
                return Ok(Passed {
                    client: Some(client),
                    body,
                    undecided: true,
                    ..Passed::default()
                });
            }
        };
        let mut passed = Passed {
            client: Some(client),
            body,
            ..Passed::default()
        };
        if let Some(Decided {
            decision,
            slot,
            conclusion,
        }) = decided
        {
            if decision.outcome != Outcome::Admitted {
                return Err(Denial::of_decision(self.policy, &decision, self.request_id));
            }
            (passed.slot, passed.conclusion) = (slot, conclusion);
            passed.decision = Some(decision);
        }
        match (answer, &passed.decision) {
            (None, _) => Ok(passed),
            (Some(answer), Some(decision)) => {
                let (policy, id) = (self.policy, self.request_id);
                Err(own_answer(policy, answer, decision, id))
            }
            (Some(_), None) => Err(self.unanswered()),
        }
    }

    fn unanswered(&self) -> Denial {
        let detail = "Whether the request may pass cannot be decided now.";
        self.refuse(&Failure::new(Reason::Unavailable, detail))
    }
}
