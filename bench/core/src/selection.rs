//! What it takes to find a request's route, and the prefix of its key, in policies of several sizes.

use crate::contender::{Contender, Served};
use crate::trace::Request;
use headgate::policy::Policy;
use serde_json::{Map, Value, json};
use std::hint::black_box;

const ROUTES: [usize; 3] = [5, 100, 1_000];
const PREFIXES: [usize; 3] = [5, 50, 500];

/// All of them. Each request asks for another route, or bears another prefix, each as often as the others.
pub fn contenders() -> Vec<Contender> {
    let routes = ROUTES.map(|count| {
        let policy = policy("routes", (0..count).map(route).collect());
        let asked: Vec<_> = (0..count).map(asked).collect();
        let find = move |at: usize| {
            let (method, path) = &asked[at];
            black_box(policy.route(method, path)).is_some()
        };
        contender(format!("select: a route of {count}"), count, find)
    });
    let prefixes = PREFIXES.map(|count| {
        let prefixes: Map<_, _> = (0..count).map(|n| (prefix(n), json!("standard"))).collect();
        let policy = policy("keys", json!({ "prefixes": prefixes }));
        let keys: Vec<_> = (0..count).map(|n| prefix(n) + "9f86d081884c7d65").collect();
        let find = move |at: usize| black_box(policy.tier_of_prefix(&keys[at])).is_some();
        contender(format!("select: a prefix of {count}"), count, find)
    });
    routes.into_iter().chain(prefixes).collect()
}

fn contender(name: String, count: usize, find: impl Fn(usize) -> bool + 'static) -> Contender {
    Contender::keyed(name, move |requests: &[Request]| {
        let mut served = Served::default();
        for request in requests {
            let at = u64::from_le_bytes(request.key[..8].try_into().expect("eight bytes"));
            served.passed += u64::from(find(black_box(at as usize % count)));
        }
        served
    })
}

fn policy(field: &str, value: Value) -> Policy {
    let mut policy = json!({ "version": 1, "tiers": { "standard": { "limits": [] } } });
    policy[field] = value;
    Policy::parse(&policy.to_string()).expect("a small policy")
}

/// Routes as an API has them: five of each resource, and one resource after the other.
fn route(n: usize) -> Value {
    let name = n / 5;
    match n % 5 {
        0 => json!({ "methods": ["GET"], "path": format!("/v1/things-{name}") }),
        1 => json!({ "methods": ["POST"], "path": format!("/v1/things-{name}"), "cost": 5 }),
        2 => json!({ "path": format!("/v1/things-{name}/*") }),
        3 => json!({ "path": format!("/v1/things-{name}/{{thing}}/parts"), "cost": 2 }),
        _ => json!({ "path": format!("/v1/things-{name}/**"), "cost": 3 }),
    }
}

/// A request that takes that route.
fn asked(n: usize) -> (&'static str, String) {
    let method = if n % 5 == 1 { "POST" } else { "GET" };
    let rest = [
        "",
        "",
        "/0123456789",
        "/0123456789/parts",
        "/0123456789/parts/3",
    ][n % 5];
    (method, format!("/v1/things-{}{rest}", n / 5))
}

/// Prefixes as sellers of keys have them: of one customer after the other, for two environments.
fn prefix(n: usize) -> String {
    let environment = if n.is_multiple_of(2) { "live" } else { "test" };
    format!("sk_{environment}_customer{}_", n / 2)
}
