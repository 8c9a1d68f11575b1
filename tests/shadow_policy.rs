//! How a policy says which limits are shadow limits, and what follows from that.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::KeyHash;
use headgate::identity::AccountId;
use headgate::lease::LeaseId;
use headgate::limit::Limit;
use headgate::object::{Account, Ask};
use headgate::policy::Policy;
use headgate::request::{Client, Owned};
use headgate::time::Millis;
use serde_json::{Value, json};
use support::object::Object;
use support::{START, ask, limit, order};

fn minute(fields: Value) -> Value {
    let mut limit = json!({
        "name": "minute", "algorithm": "token-bucket", "units": 1_000, "window": "1m",
    });
    if let (Value::Object(limit), Value::Object(fields)) = (&mut limit, fields) {
        limit.extend(fields);
    }
    limit
}

fn policy(limits: &Value) -> Policy {
    let tiers = json!({ "standard": { "limits": limits } });
    let text = json!({
        "version": 3,
        "tiers": tiers,
        "limits": {
            "sales": { "algorithm": "sliding-log", "units": 5, "window": "1h", "shadow": true },
            "events": { "algorithm": "sliding-log", "units": 5, "window": "1h" },
        },
        "routes": [
            { "path": "/sales", "limits": ["sales", "events"], "cost": 2 },
            { "path": "/jobs", "lane": "jobs" },
        ],
    });
    Policy::parse(&text.to_string()).unwrap()
}

fn client(policy: &Policy) -> Client<'_> {
    Client {
        owner: Owned::Account(AccountId::try_from("acme".to_owned()).unwrap()),
        tier: &policy.tiers[0],
        record: 0,
        degraded: None,
        key: Some(KeyHash([1; 16])),
        shows_would_deny: false,
    }
}

/// What is asked for a request on a path.
fn asked(policy: &Policy, path: &str) -> Ask {
    let route = policy.route("GET", path);
    let of_route = route.into_iter().flat_map(|route| &route.limits);
    let of_route = of_route.map(|limit| limit.limit.clone()).collect();
    let id = || Some(LeaseId([7; 16]));
    Ask::of(policy, &client(policy), route, of_route, id, |_| None).unwrap()
}

fn names(limits: &[Limit]) -> Vec<&str> {
    limits.iter().map(|limit| limit.name.as_str()).collect()
}

#[test]
fn shadow_limits_of_tier_lane_and_route_are_asked_apart() {
    let jobs = json!({ "name": "jobs", "algorithm": "concurrency", "slots": 2, "shadow": true });
    let day = json!({
        "name": "day", "algorithm": "fixed-window", "units": 9, "window": "1d", "shadow": true,
    });
    let policy = policy(&json!([minute(json!({ "shadow": false })), day, jobs]));
    let ask = asked(&policy, "/sales");
    assert_eq!(names(&ask.limits), ["minute", "events"]);
    assert_eq!(names(&ask.shadows), ["day", "sales"]);
    assert_eq!((ask.cost, ask.lease), (2, None));
    let ask = asked(&policy, "/jobs");
    assert_eq!(names(&ask.limits), ["minute"]);
    assert_eq!(names(&ask.shadows), ["day", "jobs"]);
    assert!(ask.lease.is_some(), "a slot of a shadow lane is one, too");
    assert_eq!(names(&asked(&policy, "/other").shadows), ["day"]);
}

#[test]
fn a_policy_is_right_whether_or_not_its_limits_are_shadows() {
    let jobs = json!({ "name": "jobs", "algorithm": "concurrency", "slots": 2 });
    let minute = |shadow| minute(json!({ "lend": "1s", "shadow": shadow }));
    let lent = |shadow| policy(&json!([minute(shadow), jobs]));
    assert_eq!(lent(true).tiers[0].lend, Some(Millis(1_000)));
    let (enforced, shadow) = (lent(false), lent(true));
    assert!(enforced.lends(&enforced.tiers[0], None).is_some());
    assert_eq!(
        shadow.lends(&shadow.tiers[0], None),
        None,
        "of what is lent it would not hear"
    );
    let sales = enforced.route("GET", "/sales");
    assert_eq!(enforced.lends(&enforced.tiers[0], sales), None);
}

fn look(object: &mut Object<Account>) -> Value {
    let reply = object.operate(&order("GET", "", ""), START);
    serde_json::from_str(&reply.body).unwrap()
}

#[test]
fn what_would_have_been_denied_is_counted_by_account_and_limit() {
    let mut object = Object::<Account>::new();
    let shadows = vec![
        limit("minute", 3, 60_000, 3),
        limit("hour", 5, 3_600_000, 5),
    ];
    let ask = Ask {
        shadows,
        ..ask(&[limit("day", 8, 86_400_000, 8)], 1)
    };
    for _ in 0..10 {
        object.ask(&ask, START);
    }
    let counts = json!([{"limit": "minute", "requests": 5}, {"limit": "hour", "requests": 3}]);
    for is_lost in [false, true] {
        if is_lost {
            object.rest(START.after(Millis(500)));
            object.lose_memory();
        }
        let told = look(&mut object);
        assert_eq!(told["would_deny"], counts);
        let limits = told["limits"].as_array().unwrap();
        let limits: Vec<(&str, bool, u64)> = limits
            .iter()
            .map(|it| {
                let (name, shadow) = (&it["limit"], &it["shadow"]);
                let left = it["remaining"].as_u64().unwrap();
                (name.as_str().unwrap(), shadow.as_bool().unwrap(), left)
            })
            .collect();
        assert_eq!(
            limits,
            [("day", false, 0), ("minute", true, 0), ("hour", true, 0)]
        );
    }
    let erased = object.operate(&order("DELETE", "", ""), START).body;
    assert!(erased.contains("\"would_deny\""), "{erased}");
    assert_eq!(look(&mut object)["would_deny"], json!([]));
}

#[test]
fn an_override_and_a_reset_hold_for_shadow_limits_as_well() {
    let mut object = Object::<Account>::new();
    let ask = Ask {
        shadows: vec![limit("minute", 2, 60_000, 2)],
        ..ask(&[], 1)
    };
    let body = json!({"units": 3, "until": START.ceil_seconds() + 60}).to_string();
    object.operate(&order("PUT", "overrides/minute", &body), START);
    let mut said = Vec::new();
    for call in 0..6 {
        if call == 4 {
            object.operate(&order("DELETE", "usage/minute", ""), START);
        }
        said.push(object.ask(&ask, START).would_deny.len());
    }
    assert_eq!(said, [0, 0, 0, 1, 0, 0]);
}

#[test]
fn an_isolate_that_decides_by_itself_judges_no_shadow_limits() {
    let mut local = headgate::object::Local::default();
    let ask = support::local::local(Ask {
        shadows: vec![limit("minute", 1, 60_000, 1)],
        ..ask(&[], 1)
    });
    for _ in 0..3 {
        let decision = support::local::decided(&mut local, "acme", &ask, START).unwrap();
        assert!(decision.would_deny.is_empty());
    }
}
