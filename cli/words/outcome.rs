//! What becomes of requests by their path, by the account's plan, by what the origin answers, and when nobody does.

use super::count::{length, list};
use headgate::path::Ambiguous;
use headgate::policy::{OnUnavailable, Policy, Reason};

pub(crate) fn lines(policy: &Policy) -> Vec<String> {
    let status = |reason| policy.dialect.style(reason, None).status;
    let mut lines = paths(policy);
    if !policy.blocked.is_empty() {
        let blocked = list(&policy.blocked, "or");
        let status = status(Reason::PaymentRequired);
        lines.push(format!(
            "access status {blocked}: requests that reserve of a cap are refused with {status}"
        ));
    }
    if !policy.refund_on.is_empty() {
        let statuses: Vec<String> = policy.refund_on.iter().map(u64::to_string).collect();
        let statuses = list(&statuses, "or");
        lines.push(format!("an answer of the origin with {statuses}: accounts get back what rates charged for the request"));
    }
    let decision = length(policy.decision_timeout);
    lines.push(match policy.on_unavailable {
        OnUnavailable::Deny => {
            format!(
                "no decision within {decision}: refused with {}",
                status(Reason::Unavailable)
            )
        }
        OnUnavailable::Allow => {
            format!(
                "no decision within {decision}: passes uncharged, marked with X-Headgate-Degraded"
            )
        }
    });
    let origin = length(policy.origin_timeout);
    let late = status(Reason::GatewayTimeout);
    lines.push(format!(
        "no answer of the origin within {origin}: {late}, charged"
    ));
    lines
}

fn paths(policy: &Policy) -> Vec<String> {
    let rules = policy.paths;
    let status = policy.dialect.style(Reason::Malformed, None).status;
    let become_of = |ambiguous| match ambiguous {
        Ambiguous::Refuse => format!("refused with {status}"),
        Ambiguous::Keep => "kept as data".to_owned(),
    };
    let case = if rules.ignore_case {
        "are the same"
    } else {
        "differ"
    };
    vec![
        format!(
            "paths: %2F and %5C are {}, \";\" is {}",
            become_of(rules.encoded_slash),
            become_of(rules.parameters)
        ),
        format!("paths: capital and small letters {case}"),
    ]
}
