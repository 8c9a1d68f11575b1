//! Lanes that are used as far as they go: whoever keeps to the slots is never refused, also when memory is lost
//! at each pause after the quiet write.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::QUIET_AFTER;
use headgate::lease::Holder;
use headgate::limit::{Algorithm, Concurrency, Limit, Name};
use headgate::object::{Account, Ask, Owner};
use headgate::subject::{Outcome, Renewal};
use headgate::time::{Millis, UnixMillis};
use std::collections::{BTreeMap, BTreeSet};
use support::object::Object;
use support::{Random, START, ask_slot, lease};

/// An account whose clients keep to its ten slots.
struct Service {
    limits: [Limit; 1],
    object: Object<Account>,
    /// Whether memory is lost whenever nothing has happened for longer than the quiet write takes.
    forgets: bool,
    now: UnixMillis,
    calls: u64,
    lost: u64,
}

impl Service {
    fn new(lasts: Millis, forgets: bool) -> Self {
        let rule = Concurrency::new(10, lasts, Millis(0), Millis(1_000)).unwrap();
        let limit = Limit {
            name: Name::try_from("priority").unwrap(),
            algorithm: Algorithm::Concurrency(rule),
            partition: None,
        };
        Self {
            limits: [limit],
            object: Object::new(),
            forgets,
            now: START,
            calls: 0,
            lost: 0,
        }
    }

    /// Lets time pass until the next thing happens.
    fn rest(&mut self, until: UnixMillis) {
        self.object.rest(until);
        if self.forgets && until.since(self.now) > QUIET_AFTER {
            assert_eq!(self.object.machine().next_wake(), None);
            self.object.lose_memory();
            self.lost += 1;
        }
        self.now = until;
    }

    /// A call that must pass, with the release of an earlier one.
    fn call(&mut self, released: Option<u64>) -> (u64, Holder) {
        let number = self.calls;
        self.calls += 1;
        let ask = Ask {
            released: released.into_iter().map(lease).collect(),
            ..ask_slot(&self.limits, number)
        };
        let decision = self.object.ask(&ask, self.now);
        assert_eq!(decision.outcome, Outcome::Admitted, "call {number}");
        (number, Holder::new(decision.grant.unwrap(), self.now))
    }

    fn release(&mut self, number: u64) {
        assert!(self.object.release(&[lease(number)], self.now), "{number}");
    }

    fn renew(&mut self, number: u64, holder: Holder) -> Holder {
        let renew = Renewal {
            lane: self.limits[0].name.clone(),
            lease: lease(number),
            incarnation: holder.incarnation(),
        };
        let grant = self.object.renew(&renew, self.now).unwrap();
        Holder::new(grant, self.now)
    }
}

/// Ten workers who call again as soon as they have an answer, for ten seconds; then they all pause.
fn closed_loop(forgets: bool, rides: bool, seed: u64) -> Service {
    let mut service = Service::new(Millis(30_000), forgets);
    let mut random = Random(seed);
    let mut held: [Option<u64>; 10] = [None; 10];
    for burst in 0..20 {
        let start = START.after(Millis(21_000 * burst));
        let mut due: BTreeSet<(UnixMillis, usize)> =
            (0..10).map(|worker| (start, worker)).collect();
        while let Some((now, worker)) = due.pop_first() {
            service.rest(now);
            let over = held[worker].take();
            let (sent, riding) = if rides { (None, over) } else { (over, None) };
            if let Some(number) = sent {
                service.release(number);
            }
            let is_last = now.since(start) >= Millis(10_000);
            if is_last {
                held[worker] = riding;
                continue;
            }
            held[worker] = Some(service.call(riding).0);
            due.insert((now.after(Millis(10 + random.below(391))), worker));
        }
    }
    service
}

#[test]
fn ten_workers_in_a_closed_loop_on_a_lane_of_ten_are_never_refused() {
    for seed in 0..5 {
        for rides in [false, true] {
            let remembers = closed_loop(false, rides, seed);
            let forgets = closed_loop(true, rides, seed);
            assert_eq!((remembers.calls, remembers.lost), (forgets.calls, 0));
            assert!(forgets.calls > 9_000 && forgets.lost == 19);
            let rows = (remembers.object.rows_written, forgets.object.rows_written);
            println!(
                "{} calls, releases ride: {rides}, rows {rows:?}",
                forgets.calls
            );
        }
    }
}

/// Nine calls at random within two seconds, every eleven seconds, each renewed as long as it lasts.
fn nine_every_eleven_seconds(lasts: Millis, shortest: u64, longest: u64, seed: u64) -> Service {
    let mut service = Service::new(lasts, true);
    let mut random = Random(seed);
    for cycle in 0..200 {
        let start = START.after(Millis(11_000 * cycle));
        let begin = |slot| (start.after(Millis(random.below(2_000))), slot);
        let mut due: BTreeSet<(UnixMillis, u64)> = (0..9).map(begin).collect();
        let mut held: BTreeMap<u64, (u64, Holder, UnixMillis)> = BTreeMap::new();
        while let Some((now, slot)) = due.pop_first() {
            service.rest(now);
            let (number, holder, done) = match held.remove(&slot) {
                None => {
                    let (number, holder) = service.call(None);
                    let length = shortest + random.below(longest - shortest + 1);
                    (number, holder, now.after(Millis(length)))
                }
                Some((number, _, done)) if done <= now => {
                    service.release(number);
                    continue;
                }
                Some((number, holder, done)) => (number, service.renew(number, holder), done),
            };
            assert!(now < holder.ends());
            due.insert((done.min(holder.renew()), slot));
            held.insert(slot, (number, holder, done));
        }
    }
    service
}

#[test]
fn nine_calls_every_eleven_seconds_on_a_lane_of_ten_are_never_refused() {
    for seed in 0..5 {
        for (lasts, shortest, longest) in [
            (Millis(30_000), 10, 400),
            // Over the pause; renewed two or three times.
            (Millis(6_000), 5_000, 5_000),
            (Millis(6_000), 10, 8_900),
            (Millis(2_000), 10, 8_900),
        ] {
            let service = nine_every_eleven_seconds(lasts, shortest, longest, seed);
            assert!(service.calls == 1_800 && service.lost >= 199);
            let (rows, lost) = (service.object.rows_written, service.lost);
            println!("{shortest} to {longest} ms: {rows} rows, {lost} losses");
        }
    }
}

#[test]
fn one_call_every_eleven_seconds_writes_its_grant_and_its_release_and_nothing_else() {
    for (forgets, takes, lost) in [
        (false, 200, 0),
        (false, 700, 0),
        (true, 200, 1_000),
        (true, 700, 2_000),
    ] {
        let mut service = Service::new(Millis(30_000), forgets);
        for call in 0..1_000 {
            let start = START.after(Millis(11_000 * call));
            service.rest(start);
            let (number, _) = service.call(None);
            service.rest(start.after(Millis(takes)));
            service.release(number);
        }
        service.rest(START.after(Millis(11_000_000)));
        assert_eq!((service.object.rows_written, service.lost), (2_000, lost));
    }
}
