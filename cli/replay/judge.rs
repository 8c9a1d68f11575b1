//! Decides on requests as a gate with one policy would.

use super::clients::{Clients, Stop, digits, from};
use super::exchanges::Exchanges;
use super::owners::Home;
use super::request::Request;
use super::skipped::Skip;
use super::verdict::Verdict;
use headgate::identity::HashKey;
use headgate::lease::LeaseId;
use headgate::limit::{Kind, Limit, Name};
use headgate::object::Ask;
use headgate::path::{OwnPaths, normalised};
use headgate::policy::{
    Body, EndpointLimit, NamedOwner, Parts, Place, Policy, Reason, Route, SelectorError,
};
use headgate::request::{Client, Owned, route_limits};
use headgate::time::{Millis, UnixMillis};
use std::collections::BTreeMap;

/// A gate with one policy, and its objects.
#[derive(Debug)]
pub(crate) struct Judge<'p> {
    policy: &'p Policy,
    hash_key: HashKey,
    own: OwnPaths,
    clients: Clients,
    pub(super) exchanges: Exchanges,
    /// How many requests were decided without a limit that would have applied, by its name.
    pub(crate) left_out: BTreeMap<Name, u64>,
}

/// A request that is understood, and not decided yet.
pub(crate) struct Prepared {
    /// What the report calls its client.
    pub(crate) who: String,
    /// Its path, or its route's pattern where a key is part of it.
    pub(crate) path: String,
    next: Next,
}

enum Next {
    Known(Verdict),
    Ask(Owned, Box<Ask>, After),
}

/// What is known of an exchange besides what is asked for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct After {
    /// How long it takes.
    pub(crate) lasts: Millis,
    /// Whether its outcome gives its units back.
    pub(crate) refund: bool,
}

impl<'p> Judge<'p> {
    pub(crate) fn new(
        policy: &'p Policy,
        clients: Clients,
        hash_key: HashKey,
        own: OwnPaths,
        shards: u64,
    ) -> Self {
        Self {
            policy,
            hash_key,
            own,
            clients,
            exchanges: Exchanges::new(shards),
            left_out: BTreeMap::new(),
        }
    }

    /// Finds out whose the request of a line is and what its owner is asked. Nothing is decided.
    ///
    /// # Errors
    ///
    /// What the log does not tell.
    pub(crate) fn prepare(&mut self, line: u64, request: &Request<'_>) -> Result<Prepared, Skip> {
        let address = request.address.as_deref();
        let known = |verdict, path: &str| Prepared {
            who: from(address),
            path: path.to_owned(),
            next: Next::Known(verdict),
        };
        if self.own.has(&request.path) {
            return Ok(known(Verdict::Uncharged, &request.path));
        }
        let Ok(path) = normalised(&request.path, self.policy.paths) else {
            // Where in it a key may stand cannot be told.
            return Ok(known(Verdict::refused(Reason::Malformed), ""));
        };
        let route = self.policy.route(&request.method, &path);
        let shown = route.filter(|route| route.pattern.has_key());
        let shown = shown.map_or_else(|| path.clone(), |route| route.pattern.to_string());
        // No log tells the headers of a preflight; clients hardly ever send OPTIONS otherwise.
        let is_preflight =
            request.method == "OPTIONS" && request.account.is_none() && request.key.is_none();
        if is_preflight || route.is_some_and(|route| route.open) {
            return Ok(known(Verdict::Uncharged, &shown));
        }
        let (client, who, of_route) = match self.found(request, route, &path) {
            Ok(found) => found,
            Err(Stop::Untold(skip)) => return Err(skip),
            Err(Stop::Refused(reason, who)) => {
                return Ok(Prepared {
                    who,
                    ..known(Verdict::refused(reason), &shown)
                });
            }
        };
        let next = self.asked(line, request, route, (&client, of_route));
        Ok(Prepared {
            who,
            path: shown,
            next,
        })
    }

