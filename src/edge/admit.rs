//! Whether a request may pass, and what is known of it then.

use super::conclusion::Conclusion;
use super::decide::{Awake, Decided, Undecided, decide, decide_here};
use super::failure::Failure;
use super::gate::{DEGRADED, Gate};
use super::owner::Owner;
use super::selected::{Selected, found};
use super::slot::Slot;
use super::{collectors, log};
use crate::policy::{OnUnavailable, Place, Reason, Route, Tier};
use crate::request::Client;
use crate::subject::{Decision, Outcome};
use crate::wire::{Denial, own_answer, would_deny_header};

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
    /// Who did not decide, or who did in its place, if no decision could be had.
    pub(super) undecided: Option<&'static str>,
}

impl Passed<'_> {
    /// The header that names the shadow limits that would have denied the request, for those who are to see it.
    pub(super) fn would_deny(&self) -> Option<(String, String)> {
        let shows = |client: &Client<'_>| client.shows_would_deny;
        self.client.as_ref().filter(|client| shows(client))?;
        would_deny_header(self.decision.as_ref()?)
    }
}

impl<'a> Gate<'a> {
    /// Finds out who the client is and has its owner decide.
    pub(super) async fn admit(
        &self,
        route: Option<&'a Route>,
        path: &str,
        query: &str,
    ) -> Result<Passed<'a>, Denial> {
        // Else a client that goes meanwhile leaves its body in memory: what nobody runs on is not dropped.
        let reads = route.is_some_and(|route| route.looks_at(Place::Body));
        let _awake = reads.then(|| Awake::keep(self.context));
        let found = found(self, route, path, query).await;
        let (client, Selected { body, limits, .. }) =
            found.map_err(|failure| self.refuse(&failure))?;
        let answer = route.and_then(|route| route.answer.as_ref());
        self.note_client(&client);
        let decided = match decide(self, &client, route, limits).await {
            Ok(decided) => decided,
            Err(undecided) => {
                let passed = self.instead(undecided, client.tier, route).await?;
                return Ok(Passed {
                    client: Some(client),
                    body,
                    ..passed
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
            if let Some(client) = &passed.client {
                collectors::note_decision(self.deployment, &client.owner, &decision);
            }
            if decision.outcome != Outcome::Admitted {
                self.note_refusal(&decision);
                return Err(Denial::of_decision(self.policy, &decision, self.request_id));
            }
            (passed.slot, passed.conclusion) = (slot, conclusion);
            passed.decision = Some(decision);
        }
        match (answer, &passed.decision) {
            (None, _) => Ok(passed),
            (Some(answer), Some(decision)) => {
                let (policy, id) = (self.policy, self.request_id);
                let mut answer = own_answer(policy, answer, decision, id);
                answer.headers.extend(passed.would_deny());
                Err(answer)
            }
            (Some(_), None) => Err(self.unanswered()),
        }
    }

    /// What becomes of a request that its object has not decided on. Numbers of an isolate's own decision are not told:
    /// they say nothing of the limits.
    async fn instead(
        &self,
        undecided: Undecided,
        tier: &Tier,
        route: Option<&Route>,
    ) -> Result<Passed<'a>, Denial> {
        let Undecided {
            fault,
            owner,
            message,
        } = undecided;
        let mut mode = self.policy.when_unavailable(tier, route);
        let mut decided = None;
        if mode == OnUnavailable::Local {
            match decide_here(self, &owner, message).await {
                Ok(here) => decided = Some(here),
                Err(fault) => {
                    log::fault(&fault);
                    mode = OnUnavailable::Deny;
                }
            }
        }
        log::undecided(&fault, mode);
        self.noted.is_owners.set(fault.is_owners);
        let mark = match mode {
            OnUnavailable::Deny => return Err(self.unanswered()),
            OnUnavailable::Allow => "object",
            OnUnavailable::Local => mode.name(),
        };
        self.noted.part.set(Some(mark));
        let refused = |it: &&Decided| it.decision.outcome != Outcome::Admitted;
        if let Some(Decided { decision, .. }) = decided.as_ref().filter(refused) {
            self.note_refusal(decision);
            let mut denial = Denial::of_local_decision(self.policy, decision, self.request_id);
            denial.headers.push((DEGRADED.to_owned(), mark.to_owned()));
            return Err(denial);
        }
        Ok(Passed {
            slot: decided.and_then(|it| it.slot),
            undecided: Some(mark),
            ..Passed::default()
        })
    }

    /// Remembers whose the request is, where it is logged.
    fn note_client(&self, client: &Client<'_>) {
        if self.deployment.logs_denials {
            let owner = Owner::of(self.deployment, &client.owner);
            let mut whose = self.noted.whose.borrow_mut();
            (whose.object, whose.tier) = (Some(owner.name), Some(client.tier.name.clone()));
        }
    }

    fn note_refusal(&self, decision: &Decision) {
        let refused_by = decision.refused_by();
        let limit = refused_by.map(|it| (it.limit.name.clone(), it.wait));
        self.noted.whose.borrow_mut().limit = limit;
    }

    fn unanswered(&self) -> Denial {
        let detail = "Whether the request may pass cannot be decided now.";
        self.refuse(&Failure::new(Reason::Unavailable, detail))
    }
}
