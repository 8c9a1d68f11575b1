//! What an isolate does with a request until it is decided: the same as `src/edge` does, with the same parts.

use super::World;
use super::network::Purpose;
use super::request::{Request, Stage, lease};
use crate::client::Heard;
use crate::event::{Event, RequestId};
use crate::fault::Fault;
use crate::isolate::Isolate;
use crate::scenario::{Owner, PATHS};
use crate::violation::Held;
use headgate::identity::HashKey;
use headgate::lease::LeaseId;
use headgate::limit::{Kind, Limit, Name};
use headgate::object::{Ask, Message, Release, Terms};
use headgate::policy::{Amount, Policy, Route};
use headgate::subject::{Decision, Outcome};

/// Longest that KV shows an older policy, in ms.
const STALE: u64 = 60_000;

impl World {
    pub(super) fn add_isolate(&mut self) {
        let offset = i64::try_from(self.random.below(20_000)).unwrap_or(0) - 10_000;
        let drift = i64::try_from(self.random.below(7)).unwrap_or(0) * 10 - 30;
        let policy = self.put.len() - 1;
        self.isolates.push(Isolate::new(offset, drift, policy));
        let isolate = self.isolates.len() - 1;
        self.queue.push(self.now + 1, Event::Refresh { isolate });
    }

    /// The isolate reads the policy again. KV may show it an older one than it knew.
    pub(super) fn refresh(&mut self, isolate: usize) {
        let newest = self.put.len() - 1;
        let mut policy = newest;
        let was_put = self.put[newest];
        if newest > 0 && self.now < was_put + STALE && self.random.one_in(2) {
            policy = newest - 1;
        }
        if policy < self.isolates[isolate].policy && self.fails(Fault::StalePolicy) {
            self.isolates[isolate].policy = policy;
        }
        let known = &mut self.isolates[isolate].policy;
        *known = policy.max(*known);
        if self.is_open && self.isolates[isolate].is_current {
            let at = self.now + self.random.between(1_000, 10_000);
            self.queue.push(at, Event::Refresh { isolate });
        }
    }

    /// A client sends its requests.
    pub(super) fn fire(&mut self, client: usize) -> Held {
        if !self.is_open {
            return Ok(());
        }
        let (count, again) = self.scenario.clients[client].habit.fires();
        for _ in 0..count {
            self.begin_request(client)?;
        }
        if let Some(again) = again {
            self.queue.push(self.now + again, Event::Fire { client });
        }
        Ok(())
    }

    fn begin_request(&mut self, client: usize) -> Held {
        let current: Vec<usize> = (0..self.isolates.len())
            .filter(|at| self.isolates[*at].is_current)
            .collect();
        let isolate = *self.random.pick(&current);
        let path = self.asked_for(client);
        let (object, subject) = match self.scenario.clients[client].owner {
            Owner::Account(account) => (account, None),
            Owner::Prefix(key) => (self.shard(), Some((key, self.random.below(3)))),
            Owner::Crowd(keys) => (self.shard(), Some((self.random.below(keys), 0))),
        };
        self.last_request += 1;
        self.report.requests += 1;
        let policy = self.isolates[isolate].policy;
        let number = self.last_request;
        let (mut ask, takes) = ask(&self.scenario.policies[policy], &path, subject, number);
        if ask.limits.is_empty() && ask.shadows.is_empty() {
            // Nobody is asked about what nothing limits.
            self.hear(client, Heard::Passed);
            return Ok(());
        }
        if self.finds((isolate, object, policy), &path, &mut ask)? {
            self.note(|| format!("request {number} of client {client} spends a lent unit"));
            self.passes(client);
            return Ok(());
        }
        if let Some(denial) = self.known(isolate, object, &mut ask) {
            self.note(|| format!("request {number} of client {client} is refused at once"));
            self.would_refuse(object, &ask, &denial)?;
            return self.refuse(client, policy, &denial);
        }
        let has_lane = ask.limits.iter().chain(&ask.shadows).any(Limit::is_lane);
        let sent = self.isolates[isolate].clock(self.now);
        let mut request = Request {
            client,
            isolate,
            object,
            policy,
            sent,
            path: path.clone(),
            ask,
            takes,
            has_lane,
            stage: Stage::Asked,
            is_orphan: false,
            turn: 0,
        };
        if has_lane {
            let ended = &mut self.isolates[isolate].ended;
            request.ask.released = ended.remove(&object).unwrap_or_default();
        }
        self.note(|| {
            format!("request {number} of client {client} asks object {object} for {path}")
        });
        let message = Message::Ask(request.ask.clone());
        self.requests.insert(number, request);
        let timeout = self.scenario.policies[policy].decision_timeout;
        let purpose = Purpose::Ask(number);
        self.say(isolate, object, purpose, message, timeout.0)
    }

