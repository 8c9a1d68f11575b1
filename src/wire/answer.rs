//! The gate's own answers to requests that it admits.

use super::Denial;
use super::headers::limit_headers;
use crate::policy::{Answer, Facts, Policy};
use crate::subject::Decision;
use serde_json::Value;

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

/// What stands for a blank; null for what is not known of the account or its tier does not have.
fn value(blank: &str, decision: &Decision) -> Option<Value> {
    let statement = decision.statement.as_deref();
    let plan = statement.map(|statement| &statement.plan);
    let text = match blank {
        "access_status" => plan.map(|plan| &plan.access_status),
        "plan" => plan.map(|plan| &plan.plan),
        "period_end" => plan.map(|plan| &plan.period_end),
        _ => return number(blank, decision),
    };
    Some(Value::from(text.cloned().flatten()))
}

fn number(blank: &str, decision: &Decision) -> Option<Value> {
    let (kind, name) = blank.split_once(':')?;
    let mut standings = decision.standings.iter();
    let found = standings.find(|standing| standing.limit.name.as_str() == name);
    let units = found.map(|standing| standing.limit.algorithm.units());
    let remaining = found.map(|standing| standing.remaining);
    let number = match kind {
        "limit" => units,
        "remaining" => remaining,
        "used" => {
            let settled = decision.statement.as_deref().map(|it| &it.settled);
            let settled = settled.into_iter().flatten();
            let mut settled = settled.filter(|(cap, _)| cap.as_str() == name);
            let in_use = || Some(units?.saturating_sub(remaining?));
            settled.next().map(|(_, settled)| *settled).or_else(in_use)
        }
        _ => return None,
    };
    Some(Value::from(number))
}
