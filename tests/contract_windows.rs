//! What the five contracts promise over hours and days, under a clock of the test's own.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::{Limit, Name, Partition};
use headgate::object::Account;
use headgate::policy::Policy;
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};
use headgate::wire::{limit_headers, retry_after};
use support::ask;
use support::object::Object;

const TOPTICKETS: &str = include_str!("../policies/toptickets.json");
const TICKSUPPLY: &str = include_str!("../policies/ticksupply.json");
const SEATSIO: &str = include_str!("../policies/seatsio.json");
const TICKET0: &str = include_str!("../policies/ticket0.json");
const IPTO: &str = include_str!("../policies/ipto.json");

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// 2026-11-23T00:00:00Z.
const MIDNIGHT: UnixMillis = UnixMillis(1_795_392_000_000);

/// An account of a vendor's, and its object.
struct Customer {
    policy: Policy,
    tier: &'static str,
    object: Object<Account>,
}

impl Customer {
    fn of(policy: &str, tier: &'static str) -> Self {
        let (policy, object) = (Policy::parse(policy).unwrap(), Object::new());
        Self {
            policy,
            tier,
            object,
        }
    }

    /// The decision about a request at so many milliseconds after midnight; values in its path count as `part`.
    fn asks(&mut self, method: &str, path: &str, part: u8, at: u64) -> Decision {
        let route = self.policy.route(method, path);
        let tier = self.policy.tier(&Name::try_from(self.tier).unwrap());
        let of_route = route.iter().flat_map(|route| &route.limits);
        let of_route = of_route.map(|endpoint| Limit {
            partition: endpoint.per.as_ref().map(|_| Partition([part; 16])),
            ..endpoint.limit.clone()
        });
        let limits = tier.unwrap().limits_in(None).cloned().chain(of_route);
        let limits: Vec<Limit> = limits.filter(|limit| !limit.is_lane()).collect();
        let now = MIDNIGHT.after(Millis(at));
        self.object.rest(now);
        self.object.ask(&ask(&limits, 1), now)
    }

    fn passes(&mut self, method: &str, path: &str, at: u64) -> bool {
        self.asks(method, path, 1, at).outcome == Outcome::Admitted
    }

    /// How many of `count` requests at once pass.
    fn passed(&mut self, method: &str, path: &str, count: u64, at: u64) -> u64 {
        let passed = (0..count).filter(|_| self.passes(method, path, at));
        u64::try_from(passed.count()).unwrap()
    }

    fn told(&self, decision: &Decision) -> Vec<String> {
        let headers = limit_headers(&self.policy.dialect, decision);
        headers.into_iter().map(|(_, value)| value).collect()
    }
}

#[test]
fn toptickets_gives_no_key_more_than_its_limit_in_any_minute_and_all_of_it_a_minute_later() {
    let mut customer = Customer::of(TOPTICKETS, "read-only");
    assert_eq!(customer.passed("GET", "/", 150, 30 * SECOND), 150);
    assert_eq!(customer.passed("GET", "/", 150, 59 * SECOND), 50);
    let refused = customer.asks("GET", "/", 1, MINUTE + SECOND);
    assert_eq!(retry_after(&refused), Some(29));
    assert!(!customer.passes("GET", "/", 90 * SECOND - 1));
    assert_eq!(customer.passed("GET", "/", 200, 90 * SECOND), 150);
}

#[test]
fn ticksupply_lets_twelve_thousand_two_hundred_pass_in_the_first_hour_and_then_refills_by_the_hour()
{
    let mut customer = Customer::of(TICKSUPPLY, "standard");
    let mut passed = 0;
    for at in (0..HOUR).step_by(100) {
        passed += customer.passed("GET", "/v1/events", 20, at);
    }
    passed += customer.passed("GET", "/v1/events", 200, HOUR);
    assert_eq!(passed, 12_200);
    // From then on the hour refills 2.8 a second, less than the minute does.
    let mut later = 0;
    for at in (HOUR..10 * HOUR).step_by(1_000) {
        later += customer.passed("GET", "/v1/events", 20, at);
    }
    // All but what the last second refills.
    let all = 10_000 + 10 * 10_000;
    assert!(
        (all - 3..=all).contains(&(passed + later)),
        "{passed} and {later}"
    );
    let refused = customer.asks("GET", "/v1/events", 1, 10 * HOUR - 1_000);
    let told = customer.told(&refused);
    let reset = MIDNIGHT.0 / 1_000 + 10 * 3_600;
    assert_eq!(told[told.len() - 1], reset.to_string(), "of the hour");
}

