//! The gate's own answers.

use super::accept::prefers;
use super::answer::told;
use super::headers::limit_headers;
use super::instant::iso_second;
use super::problem::{PROBLEM_JSON, problem};
use super::standings::violated;
use crate::account::Refusal;
use crate::document::Value;
use crate::limit::Name;
use crate::policy::{Facts, Policy, ProblemJson, Reason};
use crate::subject::{Decision, Outcome, Standing};

/// An answer that the gate gives by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// 400 to 599; 200 to 299 of one that is no denial.
    pub status: u16,
    /// All its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
    /// The body for those who prefer `application/problem+json`, where the policy leaves them the choice.
    pub problem: Option<String>,
}

/// The header that says why.
const REASON: &str = "X-Headgate-Reason";

impl Denial {
    /// The answer to a demand that was not admitted.
    #[must_use]
    pub fn of_decision(policy: &Policy, decision: &Decision, request_id: &str) -> Self {
        let mut denial = Self::refusal(policy, decision, request_id, true);
        let limits = limit_headers(&policy.dialect, decision);
        denial.headers.extend(limits);
        denial
    }

    /// The answer to a demand that an isolate did not admit in the object's place. What is left of its share says
    /// nothing of the limit, so no number but the wait is told.
    #[must_use]
    pub fn of_local_decision(policy: &Policy, decision: &Decision, request_id: &str) -> Self {
        Self::refusal(policy, decision, request_id, false)
    }

    fn refusal(policy: &Policy, decision: &Decision, request_id: &str, counts: bool) -> Self {
        let wait = retry_after(decision);
        let (reason, detail) = reason(decision, wait);
        let violated = violated(decision);
        let refused = violated.first();
        let shown = |s: &&Standing| !policy.dialect.hides(&s.limit);
        let told = |s: &&Standing| counts && shown(s);
        let facts = Facts {
            retry_after: wait,
            retry_at: retry_at(decision),
            remaining: refused.copied().filter(told).map(|s| s.remaining),
            request_id: request_id.to_owned(),
            detail,
            violated: violated
                .iter()
                .copied()
                .filter(shown)
                .map(|s| s.limit.name.to_string())
                .collect(),
            ..Facts::default()
        };
        let refused = refused.map(|standing| &standing.limit.name);
        let mut denial = Self::new(policy, reason, refused, facts);
        if let Some(seconds) = wait {
            denial
                .headers
                .push(("Retry-After".to_owned(), seconds.to_string()));
        }
        denial
    }

    /// The answer to a request that no decision was made for.
    #[must_use]
    pub fn without_decision(
        policy: &Policy,
        reason: Reason,
        request_id: &str,
        detail: &str,
    ) -> Self {
        let facts = Facts {
            request_id: request_id.to_owned(),
            detail: detail.to_owned(),
            ..Facts::default()
        };
        Self::new(policy, reason, None, facts)
    }

    /// Why it refuses; `None` of one that is no denial.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        let mut headers = self.headers.iter();
        let (_, said) = headers.find(|(name, _)| name == REASON)?;
        Reason::ALL.into_iter().find(|reason| reason.name() == said)
    }

    /// The same for a client whose `Accept` is this.
    #[must_use]
    pub fn negotiated(mut self, accept: Option<&str>) -> Self {
        let Some(problem) = self.problem.take() else {
            return self;
        };
        let mut headers = self.headers.iter_mut();
        let content_type = headers.find(|(name, _)| name == "Content-Type");
        if let (Some((_, own)), Some(accept)) = (content_type, accept)
            && prefers(accept, PROBLEM_JSON, own)
        {
            PROBLEM_JSON.clone_into(own);
            self.body = problem;
        }
        self.headers.push(("Vary".to_owned(), "Accept".to_owned()));
        self
    }

    fn new(policy: &Policy, reason: Reason, refused: Option<&Name>, facts: Facts) -> Self {
        let dialect = &policy.dialect;
        let own = dialect.own_style(reason, refused);
        let status = own.map_or(reason.status(), |style| style.status);
        let facts = Facts { status, ..facts };
        let problem = || problem(reason, &facts);
        let styled = || {
            let style = dialect.style(reason, refused);
            (style.content_type.clone(), style.body.render(&facts))
        };
        let ((content_type, body), problem) = match dialect.problem_json {
            ProblemJson::Always => ((PROBLEM_JSON.to_owned(), problem()), None),
            ProblemJson::OnAccept => (styled(), Some(problem())),
            ProblemJson::Never => (styled(), None),
        };
        let headers = [
            ("Content-Type", content_type.as_str()),
            // RFC 6585 §4: a cache must not store a 429; none of the others is worth storing.
            ("Cache-Control", "no-store"),
            ("X-Headgate-Request-Id", facts.request_id.as_str()),
            (REASON, reason.name()),
        ];
        let challenge = (status == 401).then_some(("WWW-Authenticate", "Bearer"));
        let headers = headers.into_iter().chain(challenge);
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            status,
            headers: headers.collect(),
            body,
            problem,
        }
    }
}

/// Why a decision refuses, and the sentence for it; `wait` is what it tells as `Retry-After`, if it does.
#[must_use]
pub fn reason(decision: &Decision, wait: Option<u64>) -> (Reason, String) {
    let (reason, detail) = match (decision.outcome, wait) {
        (_, Some(seconds)) if !decision.is_crowded() => {
            let detail = format!("Rate limit exceeded. Retry after {seconds} seconds.");
            return (Reason::Quota, detail);
        }
        (_, Some(_)) => (Reason::Concurrency, "Too many requests at the same time."),
        (Outcome::Refused(Refusal::PaymentRequired), _) => (
            Reason::PaymentRequired,
            "What the account pays for does not allow this request.",
        ),
        (Outcome::Refused(Refusal::Suspended), _) => {
            if let Some(Value::Text(said)) = told(decision, "reason")
                && !said.is_empty()
            {
                return (Reason::Suspended, said);
            }
            (Reason::Suspended, "The account is suspended.")
        }
        (Outcome::Refused(Refusal::Revoked), _) => {
            (Reason::Unauthenticated, "The API key has been revoked.")
        }
        _ => (
            Reason::Never,
            "The request costs more than its limit ever allows at once.",
        ),
    };
    (reason, detail.to_owned())
}

/// The value of `Retry-After` for a decision: whole seconds, rounded up, at least 1. `None` for one that was
/// admitted or that no wait helps.
#[must_use]
pub fn retry_after(decision: &Decision) -> Option<u64> {
    match decision.outcome {
        Outcome::NotYet(wait) => Some(wait.plus(decision.behind).ceil_seconds().max(1)),
        Outcome::Admitted | Outcome::Never | Outcome::NoRoom | Outcome::Refused(_) => None,
    }
}

/// The instant that the wait of a decision ends at, on the clock of the object that decided.
fn retry_at(decision: &Decision) -> Option<String> {
    match decision.outcome {
        Outcome::NotYet(wait) => Some(iso_second(decision.now.after(wait))),
        Outcome::Admitted | Outcome::Never | Outcome::NoRoom | Outcome::Refused(_) => None,
    }
}
