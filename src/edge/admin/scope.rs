//! What the token of a request allows.

use super::super::deployment::Deployment;
use super::super::headers::Head;
use crate::account::Reply;
use crate::admin::Scope;

/// Without any token there is nothing here.
pub(super) fn any(deployment: &Deployment) -> Result<(), Reply> {
    let tokens = [&deployment.admin_token, &deployment.admin_read_token];
    if tokens.into_iter().any(Option::is_some) {
        return Ok(());
    }
    Err(Reply::nothing())
}

/// What the token of a request allows; 401 without one.
pub(super) fn of(deployment: &Deployment, head: &Head) -> Result<Scope, Reply> {
    let said = head.header("Authorization").unwrap_or_default();
    let (scheme, said) = said.split_once(' ').unwrap_or_default();
    let is = |token: &Option<String>| {
        let token = token.as_ref();
        token.is_some_and(|token| deployment.hash_key.is_same(said.trim(), token))
    };
    // Both are looked at, whatever the first comes to.
    let is_one = (
        is(&deployment.admin_token),
        is(&deployment.admin_read_token),
    );
    match is_one {
        _ if !scheme.eq_ignore_ascii_case("bearer") => {}
        (true, _) => return Ok(Scope::Write),
        (false, true) => return Ok(Scope::Read),
        (false, false) => {}
    }
    let message = "Authorization: allowed is Bearer with an admin token.";
    Err(Reply::error(401, "unauthenticated", message))
}
