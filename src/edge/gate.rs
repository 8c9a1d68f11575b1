//! The way of a request through the gate.

use super::admit::Passed;
use super::conclusion::Conclusion;
use super::deployment::Deployment;
use super::failure::{Failure, Fault};
use super::follow::answered;
use super::forwarded::forwarded;
use super::headers::Head;
use super::identify::address;
use super::linger::linger;
use super::log::Whose;
use super::task::Context;
use super::{collectors, log, respond};
use crate::collector::{How, Seen};
use crate::path::normalised;
use crate::policy::{Policy, Reason};
use crate::request::Owned;
use crate::wire::{
    DEPLOYMENT_HEADER, Denial, Target, Told, cors_headers, deployments, exposed_headers,
    limit_headers, told_headers,
};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::{Request, Response};

/// The header that says what did not do its part, or who decided in its place.
pub(super) const DEGRADED: &str = "X-Headgate-Degraded";

/// One request and all it needs.
pub(crate) struct Gate<'a> {
    pub(crate) request: &'a Request,
    /// What it says before its body.
    pub(crate) head: &'a Head,
    pub(crate) context: &'a Context,
    pub(crate) request_id: &'a str,
    pub(crate) policy: &'a Policy,
    pub(crate) deployment: &'a Rc<Deployment>,
    /// Whether the policy could not be read from KV.
    pub(crate) policy_degraded: bool,
    /// What is to be counted of it.
    pub(crate) noted: Noted,
}

/// What is found out on the way of a request and counted at its end.
#[derive(Default)]
pub(crate) struct Noted {
    /// How it was decided on.
    pub(crate) how: Cell<How>,
    /// What stood in for whom, if anything did.
    pub(crate) part: Cell<Option<&'static str>>,
    /// Whether that was for its owner's sake alone.
    pub(crate) is_owners: Cell<bool>,
    /// Whose it is, if that is to be logged.
    pub(crate) whose: RefCell<Whose>,
}

/// Where a request goes on to.
struct Way<'t> {
    target: &'t Target<'t>,
    /// The path that was matched.
    path: String,
    /// The deployments that it has passed, this one the last.
    deployments: String,
}

