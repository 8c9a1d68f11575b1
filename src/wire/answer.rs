//! The gate's own answers to requests that it admits.

use super::Denial;
use super::headers::limit_headers;
use crate::account::quoted;
use crate::bounds::MAX_MESSAGE_BYTES;
use crate::document::{self, Field, Value};
use crate::policy::{Answer, Facts, Policy};
use crate::subject::{Decision, Standing};

/// The answer that a route has instead of the origin's.
#[must_use]
pub fn own_answer(
    policy: &Policy,
    answer: &Answer,
    decision: &Decision,
    request_id: &str,
) -> Denial {
    let facts = Facts {
        request_id: request_id.to_owned(),
        status: answer.status,
        ..Facts::default()
    };
    let headers = [
        ("Content-Type", answer.content_type.as_str()),
        ("Cache-Control", "no-store"),
        ("X-Headgate-Request-Id", request_id),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let limits = limit_headers(&policy.dialect, decision);
    Denial {
        status: answer.status,
        headers: headers.into_iter().chain(limits).collect(),
        body: answer.render(&facts, |blank| value(blank, decision)),
        problem: None,
    }
}

/// What stands for a blank, as JSON; null for what is not known of the account or its tier does not have.
fn value(blank: &str, decision: &Decision) -> Option<String> {
    let stated = stated(decision, blank);
    let (kind, name) = blank.split_once(':').unwrap_or((blank, ""));
    let mut standings = decision.standings.iter();
    let standing = standings.find(|standing| standing.limit.name.as_str() == name);
    let of = |number: fn(&Standing) -> u64| standing.map(|it| number(it).to_string());
    let value = match kind {
        "access_status" | "plan" | "period_end" => stated,
        "limit" => of(|it| it.limit.algorithm.units()),
        "remaining" => of(|it| it.remaining),
        "used" => {
            let in_use = || of(|it| it.limit.algorithm.units().saturating_sub(it.remaining));
            stated.or_else(in_use)
        }
        _ => return None,
    };
    Some(value.unwrap_or_else(|| "null".to_owned()))
}

/// What a decision tells of the account under a name, as JSON.
fn stated(decision: &Decision, name: &str) -> Option<String> {
    match told(decision, name)? {
        Value::Text(text) => Some(quoted(Some(&text))),
        Value::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What a decision tells of the account under a name.
pub(super) fn told(decision: &Decision, name: &str) -> Option<Value> {
    let statement = document::read(decision.statement.as_deref()?, MAX_MESSAGE_BYTES).ok()?;
    Some(Field::root(&statement).look(name)?.value().clone())
}