    /// What the owner is asked.
    fn asked(
        &mut self,
        line: u64,
        request: &Request<'_>,
        route: Option<&Route>,
        (client, of_route): (&Client<'_>, Vec<Limit>),
    ) -> Next {
        let id = || Some(lease(line));
        let ask = Ask::of(self.policy, client, route, of_route, id, |_| None);
        let Some(mut ask) = ask else {
            return Next::Known(Verdict::Admitted);
        };
        let timed = request.duration.is_some();
        let left_out = &mut self.left_out;
        let mut can_be_told = |limit: &Limit| {
            let stays = match limit.algorithm.kind() {
                Kind::Rate => true,
                Kind::Lane => timed,
                Kind::Cap => false,
            };
            if !stays {
                count(left_out, &limit.name);
            }
            stays
        };
        ask.limits.retain(&mut can_be_told);
        ask.shadows.retain(&mut can_be_told);
        ask.terms.reserves.clear();
        ask.terms.key = None;
        let gives_back = |status: u64| self.policy.refund_on.contains(&status);
        let refund = ask.terms.refundable && request.status.is_some_and(gives_back);
        let after = After {
            lasts: request.duration.unwrap_or_default(),
            refund,
        };
        Next::Ask(client.owner.clone(), Box::new(ask), after)
    }

    /// Whose a request is, what the report calls them, and the limits of its route.
    fn found(
        &mut self,
        request: &Request<'_>,
        route: Option<&Route>,
        path: &str,
    ) -> Result<(Client<'p>, String, Vec<Limit>), Stop> {
        let Some(route) = route else {
            let found = self
                .clients
                .find(self.policy, &self.hash_key, request, None)?;
            return Ok((found.0, found.1, Vec::new()));
        };
        let address = request.address.as_deref();
        let refused = |reason| Stop::Refused(reason, from(address));
        let malformed = |_: SelectorError| refused(Reason::Malformed);
        let (headers, body) = (request.headers(), request.body());
        let parts = Parts {
            path,
            ignore_case: self.policy.paths.ignore_case,
            query: &request.query,
            headers: &headers,
            body: body
                .map(|body| Body::read(body.as_bytes()))
                .unwrap_or_default(),
            lower: |text| text.to_lowercase(),
        };
        let (client, who) = if let Some(owner) = &route.owner {
            if !request.tells(&owner.by) {
                return Err(untold(owner).into());
            }
            let value = route.required(&owner.by, &parts).map_err(malformed)?;
            let client = Client::named(self.policy, &self.hash_key, owner, &value, address);
            let client = client.ok_or_else(|| refused(Reason::Unavailable))?;
            let id = digits(self.hash_key.owner(&owner.kind, &value));
            (client, format!("{} {id}", owner.kind))
        } else {
            let key = route.key(path);
            self.clients
                .find(self.policy, &self.hash_key, request, key)?
        };
        let mut limits = route_limits(&self.hash_key, route, &parts).map_err(malformed)?;
        for EndpointLimit { limit, per, .. } in &route.limits {
            if per.as_ref().is_some_and(|per| !request.tells(per)) {
                count(&mut self.left_out, &limit.name);
                limits.retain(|it| it.name != limit.name);
            }
        }
        Ok((client, who, limits))
    }

    /// Decides on a request of a line; `None` if it waits for a slot.
    ///
    /// # Errors
    ///
    /// An object cannot begin.
    pub(crate) fn decide(
        &mut self,
        line: u64,
        prepared: &Prepared,
        now: UnixMillis,
    ) -> Result<Option<Verdict>, String> {
        match &prepared.next {
            Next::Known(verdict) => Ok(Some(verdict.clone())),
            Next::Ask(owned, ask, after) => {
                let home: Home = self.exchanges.owners.home(owned)?;
                Ok(self.exchanges.ask(line, home, ask, *after, now))
            }
        }
    }

    /// Lets time pass: what was decided meanwhile on requests that waited.
    pub(crate) fn advance(&mut self, now: UnixMillis) -> Vec<(u64, Verdict)> {
        self.exchanges.advance(now)
    }

    /// Lets time pass until nobody waits.
    pub(crate) fn finish(&mut self) -> Vec<(u64, Verdict)> {
        self.exchanges.finish()
    }
}

fn untold(NamedOwner { kind, by, .. }: &NamedOwner) -> Skip {
    let name = &by.name;
    let place = if by.place == Place::Header {
        "header"
    } else {
        "body"
    };
    let allowed = format!("a log that tells the owner {kind} (--field {place}:{name}=NAME)");
    Skip::new("owner", "nothing", &allowed)
}

/// Counts one more of a limit.
pub(super) fn count(counts: &mut BTreeMap<Name, u64>, name: &Name) {
    let count = counts.entry(name.clone()).or_default();
    *count = count.saturating_add(1);
}

/// The lease of the request of a line.
fn lease(line: u64) -> LeaseId {
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(line.to_be_bytes()) {
        *to = from;
    }
    LeaseId(id)
}