    /// What a client asks for, which is mostly the same.
    fn asked_for(&mut self, client: usize) -> String {
        let mut path = self.scenario.clients[client].path;
        if !self.is_calm && self.random.one_in(4) {
            path = *self.random.pick(&PATHS);
        }
        if path == "/part" {
            format!("/part/{}", self.random.below(5))
        } else {
            path.to_owned()
        }
    }

    /// A decision has come.
    pub(super) fn decided(&mut self, id: RequestId, decision: &Decision) -> Held {
        let Some(request) = self.requests.get(&id).filter(|it| it.stage == Stage::Asked) else {
            return Ok(());
        };
        let (isolate, client, policy) = (request.isolate, request.client, request.policy);
        let timeout = self.scenario.policies[policy].decision_timeout;
        if self.isolates[isolate].clock(self.now).since(request.sent) >= timeout {
            return self.undecided(id);
        }
        if self.borrows(id, Some(decision))? {
            self.requests.remove(&id);
            self.passes(client);
            return Ok(());
        }
        if decision.outcome != Outcome::Admitted {
            self.learn(id, decision);
            self.requests.remove(&id);
            return self.refuse(client, policy, decision);
        }
        self.open(id, decision)
    }

    /// No decision was had in time. The object may have heard all of the ask, or nothing.
    pub(super) fn undecided(&mut self, id: RequestId) -> Held {
        let Some(request) = self.requests.get(&id).cloned() else {
            return Ok(());
        };
        self.note(|| format!("request {id} is not decided"));
        self.borrows(id, None)?;
        let Request {
            isolate, object, ..
        } = request;
        if !request.ask.terms.reserves.is_empty() {
            let nothing = Self::settlement(&request, 0);
            self.tell(isolate, object, nothing, 1)?;
        }
        let lease = request.ask.lease.filter(|_| request.has_lane);
        let leases: Vec<LeaseId> = request.ask.released.iter().copied().chain(lease).collect();
        if !leases.is_empty() {
            self.tell(isolate, object, Message::Release(Release { leases }), 1)?;
        }
        if self.asks_here(id)? {
            return Ok(());
        }
        self.requests.remove(&id);
        self.report.undecided += 1;
        self.hear(request.client, Heard::Unavailable);
        Ok(())
    }
}

/// What a request for a path asks of its object, and what it comes to under a cap.
pub(super) fn ask(
    policy: &Policy,
    path: &str,
    subject: Option<(u64, u64)>,
    number: u64,
) -> (Ask, Option<i64>) {
    let route = policy.route("GET", path);
    let tier = Name::try_from(if subject.is_some() { "prefix" } else { "paid" }).expect("a name");
    let tier = policy.tier(&tier).expect("a tier of all policies");
    let lane = route.and_then(|route| route.lane.as_ref());
    let reserves = route.map_or(&[][..], |route| &route.caps);
    let reserves: Vec<_> = reserves
        .iter()
        .filter(|it| tier.caps().any(|cap| cap.name == it.cap))
        .collect();
    let caps = tier
        .caps()
        .filter(|cap| reserves.iter().any(|it| it.cap == cap.name));
    let limits = tier.limits_in(lane).chain(caps).cloned();
    let limits: Vec<Limit> = limits.chain(of_route(route, path)).collect();
    let shadows: Vec<Limit> = tier.shadows_in(lane).cloned().collect();
    let is_followed = limits
        .iter()
        .chain(&shadows)
        .any(|limit| limit.algorithm.kind() != Kind::Rate);
    let takes = reserves.first().and_then(|it| match it.settle {
        Amount::Fixed(amount) => Some(amount),
        _ => None,
    });
    let id = |kind: &str, number: u64| {
        let key = HashKey::new(b"the key of the simulator's deployment").expect("long enough");
        key.subject(kind, &number.to_string())
    };
    let ask = Ask {
        version: policy.version,
        record: 0,
        cost: route.map_or(1, |route| route.cost),
        lease: is_followed.then(|| lease(number)),
        released: Vec::new(),
        tier: tier.name.clone(),
        kind: None,
        limits,
        shadows,
        subject: subject.map(|(key, _)| id("key", key)),
        brought_by: subject.map(|(_, network)| id("network", network)),
        terms: Terms {
            reserves: reserves
                .iter()
                .map(|it| (it.cap.clone(), it.amount))
                .collect(),
            ..Terms::default()
        },
    };
    (ask, takes)
}

/// The limits that a route adds, with the part of the owner that the path names.
fn of_route(route: Option<&Route>, path: &str) -> Vec<Limit> {
    let part = path.rsplit('/').next().unwrap_or_default();
    let limits = route.map_or(&[][..], |route| &route.limits);
    let key = HashKey::new(b"the key of the simulator's deployment").expect("long enough");
    let counted = |limit: &headgate::policy::EndpointLimit| Limit {
        partition: limit
            .per
            .as_ref()
            .map(|_| key.partition(&limit.limit.name, part)),
        ..limit.limit.clone()
    };
    limits.iter().map(counted).collect()
}
