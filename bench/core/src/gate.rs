//! Headgate's contenders: accounts that decide, with the effects that an object would store.

use crate::contender::Contender;
use crate::trace::{Key, Request, keys};
use headgate::lease::LeaseId;
use headgate::limit::{
    Algorithm, AnchoredWindow, Cap, Concurrency, FixedWindow, Lifetime, Limit, Name, PerWindow,
    Period, Quota, SlidingLog, SlidingWindow, TokenBucket,
};
use headgate::object::{Account, Ask, Owner, Terms};
use headgate::subject::{Outcome, Settlement};
use headgate::time::{Millis, UnixMillis};
use std::collections::HashMap;
use std::hint::black_box;

/// Windows in milliseconds with their units: at ten requests a second almost nothing is refused. The last stands
/// alone where there is one.
const WINDOWS: [(&str, u64, u64); 3] = [
    ("second", 1_000, 40),
    ("ten-seconds", 10_000, 250),
    ("minute", 60_000, 1_200),
];

/// All of them, each with one window and with three.
pub fn contenders() -> Vec<Contender> {
    let mut all = Vec::new();
    for (algorithm, of) in ALGORITHMS {
        for (label, windows) in [("one", &WINDOWS[2..]), ("three", &WINDOWS[..])] {
            let limit = |window: &(&str, u64, u64)| limit(window.0, of(window.1, window.2));
            let limits = windows.iter().map(limit).collect();
            all.push(keyed(format!("{algorithm}, {label}"), limits));
        }
    }
    let mut limits = windows(&WINDOWS);
    limits.push(limit("lane", lane(1_000, 40)));
    all.push(keyed("token-bucket, three and a lane".into(), limits));
    let half = limit("second", bucket(1_000, 5));
    all.push(keyed("token-bucket, one, half refused".into(), vec![half]));
    all.push(alone("token-bucket, one, no map", windows(&WINDOWS[2..])));
    all.push(alone("token-bucket, three, no map", windows(&WINDOWS)));
    all
}

/// An algorithm for a window in milliseconds with so many units.
type Of = fn(u64, u64) -> Algorithm;

const ALGORITHMS: [(&str, Of); 8] = [
    ("token-bucket", bucket),
    ("sliding-log", |window, units| {
        let per = per(window, units);
        Algorithm::SlidingLog(SlidingLog { per })
    }),
    ("sliding-window", |window, units| {
        let per = per(window, units);
        Algorithm::SlidingWindow(SlidingWindow { per, parts: 10 })
    }),
    ("fixed-window", |window, units| {
        let period = Period::Every(Millis(window));
        Algorithm::FixedWindow(FixedWindow { units, period })
    }),
    ("anchored-window", |window, units| {
        let per = per(window, units);
        Algorithm::AnchoredWindow(AnchoredWindow { per })
    }),
    ("lifetime", |window, _| {
        let per = per(window, 1_000_000);
        Algorithm::Lifetime(Lifetime { per })
    }),
    ("concurrency", lane),
    ("cap", |_, units| Algorithm::Cap(Cap { amount: units })),
];

fn bucket(window: u64, units: u64) -> Algorithm {
    let quota = Quota::new(units, Millis(window), units).expect("the numbers are in range");
    Algorithm::TokenBucket(TokenBucket { quota })
}

fn lane(_: u64, units: u64) -> Algorithm {
    let (lease, patience, retry_after) = (Millis(30_000), Millis(200), Millis(1_000));
    let lane = Concurrency::new(units, lease, patience, retry_after);
    Algorithm::Concurrency(lane.expect("the numbers are in range"))
}

fn per(window: u64, units: u64) -> PerWindow {
    PerWindow::new(units, Millis(window)).expect("the numbers are in range")
}

fn windows(of: &[(&str, u64, u64)]) -> Vec<Limit> {
    let window = |(name, window, units): &(&str, u64, u64)| limit(name, bucket(*window, *units));
    of.iter().map(window).collect()
}

fn limit(name: &str, algorithm: Algorithm) -> Limit {
    Limit {
        name: named(name),
        algorithm,
        partition: None,
    }
}

fn named(name: &str) -> Name {
    Name::try_from(name).expect("a plain word")
}

/// Accounts behind a map, as a process would hold them that serves many.
fn keyed(name: String, limits: Vec<Limit>) -> Contender {
    let mut accounts: HashMap<Key, Account> = keys().map(|key| (key, fresh())).collect();
    let mut script = Script::new(limits);
    let run = move |requests: &[Request]| {
        let mut passed = 0;
        for request in requests {
            let account = accounts.get_mut(&request.key).expect("all are there");
            passed += script.ask(account, request);
        }
        passed
    };
    Contender::keyed(format!("headgate: {name}"), run)
}

/// One account, as an object holds it.
fn alone(name: &str, limits: Vec<Limit>) -> Contender {
    let (mut account, mut script) = (fresh(), Script::new(limits));
    let run = move |requests: &[Request]| {
        let ask = |request| script.ask(&mut account, request);
        requests.iter().map(ask).sum()
    };
    Contender::alone(format!("headgate: {name}"), run)
}

fn fresh() -> Account {
    Account::load(&[]).expect("no rows")
}

/// What becomes of a request: it is asked for, its slot is released, and its reservations come to nothing.
struct Script {
    ask: Ask,
    settlement: Settlement,
    has_lane: bool,
}

impl Script {
    fn new(limits: Vec<Limit>) -> Self {
        let of_a_cap = |limit: &&Limit| matches!(limit.algorithm, Algorithm::Cap(_));
        let caps = limits.iter().filter(of_a_cap).map(|cap| &cap.name);
        let request = LeaseId([0; 16]);
        Self {
            settlement: Settlement {
                request,
                caps: caps.clone().map(|cap| (cap.clone(), 0)).collect(),
                refund: false,
            },
            has_lane: limits.iter().any(Limit::is_lane),
            ask: Ask {
                version: 1,
                record: 1,
                cost: 1,
                lease: None,
                released: Vec::new(),
                tier: named("standard"),
                kind: None,
                terms: Terms {
                    reserves: caps.map(|cap| (cap.clone(), 1)).collect(),
                    ..Terms::default()
                },
                limits,
                subject: None,
                brought_by: None,
            },
        }
    }

    /// Whether it passed, as a number.
    fn ask(&mut self, account: &mut Account, request: &Request) -> u64 {
        let (now, has_caps) = (UnixMillis(request.now), !self.settlement.caps.is_empty());
        let lease = LeaseId(u128::from(request.id).to_le_bytes());
        self.ask.lease = (self.has_lane || has_caps).then_some(lease);
        let (decision, effects) = black_box(account.handle(&self.ask, now));
        let passed = decision.outcome == Outcome::Admitted;
        drop((decision, effects));
        if self.has_lane {
            drop(black_box(account.release(&[lease], now)));
        }
        if has_caps {
            self.settlement.request = lease;
            drop(black_box(account.settle(&self.settlement, now)));
        }
        u64::from(passed)
    }
}
