//! What a policy means, in words: one line per fact, each beginning with whom or what it is about.

mod answers;
mod clients;
mod count;
mod outcome;
mod routes;
mod rule;

use headgate::policy::Policy;

/// All facts of a policy.
pub(crate) fn words(policy: &Policy) -> String {
    let mut lines = vec![format!("policy: version {}", policy.version)];
    lines.extend(clients::lines(policy));
    lines.extend(routes::lines(policy));
    lines.extend(outcome::lines(policy));
    lines.extend(answers::lines(policy));
    lines.join("\n")
}

/// What rates count: requests, as long as none of them costs more than one unit.
fn counted(policy: &Policy) -> &'static str {
    if policy.routes.iter().any(|route| route.cost > 1) {
        "unit"
    } else {
        "request"
    }
}

/// Whether requests can be those of accounts.
fn has_accounts(policy: &Policy) -> bool {
    policy.directory || policy.tokens.is_some()
}