#[test]
fn ticksupply_with_a_sliding_hour_lets_no_more_than_ten_thousand_pass_in_any_hour() {
    let (bucket, sliding) = (
        r#""algorithm": "token-bucket", "units": 10000, "window": "1h", "burst": 10000"#,
        r#""algorithm": "sliding-window", "units": 10000, "window": "1h""#,
    );
    assert_eq!(TICKSUPPLY.matches(bucket).count(), 2, "both tiers");
    let mut customer = Customer::of(&TICKSUPPLY.replace(bucket, sliding), "standard");
    let mut passed = Vec::new();
    for at in (0..3 * HOUR).step_by(300) {
        if customer.passes("GET", "/v1/events", at) {
            passed.push(at);
        }
    }
    let hours = passed.iter().zip(passed.iter().skip(10_000));
    assert!(passed.len() >= 29_000 && hours.into_iter().all(|(first, last)| last - first >= HOUR));
}

#[test]
fn seatsio_lets_an_events_for_sale_configuration_be_changed_ten_times_a_calendar_day() {
    let mut customer = Customer::of(SEATSIO, "paid");
    let path = "/events/one/actions/edit-for-sale-config";
    assert_eq!(customer.passed("POST", path, 15, 9 * HOUR), 10);
    let refused = customer.asks("POST", path, 1, 23 * HOUR);
    assert_eq!(retry_after(&refused), Some(3_600));
    assert_eq!(
        customer.asks("POST", path, 2, 23 * HOUR).outcome,
        Outcome::Admitted
    );
    assert!(!customer.passes("POST", path, DAY - 1));
    assert_eq!(customer.passed("POST", path, 15, DAY), 10);
}

#[test]
fn ticket0_counts_a_minute_from_the_first_request_and_the_next_from_the_first_after_it() {
    let mut customer = Customer::of(TICKET0, "standard");
    let first = 17 * SECOND + 250;
    assert_eq!(customer.passed("GET", "/", 1, first), 1);
    assert_eq!(customer.passed("GET", "/", 80, first + 40 * SECOND), 59);
    let refused = customer.asks("GET", "/", 1, first + 40 * SECOND);
    assert_eq!(retry_after(&refused), Some(20));
    assert!(!customer.passes("GET", "/", first + MINUTE - 1));
    let next = first + 3 * MINUTE + 7;
    assert_eq!(customer.passed("GET", "/", 80, next), 60);
    assert!(!customer.passes("GET", "/", next + MINUTE - 1));
    assert!(customer.passes("GET", "/", next + MINUTE));
}

#[test]
fn ipto_tells_the_hour_and_then_the_day_once_they_are_closer_to_exhaustion() {
    let mut customer = Customer::of(IPTO, "standard");
    let second = |at: u64| (MIDNIGHT.0 + at) / 1_000;
    let told = |customer: &Customer, decision: &Decision| {
        let told = customer.told(decision);
        told.iter()
            .map(|value| value.parse().unwrap())
            .collect::<Vec<u64>>()
    };
    for minute in 0..10 {
        assert_eq!(customer.passed("GET", "/x", 120, minute * MINUTE), 100);
    }
    let refused = customer.asks("GET", "/x", 1, 10 * MINUTE);
    assert_eq!(told(&customer, &refused), [1_000, 0, second(HOUR)]);
    assert_eq!(retry_after(&refused), Some(50 * 60));
    for hour in 1..10 {
        for minute in 0..10 {
            assert_eq!(
                customer.passed("GET", "/x", 120, hour * HOUR + minute * MINUTE),
                100
            );
        }
    }
    let refused = customer.asks("GET", "/x", 1, 10 * HOUR);
    assert_eq!(told(&customer, &refused), [10_000, 0, second(DAY)]);
    assert_eq!(retry_after(&refused), Some(14 * 3_600));
    assert!(!customer.passes("GET", "/x", DAY - 1));
    assert_eq!(customer.passed("GET", "/x", 120, DAY), 100);
}

#[test]
fn ipto_gives_each_endpoint_its_own_hour_and_a_refusal_there_costs_the_account_nothing() {
    let mut customer = Customer::of(IPTO, "standard");
    for (method, path, units) in [
        ("POST", "/assets", 10),
        ("PUT", "/assets/7", 20),
        ("POST", "/microip/licenses", 5),
        ("GET", "/microip/assets/7/download", 20),
        ("POST", "/balance/deposits", 10),
        ("POST", "/balance/withdrawals", 5),
        ("POST", "/wallets", 5),
        ("POST", "/wallets/7/verify", 10),
    ] {
        assert_eq!(
            customer.passed(method, path, 40, 59 * MINUTE),
            units,
            "{path}"
        );
        let refused = customer.asks(method, path, 1, 59 * MINUTE + 30 * SECOND);
        assert_eq!(retry_after(&refused), Some(30), "{path}");
        assert!(customer.passes(method, path, HOUR), "{path}");
        customer.object = Object::new();
    }
    customer.passed("POST", "/assets", 40, 0);
    assert_eq!(
        customer.passed("GET", "/x", 120, 0),
        90,
        "ten have passed, thirty were refused"
    );
}
