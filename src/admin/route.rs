//! Which requests there are below the gate's own path.

use crate::account::{Reply, object, quoted};
use crate::bounds::{MAX_OPERATION_BYTES, MAX_POLICY_BYTES};
use crate::path::{USUAL_PREFIX, decoded};

/// A request, by its method and path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// A file that the dashboard is made of, by its name below `dashboard/`.
    Page(&'a str),
    /// What the token of the request allows.
    Token,
    /// The description of all of them.
    Document,
    /// The policy that stands.
    Policy,
    /// Puts another in its place.
    PutPolicy,
    /// Says whether a policy is right.
    ValidatePolicy,
    /// Which versions are kept.
    Versions,
    /// One of them.
    Version(u64),
    /// Puts the text of a kept version again.
    RollBack,
    /// What the key directory holds.
    Keys,
    /// Puts a record of a key into it.
    PutKey,
    /// Takes a key out of it.
    RevokeKey,
    /// Who changed what.
    Audit,
    /// What waits to be told of the API itself, and what was given up.
    Events,
    /// Sends all of these again now.
    SendAgain,
    /// Sends an event to the receiver that tells of nothing.
    TestEvent,
    /// What all isolates have decided.
    Overview,
    /// The same as Prometheus reads it.
    Metrics,
    /// An operation on an account.
    Account {
        /// Its id, as it is escaped in the path.
        account: &'a str,
        /// The path behind it, without a slash at its beginning.
        part: &'a str,
        /// Whether it only looks.
        reads: bool,
    },
}

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// To look.
    Read,
    /// To look and to change.
    Write,
}

impl Scope {
    /// What is told of it.
    #[must_use]
    pub fn reply(self) -> Reply {
        let name = match self {
            Self::Read => "read",
            Self::Write => "write",
        };
        Reply::ok(object(&[("scope", quoted(Some(name)))]))
    }
}

impl<'a> Route<'a> {
    /// The request for a path of the gate's own, below the usual prefix.
    ///
    /// # Errors
    ///
    /// The answer to it: 404 for a path, 405 for a method that there is not.
    pub fn read(method: &str, path: &'a str) -> Result<Self, Reply> {
        let path = path
            .strip_prefix(USUAL_PREFIX.trim_end_matches('/'))
            .ok_or_else(Reply::nothing)?;
        let path = match path {
            "" | "/" => "/dashboard/index.html",
            path => path,
        };
        let path = path.strip_prefix('/').ok_or_else(Reply::nothing)?;
        if let Some(path) = path.strip_prefix("accounts/") {
            let (account, part) = path.split_once('/').unwrap_or((path, ""));
            // What was meant to name a part of the account must not mean all of it.
            if path.ends_with('/') || account.is_empty() {
                return Err(Reply::nothing());
            }
            let reads = method == "GET";
            return Ok(Self::Account {
                account,
                part,
                reads,
            });
        }
        let routes: &[(&str, Self)] = match path {
            "token" => &[("GET", Self::Token)],
            "openapi.json" => &[("GET", Self::Document)],
            "policy" => &[("GET", Self::Policy), ("PUT", Self::PutPolicy)],
            "policy/validate" => &[("POST", Self::ValidatePolicy)],
            "policy/versions" => &[("GET", Self::Versions)],
            "policy/roll-back" => &[("POST", Self::RollBack)],
            "keys" => &[("GET", Self::Keys), ("PUT", Self::PutKey)],
            "keys/revoke" => &[("POST", Self::RevokeKey)],
            "audit" => &[("GET", Self::Audit)],
            "events" => &[("GET", Self::Events), ("POST", Self::SendAgain)],
            "events/test" => &[("POST", Self::TestEvent)],
            "overview" => &[("GET", Self::Overview)],
            "metrics" => &[("GET", Self::Metrics)],
            _ => {
                let page = path.strip_prefix("dashboard/").map(Self::Page);
                let version = path.strip_prefix("policy/versions/");
                let version = version.and_then(version_named).map(Self::Version);
                &[("GET", page.or(version).ok_or_else(Reply::nothing)?)]
            }
        };
        let found = routes.iter().find(|(its, _)| *its == method);
        let found = found.map(|(_, route)| route.clone());
        found.ok_or_else(|| {
            let allowed: Vec<&str> = routes.iter().map(|(method, _)| *method).collect();
            Reply::no_method(&allowed.join(", "))
        })
    }

    /// What a token must allow for it.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self {
            Self::PutPolicy
            | Self::RollBack
            | Self::PutKey
            | Self::RevokeKey
            | Self::TestEvent
            | Self::SendAgain
            | Self::Account { reads: false, .. } => Scope::Write,
            _ => Scope::Read,
        }
    }

    /// Largest body of it, in bytes.
    #[must_use]
    pub fn most_bytes(&self) -> usize {
        match self {
            Self::PutPolicy | Self::ValidatePolicy => MAX_POLICY_BYTES,
            _ => MAX_OPERATION_BYTES,
        }
    }
}

/// What a query says of a report on an account's use, as the object reads it.
///
/// # Errors
///
/// 400 for a parameter that is not known.
pub fn usage_asked(query: &str) -> Result<String, Reply> {
    let names = ["from", "to", "format"];
    let said = names.into_iter().zip(parameters(query, names)?);
    let said = said.filter_map(|(name, text)| Some((name, quoted(Some(&text?)))));
    Ok(object(&said.collect::<Vec<_>>()))
}

/// One spelling for each version.
fn version_named(text: &str) -> Option<u64> {
    let version: u64 = text.parse().ok()?;
    (version.to_string() == text).then_some(version)
}

/// The parameters of a query in the order of `known`, decoded.
///
/// # Errors
///
/// 400 for one that is not known.
pub fn parameters<const N: usize>(
    query: &str,
    known: [&str; N],
) -> Result<[Option<String>; N], Reply> {
    let mut found = known.map(|_| None);
    let query = query.strip_prefix('?').unwrap_or(query);
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let place = known.iter().position(|known| *known == name);
        let Some(found) = place.and_then(|place| found.get_mut(place)) else {
            let message = format!("the query: allowed is {}", known.join(", "));
            return Err(Reply::error(400, "malformed", &message));
        };
        *found = Some(decoded(value));
    }
    Ok(found)
}
