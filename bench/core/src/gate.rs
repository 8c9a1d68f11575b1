//! Headgate's contenders: accounts that decide, with the effects that an object would store.

use crate::contender::{Contender, Served};
use crate::trace::{ACCOUNTS, Key, Request, keys};
use headgate::lease::LeaseId;
use headgate::limit::{
    Algorithm, AnchoredWindow, Cap, Concurrency, FixedWindow, Lifetime, Limit, Name, PerWindow,
    Period, Quota, SlidingLog, SlidingWindow, TokenBucket,
};
use headgate::object::{Account, Ask, Effect, Owner, Terms};
use headgate::subject::{Outcome, Settlement};
use headgate::time::{Millis, UnixMillis};
use std::collections::HashMap;
use std::hint::black_box;

/// Windows in milliseconds with their units: at ten requests a second nothing is refused. The first stands alone where
/// there is one.
const WINDOWS: [(&str, u64, u64); 3] = [
    ("minute", 60_000, 1_200),
    ("hour", 3_600_000, 50_000),
    ("day", 86_400_000, 1_000_000),
];

/// Longer than any window before the trace.
const LONG_AGO: UnixMillis = UnixMillis(1_600_000_000_000);

/// All of them, each with one window and with three.
pub fn contenders() -> Vec<Contender> {
    let mut all = Vec::new();
    for (algorithm, of) in ALGORITHMS {
        for (label, windows) in [("one", &WINDOWS[..1]), ("three", &WINDOWS[..])] {
            let limit = |window: &(&str, u64, u64)| limit(window.0, of(window.1, window.2));
            let limits = windows.iter().map(limit).collect();
            all.push(keyed(format!("{algorithm}, {label}"), limits));
        }
    }
    all.push(keyed(
        "token-bucket, three and a lane".into(),
        three_and_a_lane(),
    ));
    let half = limit("second", bucket(1_000, 5));
    all.push(keyed("token-bucket, one, half refused".into(), vec![half]));
    all.push(alone("token-bucket, one, no map", one()));
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

/// A bucket of so many units, all back after a window in milliseconds.
pub fn bucket(window: u64, units: u64) -> Algorithm {
    let quota = Quota::new(units, Millis(window), units).expect("the numbers are in range");
    Algorithm::TokenBucket(TokenBucket { quota })
}

fn lane(_: u64, _: u64) -> Algorithm {
    let (lease, patience, retry_after) = (Millis(30_000), Millis(200), Millis(1_000));
    let lane = Concurrency::new(40, lease, patience, retry_after);
    Algorithm::Concurrency(lane.expect("the numbers are in range"))
}

fn per(window: u64, units: u64) -> PerWindow {
    PerWindow::new(units, Millis(window)).expect("the numbers are in range")
}

/// One token bucket.
pub fn one() -> Vec<Limit> {
    windows(&WINDOWS[..1])
}

/// Three token buckets and a lane.
pub fn three_and_a_lane() -> Vec<Limit> {
    let mut limits = windows(&WINDOWS);
    limits.push(limit("lane", lane(0, 0)));
    limits
}

fn windows(of: &[(&str, u64, u64)]) -> Vec<Limit> {
    let window = |(name, window, units): &(&str, u64, u64)| limit(name, bucket(*window, *units));
    of.iter().map(window).collect()
}

/// A limit of the whole account.
pub fn limit(name: &str, algorithm: Algorithm) -> Limit {
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
    let mut script = Script::new(limits);
    let mut accounts: HashMap<Key, Account> =
        keys(ACCOUNTS).map(|key| (key, script.account())).collect();
    let run = move |requests: &[Request]| {
        let mut served = Served::default();
        for request in requests {
            let account = accounts.get_mut(&request.key).expect("all are there");
            script.serve(account, request, &mut served);
        }
        served
    };
    Contender::keyed(format!("headgate: {name}"), run)
}

/// One account, as an object holds it.
fn alone(name: &str, limits: Vec<Limit>) -> Contender {
    let mut script = Script::new(limits);
    let mut account = script.account();
    let run = move |requests: &[Request]| {
        let mut served = Served::default();
        for request in requests {
            script.serve(&mut account, request, &mut served);
        }
        served
    };
    Contender::alone(format!("headgate: {name}"), run)
}

/// What becomes of a request: it is asked for, its slot is released, and its reservations come to nothing.
pub struct Script {
    ask: Ask,
    settlement: Settlement,
    has_lane: bool,
}

impl Script {
    /// Of an account with these limits.
    pub fn new(limits: Vec<Limit>) -> Self {
        let of_a_cap = |limit: &&Limit| matches!(limit.algorithm, Algorithm::Cap(_));
        let caps = limits.iter().filter(of_a_cap).map(|cap| &cap.name);
        let request = LeaseId([0xff; 16]);
        let has_lane = limits.iter().any(Limit::is_lane);
        let lease = (has_lane || caps.clone().next().is_some()).then_some(request);
        Self {
            settlement: Settlement {
                request,
                caps: caps.clone().map(|cap| (cap.clone(), 0)).collect(),
                refund: false,
            },
            has_lane,
            ask: Ask {
                version: 1,
                record: 1,
                cost: 1,
                lease,
                released: Vec::new(),
                tier: named("standard"),
                kind: None,
                terms: Terms {
                    reserves: caps.map(|cap| (cap.clone(), 1)).collect(),
                    ..Terms::default()
                },
                limits,
                shadows: Vec::new(),
                subject: None,
                brought_by: None,
            },
        }
    }

    /// An account that resumes from its row, long after its last request: as most do, and so that it shares no memory
    /// with the ask.
    pub fn account(&mut self) -> Account {
        let mut account = Account::load(&[]).expect("no rows");
        let row = self.row(&mut account, LONG_AGO);
        Account::load(&[row]).expect("its own row")
    }

    /// The row that is written for a request after a pause.
    pub fn row(&mut self, account: &mut Account, now: UnixMillis) -> Vec<u8> {
        let (_, asked) = account.handle(&self.ask, now);
        let settled = account.settle(&self.settlement, now);
        let mut written = asked.iter().chain(&settled).rev();
        let row = written.find_map(|effect| match effect {
            Effect::PutRow { row, .. } => Some(row.encode().expect("a small row")),
            _ => None,
        });
        row.expect("what was over is written anew")
    }

    /// What is to be written for a request.
    pub fn effects(&self, account: &mut Account, now: UnixMillis) -> Vec<Effect> {
        account.handle(&self.ask, now).1
    }

    /// Serves a request.
    pub fn serve(&mut self, account: &mut Account, request: &Request, served: &mut Served) {
        let (now, has_caps) = (UnixMillis(request.now), !self.settlement.caps.is_empty());
        let lease = LeaseId(u128::from(request.id).to_le_bytes());
        self.ask.lease = (self.has_lane || has_caps).then_some(lease);
        let (decision, effects) = black_box(account.handle(&self.ask, now));
        served.passed += u64::from(decision.outcome == Outcome::Admitted);
        served.rows += u64::from(!effects.is_empty());
        drop((decision, effects));
        if self.has_lane {
            let (_, effects) = black_box(account.release(&[lease], now));
            served.rows += u64::from(!effects.is_empty());
        }
        if has_caps {
            self.settlement.request = lease;
            let effects = black_box(account.settle(&self.settlement, now));
            served.rows += u64::from(!effects.is_empty());
        }
    }
}
