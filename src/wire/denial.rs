//! The gate's own answers.

use super::headers::limit_headers;
use crate::policy::{Facts, Policy, Reason};
use crate::subject::{Decision, Outcome, Standing};

/// An answer that the gate gives by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// 400 to 599.
    pub status: u16,
    /// All its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Denial {
    /// The answer to a demand that was not admitted.
    #[must_use]
    pub fn of_decision(policy: &Policy, decision: &Decision, request_id: &str) -> Self {
        let wait = retry_after(decision);
        let (reason, detail) = match wait {
            Some(_) if decision.patience().is_some() => (
                Reason::Concurrency,
                "Too many requests at the same time.".to_owned(),
            ),
            Some(seconds) => (
                Reason::Quota,
                format!("Rate limit exceeded. Retry after {seconds} seconds."),
            ),
            None => (
                Reason::Never,
                "The request costs more than its limit ever allows at once.".to_owned(),
            ),
        };
        let facts = Facts {
            retry_after: wait,
            request_id: request_id.to_owned(),
            detail,
            violated: violated(decision),
            ..Facts::default()
        };
        let mut denial = Self::new(policy, reason, facts);
        if let Some(seconds) = wait {
            denial
                .headers
                .push(("Retry-After".to_owned(), seconds.to_string()));
        }
        denial
            .headers
            .extend(limit_headers(&policy.dialect, decision));
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
        let mut denial = Self::new(policy, reason, facts);
        if denial.status == 401 {
            denial
                .headers
                .push(("WWW-Authenticate".to_owned(), "Bearer".to_owned()));
        }
        denial
    }

    fn new(policy: &Policy, reason: Reason, facts: Facts) -> Self {
        let style = policy.dialect.style(reason);
        let facts = Facts {
            status: style.status,
            ..facts
        };
        let headers = [
            ("Content-Type", style.content_type.as_str()),
            // RFC 6585 §4: a cache must not store a 429; none of the others is worth storing.
            ("Cache-Control", "no-store"),
            ("X-Headgate-Request-Id", facts.request_id.as_str()),
            ("X-Headgate-Reason", reason.name()),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            status: style.status,
            headers: headers.into(),
            body: style.body.render(&facts),
        }
    }
}

/// The value of `Retry-After` for a decision: whole seconds, rounded up, at least 1. `None` for one that was
/// admitted or that no wait helps.
#[must_use]
pub fn retry_after(decision: &Decision) -> Option<u64> {
    match decision.outcome {
        Outcome::NotYet(wait) => Some(wait.plus(decision.behind).ceil_seconds().max(1)),
        Outcome::Admitted | Outcome::Never => None,
    }
}

fn violated(decision: &Decision) -> Vec<String> {
    let mut violated: Vec<&Standing> = decision.standings.iter().filter(|s| s.violated).collect();
    violated.sort_by_key(|standing| std::cmp::Reverse(standing.wait));
    violated
        .iter()
        .map(|standing| standing.limit.name.to_string())
        .collect()
}
