//! governor's contenders. Its clock is set to the trace's time before each check, so that both see the same.

use crate::contender::{Contender, Served};
use crate::trace::Request;
use governor::clock::FakeRelativeClock;
use governor::middleware::StateInformationMiddleware;
use governor::{Quota, RateLimiter};
use std::hint::black_box;
use std::num::NonZeroU32;
use std::time::Duration;

/// The same windows as Headgate's, as microseconds per unit and a burst.
const WINDOWS: [(u64, u32); 3] = [(50_000, 1_200), (72_000, 50_000), (86_400, 1_000_000)];

/// All of them.
pub fn contenders() -> Vec<Contender> {
    vec![
        keyed("governor: keyed", &WINDOWS[..1]),
        keyed("governor: keyed, three in turn", &WINDOWS),
        told(),
        hashed(),
        keyed("governor: keyed, half refused", &[(200_000, 5)]),
        direct(),
    ]
}

fn quota((period, burst): (u64, u32)) -> Quota {
    let quota = Quota::with_period(Duration::from_micros(period)).expect("not zero");
    quota.allow_burst(NonZeroU32::new(burst).expect("not zero"))
}

/// A clock that follows the trace.
struct Follower {
    clock: FakeRelativeClock,
    now: Option<u64>,
}

impl Follower {
    fn new() -> Self {
        let clock = FakeRelativeClock::default();
        Self { clock, now: None }
    }

    /// Moves on to `now`; a clock that has not begun begins there.
    fn follow(&mut self, now: u64) {
        let since = now.saturating_sub(self.now.unwrap_or(now));
        if since > 0 {
            self.clock.advance(Duration::from_millis(since));
        }
        self.now = Some(now.max(self.now.unwrap_or(now)));
    }
}

/// With the store that it has unless told otherwise. Several windows are several limiters, asked in turn.
fn keyed(name: &str, windows: &[(u64, u32)]) -> Contender {
    let mut time = Follower::new();
    let clock = || time.clock.clone();
    let limiter = |window: &(u64, u32)| RateLimiter::dashmap_with_clock(quota(*window), clock());
    let limiters: Vec<_> = windows.iter().map(limiter).collect();
    let run = move |requests: &[Request]| {
        let mut served = Served::default();
        for request in requests {
            time.follow(request.now);
            let mut checks = limiters.iter();
            served.passed +=
                u64::from(checks.all(|it| black_box(it.check_key(&request.key)).is_ok()));
        }
        served
    };
    Contender::keyed(name.into(), run)
}

/// The same, and it says how many units are left.
fn told() -> Contender {
    let mut time = Follower::new();
    let limiter = RateLimiter::dashmap_with_clock(quota(WINDOWS[0]), time.clock.clone());
    let limiter = limiter.with_middleware::<StateInformationMiddleware>();
    let run = move |requests: &[Request]| {
        let mut served = Served::default();
        for request in requests {
            time.follow(request.now);
            let answer = black_box(limiter.check_key(&request.key));
            served.passed += u64::from(answer.is_ok());
            if let Ok(state) = answer {
                black_box(state.remaining_burst_capacity());
            }
        }
        served
    };
    Contender::keyed("governor: keyed, says what is left".into(), run)
}

/// With a map behind a lock.
fn hashed() -> Contender {
    let mut time = Follower::new();
    let limiter = RateLimiter::hashmap_with_clock(quota(WINDOWS[0]), time.clock.clone());
    let run = move |requests: &[Request]| {
        let mut served = Served::default();
        for request in requests {
            time.follow(request.now);
            served.passed += u64::from(black_box(limiter.check_key(&request.key)).is_ok());
        }
        served
    };
    Contender::keyed("governor: keyed, behind a lock".into(), run)
}

/// Without keys.
fn direct() -> Contender {
    let mut time = Follower::new();
    let limiter = RateLimiter::direct_with_clock(quota(WINDOWS[0]), time.clock.clone());
    let run = move |requests: &[Request]| {
        let mut served = Served::default();
        for request in requests {
            time.follow(request.now);
            served.passed += u64::from(black_box(limiter.check()).is_ok());
        }
        served
    };
    Contender::alone("governor: direct".into(), run)
}