impl Gate<'_> {
    /// Answers the request: with the origin's answer or with the gate's own.
    pub(crate) async fn answer(&self) -> Result<Response, JsValue> {
        let answered = match Target::parse(self.head.url()) {
            Some(target) => self.decide_and_forward(&target).await,
            None => Err(self.refuse(&Failure::new(Reason::Malformed, "The URL cannot be read."))),
        };
        match answered {
            Ok(response) => {
                self.count(None);
                Ok(response)
            }
            Err(denial) => {
                let mut denial = denial.negotiated(self.head.header("Accept"));
                if let Some(origin) = self.head.header("Origin") {
                    let of_page = cors_headers(self.policy, origin, &denial.headers);
                    denial.headers.extend(of_page);
                }
                if denial.headers.iter().all(|(name, _)| name != DEGRADED) {
                    denial.headers.extend(self.degraded(&Passed::default()));
                }
                self.count(denial.reason());
                linger(self.request, self.head).await;
                respond::own(&denial)
            }
        }
    }

    /// Counts how it was answered.
    fn count(&self, denied: Option<Reason>) {
        let seen = Seen {
            denied,
            degraded: self.noted.part.get(),
            how: self.noted.how.get(),
            is_owners: self.noted.is_owners.get(),
        };
        collectors::note(self.deployment, self.context, &seen);
        let is_plain = denied.is_none() && seen.degraded.is_none();
        if self.deployment.logs_denials && !is_plain {
            let whose = self.noted.whose.take();
            log::decided(denied, seen.degraded, self.request_id, &whose);
        }
    }

    async fn decide_and_forward(&self, target: &Target<'_>) -> Result<Response, Denial> {
        let before = self.head.header(DEPLOYMENT_HEADER);
        let Some(deployments) = deployments(before, &self.deployment.id) else {
            let detail = "The origin sent the request back to this gate.";
            return Err(self.refuse(&Failure::new(Reason::Loop, detail)));
        };
        let path = normalised(target.path, self.policy.paths)
            .map_err(|error| self.refuse(&Failure::new(Reason::Malformed, error.to_string())))?;
        let route = self.policy.route(self.head.method(), &path);
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
        // The body is in the request then. Should the client go, what is held below here would not be dropped.
        let body = passed.body.take();
        let told = self.told(way, &passed);
        let request = forwarded(self.request, self.head, &url, &told, body.as_deref());
        drop(body);
        let unsent = passed.conclusion.take_if(|_| request.is_err());
        if let Some(conclusion) = unsent {
            conclusion.came_to_nothing(self);
        }
        let request = request.map_err(broken)?;
        let slot = passed.slot.take();
        let answer = origin
            .send(&request, self.policy.origin_timeout, slot.as_ref())
            .await
            .map_err(&refuse)?;
        let refunded = self.concluded(&mut passed, &answer).await;
        let answer = answered(answer, slot, origin.says_lengths(), self.context).map_err(broken)?;
        let set: Vec<_> = refunded
            .as_ref()
            .unwrap_or(&limits)
            .iter()
            .cloned()
            .chain(self.degraded(&passed))
            .chain(passed.would_deny())
            .collect();
        let exposed = self.exposed(&set);
        respond::passed_on(&answer, &set, exposed.as_deref()).map_err(|problem| {
            // Nobody will read what is followed already.
            if let Some(controller) = &answer.controller {
                controller.abort();
            }
            broken(problem)
        })
    }

    /// Tells the object how the request ended; the limit headers with what that gives back, if anything.
    async fn concluded(
        &self,
        passed: &mut Passed<'_>,
        answer: &Response,
    ) -> Option<Vec<(String, String)>> {
        let cost = passed.conclusion.take()?.tell(self, answer).await;
        let decision = passed.decision.clone().filter(|_| cost > 0)?;
        Some(limit_headers(
            &self.policy.dialect,
            &decision.refunded(cost),
        ))
    }

    fn told<'t>(
        &'t self,
        way: &'t Way<'_>,
        passed: &'t Passed<'_>,
    ) -> Vec<(&'static str, &'t str)> {
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
            client: address(self.head),
            host: way.target.host,
            scheme: way.target.scheme,
        };
        let conclusion = passed.conclusion.as_ref();
        let plain = conclusion.is_some_and(Conclusion::reads_body);
        let mut told = told_headers(&told);
        told.extend(plain.then_some(("Accept-Encoding", "identity")));
        told
    }

    /// A CORS preflight carries no credential and no body, and asks only whether a request may be made. No browser sends
    /// one that is to be taken for another method.
    fn is_preflight(&self) -> bool {
        let has = |name: &str| self.head.header(name).is_some();
        let overrides = [
            "X-HTTP-Method-Override",
            "X-HTTP-Method",
            "X-Method-Override",
        ];
        self.head.method() == "OPTIONS"
            && has("Origin")
            && has("Access-Control-Request-Method")
            && !has("Authorization")
            && !has("X-Api-Key")
            && !overrides.into_iter().any(has)
            && self.request.body().is_none()
    }

    /// The gate's headers that the page which asks may read, of an answer to which the gate gives headers `set`.
    fn exposed(&self, set: &[(String, String)]) -> Option<String> {
        let cors = self.policy.cors.as_ref()?;
        let origin = self.head.header("Origin")?;
        cors.allowed(origin)
            .map(|_| exposed_headers(self.policy, set))
    }

    /// What tells the client that something the gate depends on did not do its part.
    fn degraded(&self, passed: &Passed<'_>) -> Option<(String, String)> {
        let part = if let Some(part) = passed.undecided {
            part
        } else if let Some(part) = passed.client.as_ref().and_then(|client| client.degraded) {
            part
        } else if self.policy_degraded {
            "policy"
        } else {
            return None;
        };
        self.noted.part.set(Some(part));
        Some((DEGRADED.to_owned(), part.to_owned()))
    }

    pub(super) fn refuse(&self, failure: &Failure) -> Denial {
        if failure.is_owners {
            self.noted.is_owners.set(true);
        }
        Denial::without_decision(
            self.policy,
            failure.reason,
            self.request_id,
            &failure.detail,
        )
    }
}
