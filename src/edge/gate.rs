//! The way of a request through the gate.

use super::decide::{Decided, decide};
use super::deployment::Deployment;
use super::failure::{Failure, Fault};
use super::follow::answered;
use super::forwarded::forwarded;
use super::headers::header;
use super::identify::{Client, Owned, address};
use super::linger::linger;
use super::selected::{Selected, found};
use super::slot::Slot;
use super::{log, respond};
use crate::path::normalised;
use crate::policy::{OnUnavailable, Policy, Reason, Route};
use crate::subject::{Decision, Outcome};
use crate::wire::{
    DEPLOYMENT_HEADER, Denial, Target, Told, cors_headers, deployments, exposed_headers,
    limit_headers, told_headers,
};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::{Request, Response};
use worker::Context;

/// One request and all it needs.
pub(crate) struct Gate<'a> {
    pub(crate) request: &'a Request,
    pub(crate) context: &'a Context,
    pub(crate) request_id: &'a str,
    pub(crate) policy: &'a Policy,
    pub(crate) deployment: &'a Rc<Deployment>,
    /// Whether the policy could not be read from KV.
    pub(crate) policy_degraded: bool,
}

/// What the gate has found out about a request that it forwards.
#[derive(Default)]
struct Passed<'a> {
    client: Option<Client<'a>>,
    decision: Option<Decision>,
    /// The slot that is held meanwhile.
    slot: Option<Slot>,
    /// The body, if it had to be read.
    body: Option<Vec<u8>>,
    /// Whether it passes because no decision could be had.
    undecided: bool,
}

/// Where a request goes on to.
struct Way<'t> {
    target: &'t Target<'t>,
    /// The path that was matched.
    path: String,
    /// The deployments that it has passed, this one the last.
    deployments: String,
}

impl<'a> Gate<'a> {
    /// Answers the request: with the origin's answer or with the gate's own.
    pub(crate) async fn answer(&self) -> Result<Response, JsValue> {
        let url = self.request.url();
        let answered = match Target::parse(&url) {
            Some(target) => self.decide_and_forward(&target).await,
            None => Err(self.refuse(&Failure::new(Reason::Malformed, "The URL cannot be read."))),
        };
        match answered {
            Ok(response) => Ok(response),
            Err(denial) => {
                let headers = self.request.headers();
                let mut denial = denial.negotiated(header(&headers, "Accept").as_deref());
                if let Some(origin) = header(&headers, "Origin") {
                    denial.headers.extend(cors_headers(self.policy, &origin));
                }
                denial.headers.extend(self.degraded(&Passed::default()));
                linger(self.request).await;
                respond::own(&denial)
            }
        }
    }

    async fn decide_and_forward(&self, target: &Target<'_>) -> Result<Response, Denial> {
        let headers = self.request.headers();
        let before = header(&headers, DEPLOYMENT_HEADER);
        let Some(deployments) = deployments(before.as_deref(), &self.deployment.id) else {
            let detail = "The origin sent the request back to this gate.";
            return Err(self.refuse(&Failure::new(Reason::Loop, detail)));
        };
        let path = normalised(target.path, self.policy.paths)
            .map_err(|error| self.refuse(&Failure::new(Reason::Malformed, error.to_string())))?;
        let route = self.policy.route(&self.request.method(), &path);
        let passed = if self.is_preflight() || route.is_some_and(|route| route.open) {
            Passed::default()
        } else {
            self.admit(route, &path, target.query).await?
        };
        self.forward(
            &Way {
                target,
                path,
                deployments,
            },
            passed,
        )
        .await
    }

