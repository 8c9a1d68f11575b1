//! What routes add to the limits of tiers.

use super::count::{count, list, size};
use super::rule::{SHADOW, rule, selector};
use super::{counted, has_accounts};
use headgate::limit::{Algorithm, Kind, Limit, Name};
use headgate::policy::{
    Amount, EndpointLimit, Place, Policy, Prefix, Reason, Reserve, Route, Statuses, Strangers, Tier,
};
use std::collections::BTreeSet;

pub(crate) fn lines(policy: &Policy) -> Vec<String> {
    let one = counted(policy);
    if policy.routes.is_empty() {
        return vec![format!("routes: none; every request counts as 1 {one}")];
    }
    let mut lines = vec![format!(
        "routes: the first that matches holds, one for GET for HEAD, too; a request that none matches counts as 1 {one}"
    )];
    lines.extend(
        policy
            .routes
            .iter()
            .flat_map(|route| of_route(policy, route)),
    );
    let has = |looks: fn(&EndpointLimit) -> bool| {
        policy
            .routes
            .iter()
            .flat_map(|route| &route.limits)
            .any(looks)
    };
    let status = |reason| policy.dialect.style(reason, None).status;
    if has(|limit| limit.per.is_some()) {
        lines.push(format!(
            "values that limits count by: requests without one count together; more than one is refused with {}",
            status(Reason::Malformed)
        ));
    }
    if policy
        .routes
        .iter()
        .any(|route| route.looks_at(Place::Body))
    {
        lines.push(format!(
            "bodies that are looked at: {} at most; longer ones are refused with {}",
            size(policy.body_limit),
            status(Reason::TooLarge)
        ));
    }
    lines
}

fn of_route(policy: &Policy, route: &Route) -> Vec<String> {
    let mut facts = facts(policy, route);
    facts.extend(
        route
            .limits
            .iter()
            .map(|limit| limited(policy, route, limit)),
    );
    if facts.is_empty() {
        facts.push(format!("counts as 1 {}", counted(policy)));
    }
    let name = name(route);
    facts
        .into_iter()
        .map(|fact| format!("{name}: {fact}"))
        .collect()
}

fn name(route: &Route) -> String {
    if route.methods.is_empty() {
        return route.pattern.to_string();
    }
    format!("{} {}", list(&route.methods, "or"), route.pattern)
}

fn facts(policy: &Policy, route: &Route) -> Vec<String> {
    let mut facts = Vec::new();
    if route.open {
        facts.push("passes without credential and without charge (open)".to_owned());
    }
    if route.pattern.has_key() {
        facts.push("the segment {key} is an API key".to_owned());
    }
    match route.cost {
        0 => facts.push("charged nothing by rates".to_owned()),
        1 => {}
        cost => facts.push(format!("costs {}", count(cost, "unit"))),
    }
    let small = too_small(policy, route);
    if !small.is_empty() {
        let small = list(&small, "and");
        facts.push(format!(
            "costs more than these limits ever allow, and never passes under them: {small}"
        ));
    }
    if let Some(lane) = &route.lane {
        facts.push(format!(
            "takes a slot of {lane}{}",
            where_it_is(policy, lane)
        ));
    }
    if let Some(owner) = &route.owner {
        facts.push(format!(
            "its {} answers for it, not an account, and no key is needed",
            owner.kind
        ));
    }
    facts.extend(route.caps.iter().map(|reserve| reserved(policy, reserve)));
    if route.tells_standings() {
        facts.push("the gate itself tells where all limits stand".to_owned());
    } else if let Some(answer) = &route.answer {
        let (status, kind) = (answer.status, &answer.content_type);
        facts.push(format!(
            "the gate itself answers with {status} ({kind}) whom it lets pass"
        ));
    }
    facts
}

