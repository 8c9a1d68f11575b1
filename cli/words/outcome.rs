//! What becomes of requests by their path, by the account's plan, by what the origin answers, and when nobody does.

use super::count::{length, list};
use headgate::path::Ambiguous;
use headgate::policy::{OnUnavailable, Policy, Reason, Route};

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
    if !policy.alerts.is_empty() {
        let percents: Vec<String> = policy.alerts.iter().map(|it| format!("{it} %")).collect();
        let percents = list(&percents, "and");
        lines.push(format!(
            "the receiver of events is told when an account has reached {percents} of a limit"
        ));
    }
    if !policy.deny_cache.is_zero() {
        lines.push(format!(
            "a denial by rates: repeated without the account's object until the first unit is back, for {} at most",
            length(policy.deny_cache)
        ));
    }
    lines.extend(undecided(policy));
    let origin = length(policy.origin_timeout);
    let late = status(Reason::GatewayTimeout);
    lines.push(format!(
        "no answer of the origin within {origin}: {late}, charged"
    ));
    lines
}

fn undecided(policy: &Policy) -> Vec<String> {
    let decision = length(policy.decision_timeout);
    let refused = policy.dialect.style(Reason::Unavailable, None).status;
    let outcome = |mode| match mode {
        OnUnavailable::Deny => format!("refused with {refused}"),
        OnUnavailable::Allow => "passes uncharged, marked with X-Headgate-Degraded".to_owned(),
        OnUnavailable::Local => format!(
            "each isolate lets pass {} % of each limit by itself, marked with X-Headgate-Degraded",
            policy.local_share.percent()
        ),
    };
    let mut lines = vec![format!(
        "no decision within {decision}: {}",
        outcome(policy.on_unavailable)
    )];
    let (mut may_pass, mut differ) = (policy.on_unavailable != OnUnavailable::Deny, Vec::new());
    for tier in &policy.tiers {
        if let Some(mode) = tier.on_unavailable {
            may_pass |= mode != OnUnavailable::Deny;
            differ.push(format!(
                "no decision for the tier {}: {}",
                tier.name,
                outcome(mode)
            ));
        }
    }
    lines.extend(differ);
    let needs = |route: &Route| route.answer.is_some() || !route.caps.is_empty();
    if may_pass && policy.routes.iter().any(needs) {
        lines.push(format!(
            "no decision on a route with caps or an answer: refused with {refused}"
        ));
    }
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
