//! Who requests are counted for, and what the limits of their tiers allow them.

use super::count::{count, length, list};
use super::rule::{SHADOW, rule, selector};
use super::{counted, has_accounts};
use headgate::limit::Name;
use headgate::policy::{
    Claim, NamedOwner, Policy, Prefix, Reason, Source, Strangers, Tier, TokenAlgorithm, TokenTier,
    Tokens,
};
use std::cmp::Reverse;

pub(crate) fn lines(policy: &Policy) -> Vec<String> {
    let mut lines = vec![credentials(policy), keys(policy)];
    if let Some(rules) = &policy.tokens {
        lines.extend(tokens(rules));
    }
    if has_accounts(policy) {
        let of_tier = |tier: &Tier| {
            let whom = format!("{} accounts", tier.name);
            let mut lines = limits(policy, tier, &whom, "per account");
            if let Some(lasts) = policy.lends(tier, None) {
                let lasts = length(lasts);
                lines.push(format!("{whom}: units of its rates are lent to isolates for {lasts} where no lane is taken, and spent without asking"));
            }
            lines
        };
        lines.extend(
            policy
                .tiers
                .iter()
                .filter(|tier| is_told(policy, tier))
                .flat_map(of_tier),
        );
        let refused = |reason| policy.dialect.style(reason, None).status;
        lines.push(format!(
            "suspended accounts: refused with {}",
            refused(Reason::Suspended)
        ));
        lines.push(format!(
            "revoked keys: refused with {}",
            refused(Reason::Unauthenticated)
        ));
    }
    let mut prefixes: Vec<&Prefix> = policy.prefixes.iter().collect();
    prefixes.sort_by_key(|prefix| Reverse(prefix.text.len()));
    lines.extend(prefixes.iter().flat_map(|known| prefix(policy, known)));
    lines.extend(strangers(policy));
    let owners = owners(policy);
    for owner in &owners {
        lines.extend(named_owner(policy, owner));
    }
    if !(policy.prefixes.is_empty() && owners.is_empty()) {
        lines.push("newcomers: of very many new keys or owners from one network the further ones share a budget".to_owned());
    }
    lines
}

/// Whether a key record or a token can tell that tier.
fn is_told(policy: &Policy, tier: &Tier) -> bool {
    let of_tokens = policy
        .tokens
        .as_ref()
        .is_some_and(|rules| match &rules.tier {
            TokenTier::Claim(_) => true,
            TokenTier::Name(name) => *name == tier.name,
        });
    policy.directory || of_tokens
}

/// One line per limit of a tier.
fn limits(policy: &Policy, tier: &Tier, whom: &str, scope: &str) -> Vec<String> {
    if tier.all_limits().next().is_none() {
        return vec![format!("{whom}: no limits")];
    }
    let one = counted(policy);
    let limits = tier.limits.iter().map(|limit| (limit, ""));
    let limits = limits.chain(tier.shadows.iter().map(|limit| (limit, SHADOW)));
    limits
        .map(|(limit, shadow)| format!("{whom}: {}{shadow}", rule(limit, one, scope)))
        .collect()
}

fn limits_named(policy: &Policy, tier: &Name, whom: &str, scope: &str) -> Vec<String> {
    let tier = policy.tier(tier);
    tier.map(|tier| limits(policy, tier, whom, scope))
        .unwrap_or_default()
}

fn credentials(policy: &Policy) -> String {
    let places: Vec<String> = policy
        .credential
        .iter()
        .map(|source| place(*source).to_owned())
        .collect();
    if places.is_empty() {
        return "credentials: looked for in no header".to_owned();
    }
    let in_paths = policy.routes.iter().any(|route| route.pattern.has_key());
    let several = if places.len() > 1 || in_paths {
        let status = policy.dialect.style(Reason::Malformed, None).status;
        format!("; two that differ are refused with {status}")
    } else {
        String::new()
    };
    format!("credentials: an API key {}{several}", list(&places, "or"))
}

fn place(source: Source) -> &'static str {
    match source {
        Source::ApiKeyHeader => "in X-Api-Key",
        Source::Bearer => "after \"Authorization: Bearer\"",
        Source::BearerToken => "after \"Authorization: Bearer\" (there a token, too)",
        Source::BasicUser => "as the user of \"Authorization: Basic\"",
        Source::Path => "in the path",
    }
}