    /// Finds out who the client is and has its owner decide.
    async fn admit(
        &self,
        route: Option<&Route>,
        path: &str,
        query: &str,
    ) -> Result<Passed<'a>, Denial> {
        let found = found(self, route, path, query).await;
        let (client, Selected { body, limits, .. }) =
            found.map_err(|failure| self.refuse(&failure))?;
        let (decision, slot) = match decide(self, &client, route, limits).await {
            Ok(None) => (None, None),
            Ok(Some(Decided { decision, slot })) if decision.outcome == Outcome::Admitted => {
                (Some(decision), slot)
            }
            Ok(Some(Decided { decision, .. })) => {
                return Err(Denial::of_decision(self.policy, &decision, self.request_id));
            }
            Err(fault) => {
                self.undecided(&fault)?;
                return Ok(Passed {
                    client: Some(client),
                    body,
                    undecided: true,
                    ..Passed::default()
                });
            }
        };
        Ok(Passed {
            client: Some(client),
            decision,
            slot,
            body,
            undecided: false,
        })
    }

    /// Whether a request may pass although no decision can be had.
    fn undecided(&self, fault: &Fault) -> Result<(), Denial> {
        log::fault(fault);
        match self.policy.on_unavailable {
            OnUnavailable::Allow => Ok(()),
            OnUnavailable::Deny => Err(self.refuse(&Failure::new(
                Reason::Unavailable,
                "Whether the request may pass cannot be decided now.",
            ))),
        }
    }

    async fn forward(&self, way: &Way<'_>, mut passed: Passed<'_>) -> Result<Response, Denial> {
        let origin = &self.deployment.origin;
        let limits = passed
            .decision
            .as_ref()
            .map(|d| limit_headers(&self.policy.dialect, d))
            .unwrap_or_default();
        let refuse = |failure: Failure| {
            let mut denial = self.refuse(&failure);
            denial.headers.extend(limits.clone());
            denial
        };
        let broken = |problem| {
            log::fault(&Fault::new("gate", problem));
            refuse(Failure::new(
                Reason::BadGateway,
                "The request or its answer cannot be passed on.",
            ))
        };
        let url = origin.url(way.target, &way.path, way.target.query);
        let request = forwarded(
            self.request,
            &url,
            &self.told(way, &passed),
            passed.body.as_deref(),
        )
        .map_err(broken)?;
        let slot = passed.slot.take();
        let answer = origin
            .send(&request, self.policy.origin_timeout, slot.as_ref())
            .await
            .map_err(&refuse)?;
        let answer = answered(answer, slot, origin.says_lengths(), self.context).map_err(broken)?;
        let set: Vec<_> = limits
            .iter()
            .cloned()
            .chain(self.degraded(&passed))
            .collect();
        let exposed = self.exposed();
        respond::passed_on(&answer, &set, exposed.as_deref()).map_err(|problem| {
            // Nobody will read what is followed already.
            if let Some(controller) = &answer.controller {
                controller.abort();
            }
            broken(problem)
        })
    }

    fn told(&self, way: &Way<'_>, passed: &Passed<'_>) -> Vec<(&'static str, String)> {
        let client = address(&self.request.headers());
        let account = passed
            .client
            .as_ref()
            .and_then(|client| match &client.owner {
                Owned::Account(account) => Some(account.as_str()),
                Owned::Subject { .. } => None,
            });
        let told = Told {
            request_id: self.request_id,
            account,
            tier: passed
                .client
                .as_ref()
                .map(|client| client.tier.name.as_str()),
            deployments: &way.deployments,
            secret: self.deployment.origin_secret.as_deref(),
            client: client.as_deref(),
            host: way.target.host,
            scheme: way.target.scheme,
        };
        told_headers(&told)
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect()
    }

    /// A CORS preflight carries no credential and no body, and asks only whether a request may be made.
    fn is_preflight(&self) -> bool {
        let headers = self.request.headers();
        let has = |name: &str| header(&headers, name).is_some();
        self.request.method() == "OPTIONS"
            && has("Origin")
            && has("Access-Control-Request-Method")
            && !has("Authorization")
            && !has("X-Api-Key")
            && self.request.body().is_none()
    }

    /// The gate's headers that the page which asks may read.
    fn exposed(&self) -> Option<String> {
        let origin = header(&self.request.headers(), "Origin")?;
        let cors = self.policy.cors.as_ref()?;
        cors.allowed(&origin).map(|_| exposed_headers(self.policy))
    }

    /// What tells the client that something the gate depends on did not do its part.
    fn degraded(&self, passed: &Passed<'_>) -> Option<(String, String)> {
        let part = if passed.undecided {
            "object"
        } else if let Some(part) = passed.client.as_ref().and_then(|client| client.degraded) {
            part
        } else if self.policy_degraded {
            "policy"
        } else {
            return None;
        };
        Some(("X-Headgate-Degraded".to_owned(), part.to_owned()))
    }

    fn refuse(&self, failure: &Failure) -> Denial {
        Denial::without_decision(
            self.policy,
            failure.reason,
            self.request_id,
            &failure.detail,
        )
    }
}
