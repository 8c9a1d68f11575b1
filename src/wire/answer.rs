//! The gate's own answers to requests that it admits.

use super::Denial;
use super::headers::limit_headers;
use super::standings::{next_seconds, visible};
use crate::account::{list, object, quoted};
use crate::bounds::MAX_MESSAGE_BYTES;
use crate::document::{self, Field, Value};
use crate::limit::Kind;
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
        body: if answer.tells_standings {
            standings(policy, decision)
        } else {
            answer.render(&facts, |blank| value(blank, decision))
        },
        problem: None,
    }
}

/// Where all limits stand that are not hidden, as JSON. Times are in seconds, rounded up.
fn standings(policy: &Policy, decision: &Decision) -> String {
    let mut lists = [
        ("limits", Vec::new()),
        ("lanes", Vec::new()),
        ("caps", Vec::new()),
    ];
    for standing in visible(&policy.dialect, decision) {
        let (kind, fields) = figures(standing, decision);
        if let Some((_, list)) = lists.get_mut(kind as usize) {
            list.push(object(&fields));
        }
    }
    let lists = lists.map(|(name, standings)| (name, list(standings.into_iter())));
    object(&lists)
}

/// What is told of a limit.
fn figures(standing: &Standing, decision: &Decision) -> (Kind, Vec<(&'static str, String)>) {
    let algorithm = &standing.limit.algorithm;
    let kind = algorithm.kind();
    let [what, most, left] = match kind {
        Kind::Rate => ["limit", "units", "remaining"],
        Kind::Lane => ["lane", "slots", "free"],
        Kind::Cap => ["cap", "amount", "remaining"],
    };
    let mut fields = vec![
        (what, quoted(Some(standing.limit.name.as_str()))),
        (most, algorithm.units().to_string()),
        (left, standing.remaining.to_string()),
    ];
    if let Some(window) = algorithm.window(decision.now) {
        let full = standing.full.plus(decision.behind).ceil_seconds();
        let full = if standing.full.is_zero() { 0 } else { full };
        let next = next_seconds(standing, decision.behind);
        fields.push(("window", window.ceil_seconds().to_string()));
        fields.push(("reset_after", next.to_string()));
        fields.push(("full_after", full.to_string()));
    }
    (kind, fields)
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