fn keys(policy: &Policy) -> String {
    let directory = match (policy.directory, policy.prefixes.is_empty()) {
        (true, true) => "looked up in the key directory, which says their account and its tier",
        (true, false) => {
            "looked up in the key directory, which says their account and its tier; \
             those that it does not know by what they begin with, the longest first"
        }
        (false, true) => "none is known",
        (false, false) => {
            "known by what they begin with, the longest first; no key directory is looked at"
        }
    };
    format!("API keys: {directory}")
}

fn tokens(rules: &Tokens) -> Vec<String> {
    let algorithm = |algorithm: &TokenAlgorithm| match algorithm {
        TokenAlgorithm::Hs256 => "HS256".to_owned(),
        TokenAlgorithm::Rs256 => "RS256".to_owned(),
        TokenAlgorithm::Es256 => "ES256".to_owned(),
    };
    let algorithms: Vec<String> = rules.algorithms.iter().map(algorithm).collect();
    let here = u64::try_from(rules.keys.len())
        .ok()
        .filter(|number| *number > 0);
    let here = here.map(|number| format!("{} of this policy", count(number, "key")));
    let published = rules
        .jwks
        .as_ref()
        .map(|address| format!("those that {address} publishes"));
    let keys: Vec<String> = here.into_iter().chain(published).collect();
    let mut lines = vec![format!(
        "tokens: JSON Web Tokens signed by {}, verified with {}",
        list(&algorithms, "or"),
        list(&keys, "or"),
    )];
    if let Some(issuer) = &rules.issuer {
        lines.push(format!("tokens: the claim iss must be {issuer}"));
    }
    if let Some(audience) = &rules.audience {
        lines.push(format!("tokens: the claim aud must be or hold {audience}"));
    }
    lines.push(format!(
        "tokens: the account is the claim {}",
        claim(&rules.account)
    ));
    lines.push(match &rules.tier {
        TokenTier::Claim(name) => format!("tokens: the tier is the claim {}", claim(name)),
        TokenTier::Name(name) => format!("tokens: the tier is {name}"),
    });
    lines.push(if rules.leeway.is_zero() {
        "tokens: the clocks of issuer and gate must agree".to_owned()
    } else {
        let leeway = length(rules.leeway);
        format!("tokens: the clocks of issuer and gate may be {leeway} apart")
    });
    lines
}

/// A claim; the names on the way to it one by one where one of them holds a dot.
fn claim(claim: &Claim) -> String {
    if claim.0.iter().any(|name| name.contains('.')) {
        return format!("{:?}", claim.0);
    }
    claim.0.join(".")
}

fn prefix(policy: &Policy, prefix: &Prefix) -> Vec<String> {
    let whom = match prefix.text.as_str() {
        "" => "other keys".to_owned(),
        text => format!("{text} keys"),
    };
    let scope = match (&prefix.capture_until, prefix.text.is_empty()) {
        (None, _) => "per key".to_owned(),
        (Some(until), true) => format!("per beginning up to the first {until:?}"),
        (Some(until), false) => format!(
            "per beginning up to the first {until:?} after {}",
            prefix.text
        ),
    };
    limits_named(policy, &prefix.tier, &whom, &scope)
}

fn strangers(policy: &Policy) -> Vec<String> {
    let takes_all = |prefix: &Prefix| prefix.text.is_empty() && prefix.capture_until.is_none();
    let whom = if policy.prefixes.iter().any(takes_all) {
        "requests without a key"
    } else {
        "requests without a known key"
    };
    match &policy.strangers {
        Strangers::Deny => {
            let status = policy.dialect.style(Reason::Unauthenticated, None).status;
            vec![format!("{whom}: refused with {status}")]
        }
        Strangers::Tier(tier) => {
            let scope = "per network (an IPv4 address, or the /64 of an IPv6 address)";
            limits_named(policy, tier, whom, scope)
        }
    }
}

/// The owners that routes name, each once.
fn owners(policy: &Policy) -> Vec<&NamedOwner> {
    let mut owners: Vec<&NamedOwner> = Vec::new();
    for owner in policy
        .routes
        .iter()
        .filter_map(|route| route.owner.as_ref())
    {
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    owners
}

fn named_owner(policy: &Policy, owner: &NamedOwner) -> Vec<String> {
    let whom = format!("{} owners", owner.kind);
    let status = policy.dialect.style(Reason::Malformed, None).status;
    let by = selector(&owner.by);
    let mut lines = vec![format!(
        "{whom}: known by the {by}, whoever asks; without it refused with {status}"
    )];
    lines.extend(limits_named(
        policy,
        &owner.tier,
        &whom,
        &format!("per {}", owner.kind),
    ));
    lines
}
