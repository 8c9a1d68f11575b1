//! The way of a request through the gate.

use super::deployment::Deployment;
use super::failure::{Failure, Fault};
use super::identify::{Client, Owned, address, header, identify};
use super::origin::forwarded;
use super::{decide, log, respond};
use crate::policy::{OnUnavailable, Policy, Reason};
use crate::subject::{Decision, Outcome};
use crate::wire::{
    DEPLOYMENT_HEADER, Denial, Target, Told, cors_headers, exposed_headers, limit_headers,
    normalised, told_headers,
};
use wasm_bindgen::JsValue;
use web_sys::{Request, Response};

/// One request and all it needs.
pub(crate) struct Gate<'a> {
    pub(crate) request: &'a Request,
    pub(crate) request_id: &'a str,
    pub(crate) policy: &'a Policy,
    pub(crate) deployment: &'a Deployment,
    /// Whether the policy could not be read from KV.
    pub(crate) policy_degraded: bool,
}

/// What the gate has found out about a request that it forwards.
#[derive(Default)]
struct Passed<'a> {
    client: Option<Client<'a>>,
    decision: Option<Decision>,
    /// Whether it passes because no decision could be had.
    undecided: bool,
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
            Err(mut denial) => {
                if let Some(origin) = header(&self.request.headers(), "Origin") {
                    denial.headers.extend(cors_headers(self.policy, &origin));
                }
                respond::own(&denial)
            }
        }
    }

    async fn decide_and_forward(&self, target: &Target<'_>) -> Result<Response, Denial> {
        let headers = self.request.headers();
        if header(&headers, DEPLOYMENT_HEADER).as_deref() == Some(self.deployment.id.as_str()) {
            return Err(self.refuse(&Failure::new(
                Reason::Loop,
                "The origin sent the request back to this gate.",
            )));
        }
        let path = normalised(target.path, self.policy.paths.encoded_slash)
            .map_err(|error| self.refuse(&Failure::new(Reason::Malformed, error.to_string())))?;
        let route = self.policy.route(&self.request.method(), &path);
        let passed = if self.is_preflight() || route.is_some_and(|route| route.open) {
            Passed::default()
        } else {
            self.admit(route.map_or(1, |route| route.cost)).await?
        };
        self.forward(target, &path, &passed).await
    }

    /// Identifies the client and has its owner decide.
    async fn admit(&self, cost: u64) -> Result<Passed<'a>, Denial> {
        let client = identify(self.policy, self.deployment, &self.request.headers()).await;
        let client = client.map_err(|failure| self.refuse(&failure))?;
        if client.tier.limits.is_empty() {
            return Ok(Passed {
                client: Some(client),
                ..Passed::default()
            });
        }
        match decide::decide(self.policy, self.deployment, &client, cost).await {
            Ok(decision) if decision.outcome == Outcome::Admitted => Ok(Passed {
                client: Some(client),
                decision: Some(decision),
                undecided: false,
            }),
            Ok(decision) => Err(Denial::of_decision(self.policy, &decision, self.request_id)),
            Err(fault) => self.undecided(client, &fault),
        }
    }

    fn undecided(&self, client: Client<'a>, fault: &Fault) -> Result<Passed<'a>, Denial> {
        log::fault(fault);
        match self.policy.on_unavailable {
            OnUnavailable::Allow => Ok(Passed {
                client: Some(client),
                decision: None,
                undecided: true,
            }),
            OnUnavailable::Deny => Err(self.refuse(&Failure::new(
                Reason::Unavailable,
                "Whether the request may pass cannot be decided now.",
            ))),
        }
    }

    async fn forward(
        &self,
        target: &Target<'_>,
        path: &str,
        passed: &Passed<'_>,
    ) -> Result<Response, Denial> {
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
        let broken = |_| {
            refuse(Failure::new(
                Reason::BadGateway,
                "The request or its answer cannot be passed on.",
            ))
        };
        let init = forwarded(self.request, &self.told(target, passed)).map_err(broken)?;
        let url = origin.url(target, path, target.query);
        let answer = origin
            .send(&url, &init, self.policy.origin_timeout)
            .await
            .map_err(&refuse)?;
        let set: Vec<_> = limits
            .iter()
            .cloned()
            .chain(self.degraded(passed))
            .collect();
        let exposed = self.exposed();
        respond::passed_on(&answer, &set, exposed.as_deref()).map_err(broken)
    }

    fn told(&self, target: &Target<'_>, passed: &Passed<'_>) -> Vec<(&'static str, String)> {
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
            deployment: &self.deployment.id,
            secret: self.deployment.origin_secret.as_deref(),
            client: client.as_deref(),
            host: target.host,
            scheme: target.scheme,
        };
        told_headers(&told)
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect()
    }

    /// A CORS preflight carries no credential and asks only whether a request may be made.
    fn is_preflight(&self) -> bool {
        let headers = self.request.headers();
        self.request.method() == "OPTIONS"
            && header(&headers, "Origin").is_some()
            && header(&headers, "Access-Control-Request-Method").is_some()
    }

    /// The gate's headers that the page which asks may read.
    fn exposed(&self) -> Option<String> {
        let origin = header(&self.request.headers(), "Origin")?;
        let cors = self.policy.cors.as_ref()?;
        cors.allowed(&origin).map(|_| exposed_headers(self.policy))
    }

    fn degraded(&self, passed: &Passed<'_>) -> Option<(String, String)> {
        let part = if passed.undecided { "object" } else { "policy" };
        (passed.undecided || self.policy_degraded)
            .then(|| ("X-Headgate-Degraded".to_owned(), part.to_owned()))
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
