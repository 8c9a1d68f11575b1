//! Whose a request is, and what the selectors of its route find in it.

use super::body;
use super::failure::Failure;
use super::gate::Gate;
use super::headers::Head;
use super::identify::{address, identify};
use crate::limit::Limit;
use crate::policy::{Body, Parts, Place, Reason, Route, SelectorError};
use crate::request::{Client, route_limits};
use js_sys::JsString;

/// What was found, and what was read for it.
#[derive(Default)]
pub(crate) struct Selected {
    /// The body, if it was read.
    pub(crate) body: Option<Vec<u8>>,
    /// The limits of the route, each with the partition that the request counts in.
    pub(crate) limits: Vec<Limit>,
}

/// Who the client is, and what the selectors of the route find. The body of an account's request is not read before its
/// credential is known.
pub(crate) async fn found<'a>(
    gate: &Gate<'a>,
    route: Option<&Route>,
    path: &str,
    query: &str,
) -> Result<(Client<'a>, Selected), Failure> {
    let head = gate.head;
    let mut client = None;
    if route.is_none_or(|route| route.owner.is_none()) {
        let key = route.and_then(|route| route.key(path));
        client = Some(identify(gate.policy, gate.deployment, head, key).await?);
    }
    let mut selected = Selected::default();
    if let Some(route) = route {
        if route.looks_at(Place::Body) {
            selected.body = body::read(gate.request, head, gate.policy).await?;
        }
        let body = selected.body.as_deref().map(Body::read);
        let parts = Parts {
            path,
            ignore_case: gate.policy.paths.ignore_case,
            query,
            headers: &listed(head, route),
            body: body.unwrap_or_default(),
            lower: |text| JsString::from(text).to_lower_case().into(),
        };
        let malformed = |error: SelectorError| Failure::new(Reason::Malformed, error.to_string());
        if let Some(owner) = &route.owner {
            let value = route.required(&owner.by, &parts).map_err(malformed)?;
            let hash_key = &gate.deployment.hash_key;
            client = Client::named(gate.policy, hash_key, owner, &value, address(head));
        }
        let limits = route_limits(&gate.deployment.hash_key, route, &parts);
        selected.limits = limits.map_err(malformed)?;
    }
    let unknown = || {
        let detail = "Whose the request is cannot be found out now.";
        Failure::new(Reason::Unavailable, detail)
    };
    Ok((client.ok_or_else(unknown)?, selected))
}

/// The headers, if the route looks at one.
fn listed(head: &Head, route: &Route) -> Vec<(String, String)> {
    if !route.looks_at(Place::Header) {
        return Vec::new();
    }
    let headers = head.headers();
    let owned = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    owned.collect()
}
