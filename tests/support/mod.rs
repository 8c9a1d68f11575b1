//! What the native tests share: limits in short form, a seeded generator, a naive oracle, and an object with
//! durable rows and memory that can be lost.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "each test file uses its own part"
)]

#[cfg(not(target_arch = "wasm32"))]
pub mod any;
#[cfg(not(target_arch = "wasm32"))]
pub mod any_rate;
pub mod counted;
pub mod crowd;
pub mod events;
#[cfg(not(target_arch = "wasm32"))]
pub mod lane_world;
pub mod loan_world;
pub mod local;
pub mod object;
pub mod overload;
pub mod pins;
pub mod rates;
pub mod replay_trace;
#[cfg(not(target_arch = "wasm32"))]
pub mod replayed;
pub mod shadows;
pub mod told;

pub use headgate_sim::{Random, oracle};

use headgate::account::Order;
use headgate::lease::LeaseId;
use headgate::limit::{Algorithm, Cap, Concurrency, Limit, Name, Quota, TokenBucket};
use headgate::object::{Ask, Terms};
use headgate::subject::Settlement;
use headgate::time::{Millis, UnixMillis};

pub const START: UnixMillis = UnixMillis(1_790_000_000_000);

pub fn limit(name: &str, units: u64, window_ms: u64, burst: u64) -> Limit {
    let quota = Quota::new(units, Millis(window_ms), burst).unwrap();
    Limit {
        name: Name::try_from(name).unwrap(),
        algorithm: Algorithm::TokenBucket(TokenBucket { quota }),
        partition: None,
    }
}

pub fn ticksupply() -> Vec<Limit> {
    vec![
        limit("minute", 200, 60_000, 200),
        limit("hour", 10_000, 3_600_000, 10_000),
    ]
}

pub fn ask(limits: &[Limit], cost: u64) -> Ask {
    Ask {
        version: 1,
        record: 0,
        cost,
        lease: None,
        released: Vec::new(),
        tier: Name::try_from("standard").unwrap(),
        kind: None,
        limits: limits.to_vec(),
        shadows: Vec::new(),
        subject: None,
        brought_by: None,
        terms: Terms::default(),
    }
}

pub fn quota(limit: &Limit) -> Quota {
    match limit.algorithm {
        Algorithm::TokenBucket(bucket) => bucket.quota,
        _ => panic!("only a bucket has a quota"),
    }
}

/// A lane with a lease of 30 seconds.
pub fn lane(name: &str, slots: u64) -> Limit {
    let (lease, patience, retry_after) = (Millis(30_000), Millis(250), Millis(1_000));
    let rule = Concurrency::new(slots, lease, patience, retry_after).unwrap();
    Limit {
        name: Name::try_from(name).unwrap(),
        algorithm: Algorithm::Concurrency(rule),
        partition: None,
    }
}

pub fn cap(name: &str, amount: u64) -> Limit {
    Limit {
        name: Name::try_from(name).unwrap(),
        algorithm: Algorithm::Cap(Cap { amount }),
        partition: None,
    }
}

/// What a request asks that reserves of caps.
pub fn ask_reserving(limits: &[Limit], number: u64, reserves: &[(&str, u64)]) -> Ask {
    let name = |name: &str| Name::try_from(name).unwrap();
    let reserves = reserves.iter().map(|(cap, amount)| (name(cap), *amount));
    let terms = Terms {
        reserves: reserves.collect(),
        ..Terms::default()
    };
    Ask {
        terms,
        ..ask_slot(limits, number)
    }
}

/// An operation on an account.
pub fn order(method: &str, path: &str, body: &str) -> Order {
    let [method, path, body] = [method, path, body].map(str::to_owned);
    let named = None;
    Order {
        method,
        path,
        body,
        named,
    }
}

/// What a request has come to under caps.
pub fn settlement(number: u64, caps: &[(&str, i64)]) -> Settlement {
    let name = |name: &str| Name::try_from(name).unwrap();
    Settlement {
        request: lease(number),
        caps: caps.iter().map(|(cap, it)| (name(cap), *it)).collect(),
        refund: false,
    }
}

/// The lease of a request by its number.
pub fn lease(number: u64) -> LeaseId {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_le_bytes());
    LeaseId(id)
}

/// What a request asks that is to have a slot of a lane.
pub fn ask_slot(limits: &[Limit], number: u64) -> Ask {
    Ask {
        lease: Some(lease(number)),
        ..ask(limits, 1)
    }
}
