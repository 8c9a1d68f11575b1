//! Operations on accounts, from outside. They do not depend on the policy, and nothing of them reaches the origin.

use super::deployment::Deployment;
use super::headers::Head;
use super::identify::Owned;
use super::owner::Owner;
use super::sized::read_up_to;
use super::{log, respond};
use crate::account::{Order, Reply, hashed};
use crate::bounds::MAX_OPERATION_BYTES;
use crate::identity::AccountId;
use crate::object::{Answer, Message};
use crate::path::{decoded, is_reserved};
use crate::time::Millis;
use crate::wire::{Denial, Target};
use wasm_bindgen::JsValue;
use web_sys::{Request, Response};

/// How long an object may take.
const LIMIT: Millis = Millis(5_000);

/// The answer to a request whose path is the gate's own; `None` for any other.
pub(crate) async fn answer(
    request: &Request,
    head: &Head,
    deployment: &Deployment,
) -> Option<Result<Response, JsValue>> {
    let path = Target::parse(head.url())?.path;
    if !is_reserved(path) {
        return None;
    }
    let reply = match authorised(head, deployment) {
        Ok(()) => operated(request, deployment, path).await,
        Err(refused) => Err(refused),
    };
    Some(response(&reply.unwrap_or_else(|refused| refused)))
}

fn authorised(head: &Head, deployment: &Deployment) -> Result<(), Reply> {
    let Some(token) = &deployment.admin_token else {
        return Err(nothing_here());
    };
    let said = head.header("Authorization").unwrap_or_default();
    let (scheme, said) = said.split_once(' ').unwrap_or_default();
    let is_it = deployment.hash_key.is_same(said.trim(), token);
    if scheme.eq_ignore_ascii_case("bearer") && is_it {
        Ok(())
    } else {
        let message = "Authorization: allowed is Bearer with the admin token.";
        Err(Reply::error(401, "unauthenticated", message))
    }
}

async fn operated(request: &Request, deployment: &Deployment, path: &str) -> Result<Reply, Reply> {
    let parts: Vec<&str> = path.split('/').collect();
    let ["", "_headgate", "accounts", account, parts @ ..] = parts.as_slice() else {
        return Err(nothing_here());
    };
    // What was meant to name a part of the account must not mean all of it.
    if parts == [""] {
        return Err(nothing_here());
    }
    let account = AccountId::try_from(decoded(account))
        .map_err(|error| Reply::error(400, "malformed", &error.to_string()))?;
    let body = match request.body() {
        Some(body) => read_up_to(&body, MAX_OPERATION_BYTES).await,
        None => Some(Vec::new()),
    };
    let body = body.and_then(|bytes| String::from_utf8(bytes).ok());
    let body = body.ok_or_else(|| {
        let message = format!("the body: allowed is UTF-8 of at most {MAX_OPERATION_BYTES} bytes");
        Reply::error(413, "too_large", &message)
    })?;
    let order = Order {
        method: request.method(),
        path: parts.join("/"),
        body: hashed(body, |key| deployment.hash_key.key(key)),
    };
    let owner = Owner::of(deployment, &Owned::Account(account));
    let message = Message::Operate(order);
    match owner.call(deployment, &message, LIMIT).await {
        Ok(Answer::Operated(reply)) => Ok(reply),
        other => {
            if let Err(fault) = other {
                log::fault(&fault);
            }
            let message =
                "The account's object does not answer; whether it has heard is not known.";
            Err(Reply::error(503, "unavailable", message))
        }
    }
}

fn nothing_here() -> Reply {
    Reply::error(404, "not_found", "There is nothing here.")
}

fn response(reply: &Reply) -> Result<Response, JsValue> {
    let headers = [
        ("Content-Type", "application/json"),
        ("Cache-Control", "no-store"),
    ];
    let challenge = (reply.status == 401).then_some(("WWW-Authenticate", "Bearer"));
    let allow = (!reply.allow.is_empty()).then_some(("Allow", reply.allow.as_str()));
    let headers = headers.into_iter().chain(challenge).chain(allow);
    respond::own(&Denial {
        status: reply.status,
        headers: headers.map(|(n, v)| (n.to_owned(), v.to_owned())).collect(),
        body: reply.body.clone(),
        problem: None,
    })
}