/// Nothing, if all tiers have the limit.
fn where_it_is(policy: &Policy, name: &Name) -> &'static str {
    let is_it = |limit: &Limit| limit.name == *name;
    if policy.tiers.iter().all(|tier| tier.all_limits().any(is_it)) {
        ""
    } else {
        ", where the tier has it"
    }
}

fn reserved(policy: &Policy, reserve: &Reserve) -> String {
    let (cap, amount) = (&reserve.cap, reserve.amount);
    let on = statuses(reserve.on);
    let place = where_it_is(policy, cap);
    let settled = match &reserve.settle {
        Amount::Fixed(given) if *given < 0 && amount == 0 => {
            return format!(
                "an answer of {on} gives {} of {cap} back{place}",
                given.unsigned_abs()
            );
        }
        Amount::Fixed(amount) => format!("at {amount}"),
        Amount::Header(name) => format!("at what its header {name} says"),
        Amount::Json(field) => format!("at what its JSON field {field:?} says"),
    };
    format!(
        "reserves {amount} of {cap}{place}; an answer of {on} settles it {settled}, any other at 0"
    )
}

fn statuses(statuses: Statuses) -> String {
    let Statuses(least, most) = statuses;
    if least == most {
        least.to_string()
    } else {
        format!("{}xx", least / 100)
    }
}

/// Whom a limit counts on a route without an owner.
fn client(policy: &Policy) -> String {
    let shares = |prefix: &Prefix| prefix.capture_until.is_some();
    let kinds = [
        (has_accounts(policy), "account"),
        (!policy.prefixes.iter().all(shares), "key"),
        (policy.prefixes.iter().any(shares), "beginning of a key"),
        (policy.strangers != Strangers::Deny, "network"),
    ];
    let known = kinds.into_iter().filter(|(is_there, _)| *is_there);
    let known: Vec<String> = known.map(|(_, kind)| kind.to_owned()).collect();
    match known.as_slice() {
        [] => "client".to_owned(),
        [only] => only.clone(),
        several => format!("client ({})", list(several, "or")),
    }
}

/// The limits under which a request of the route can never pass, each once.
fn too_small(policy: &Policy, route: &Route) -> Vec<String> {
    let is_small = |limit: &&Limit| {
        let most = match limit.algorithm {
            Algorithm::TokenBucket(rule) => rule.quota.burst(),
            other => other.units(),
        };
        limit.algorithm.kind() == Kind::Rate && most < route.cost
    };
    let is_meant = |tier: &&Tier| match &route.owner {
        Some(owner) => tier.name == owner.tier,
        None => !route.open,
    };
    let of_tiers = policy.tiers.iter().filter(is_meant);
    let of_tiers = of_tiers.flat_map(|tier| &tier.limits);
    let of_route = route.limits.iter().filter(|limit| !limit.shadow);
    let of_route = of_route.map(|limit| &limit.limit);
    let names = of_tiers
        .chain(of_route)
        .filter(is_small)
        .map(|limit| limit.name.to_string());
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

fn limited(policy: &Policy, route: &Route, limit: &EndpointLimit) -> String {
    let owner = match &route.owner {
        Some(owner) => owner.kind.to_string(),
        None => client(policy),
    };
    let scope = match &limit.per {
        None => format!("per {owner}"),
        Some(per) => format!("per {owner} and {}", selector(per)),
    };
    let text = rule(&limit.limit, counted(policy), &scope);
    let names_it = |other: &&Route| other.limits.contains(limit);
    let others = policy
        .routes
        .iter()
        .filter(names_it)
        .count()
        .saturating_sub(1);
    let shared = match u64::try_from(others) {
        Ok(0) | Err(_) => String::new(),
        Ok(others) => format!("; shared with {}", count(others, "other route")),
    };
    let hidden = if policy.dialect.hides(&limit.limit) {
        "; hidden: answers tell only the wait"
    } else {
        ""
    };
    let shadow = if limit.shadow { SHADOW } else { "" };
    format!("{text}{shared}{hidden}{shadow}")
}
