//! What lanes cost: calls of the object and rows for each request, and how many requests are refused. The bounds
//! lie a little above what was measured.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test, and figures are to print"
)]

mod support;

use headgate::lease::{Holder, LeaseId};
use headgate::limit::{Limit, Name};
use headgate::object::{Account, Ask};
use headgate::subject::{Outcome, Renewal};
use headgate::time::{Millis, UnixMillis};
use std::collections::BTreeMap;
use support::object::Object;
use support::{Random, START, ask_slot, lane, lease};

/// How long a release waits in its isolate for an ask that it can ride on, while the lane is less than half full.
const LINGERS: Millis = Millis(100);

/// Requests that come at random, and how long they take on average.
#[derive(Clone, Copy)]
struct Traffic {
    slots: u64,
    per_second: u64,
    takes: Millis,
    isolates: usize,
    seconds: u64,
    seed: u64,
}

#[derive(Clone, Copy)]
enum Event {
    Arrives,
    Ends {
        number: u64,
        isolate: usize,
        lingers: bool,
    },
    Flushes {
        isolate: usize,
    },
    Renews {
        number: u64,
        holder: Holder,
    },
}

#[derive(Default)]
struct Bill {
    requests: u64,
    refused: u64,
    calls: u64,
    rows: u64,
}

impl Bill {
    fn per_request(&self, count: u64) -> f64 {
        count as f64 / self.requests as f64
    }

    /// Dollars per million requests.
    fn price(&self) -> f64 {
        0.30 + 0.15 * self.per_request(self.calls) + self.per_request(self.rows)
    }
}

struct Simulation {
    traffic: Traffic,
    limits: [Limit; 1],
    random: Random,
    object: Object<Account>,
    events: BTreeMap<(UnixMillis, u64), Event>,
    /// Releases that wait in each isolate, and until when.
    waiting: Vec<(Vec<LeaseId>, UnixMillis)>,
    ends: BTreeMap<u64, UnixMillis>,
    bill: Bill,
}

impl Simulation {
    fn run(traffic: Traffic) -> Bill {
        let mut simulation = Self {
            traffic,
            limits: [lane("priority", traffic.slots)],
            random: Random(traffic.seed),
            object: Object::new(),
            events: BTreeMap::new(),
            waiting: vec![(Vec::new(), UnixMillis(0)); traffic.isolates],
            ends: BTreeMap::new(),
            bill: Bill::default(),
        };
        let mut arrives = START.0 as f64;
        let end = START.after(Millis::from_seconds(traffic.seconds));
        while arrives < end.0 as f64 {
            simulation.at(UnixMillis(arrives as u64), Event::Arrives);
            arrives += simulation.exponential(1_000.0 / traffic.per_second as f64);
        }
        while let Some(((now, _), event)) = simulation.events.pop_first() {
            simulation.object.rest(now);
            simulation.happens(event, now);
        }
        simulation.object.rest(UnixMillis(u64::MAX));
        simulation.bill.rows = simulation.object.rows_written;
        simulation.bill
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        let uniform = (1 + self.random.below(1 << 40)) as f64 / (1_u64 << 40) as f64;
        -mean * uniform.ln()
    }

    fn at(&mut self, now: UnixMillis, event: Event) {
        let tie = self.random.next();
        self.events.insert((now, tie), event);
    }

    fn happens(&mut self, event: Event, now: UnixMillis) {
        match event {
            Event::Arrives => self.arrives(now),
            Event::Ends {
                number,
                isolate,
                lingers,
            } => {
                self.ends.remove(&number);
                let released = lease(number);
                if !lingers {
                    self.release(&[released], now);
                    return;
                }
                let (waiting, until) = &mut self.waiting[isolate];
                waiting.push(released);
                if waiting.len() == 1 {
                    *until = now.after(LINGERS);
                    let until = *until;
                    self.at(until, Event::Flushes { isolate });
                }
            }
            Event::Flushes { isolate } => {
                let (waiting, until) = &mut self.waiting[isolate];
                if *until == now && !waiting.is_empty() {
                    let waiting = std::mem::take(waiting);
                    self.release(&waiting, now);
                }
            }
            Event::Renews { number, holder } => {
                if self.ends.contains_key(&number) {
                    self.renews(number, holder, now);
                }
            }
        }
    }

    fn arrives(&mut self, now: UnixMillis) {
        let number = self.bill.requests;
        let isolate = number as usize % self.traffic.isolates;
        let ask = Ask {
            released: std::mem::take(&mut self.waiting[isolate].0),
            ..ask_slot(&self.limits, number)
        };
        let decision = self.object.ask(&ask, now);
        self.bill.requests += 1;
        self.bill.calls += 1;
        if decision.outcome != Outcome::Admitted {
            self.bill.refused += 1;
            return;
        }
        let takes = self.exponential(self.traffic.takes.0 as f64).round() as u64;
        let ends = now.after(Millis(takes.max(1)));
        let lingers = decision.standings[0].remaining * 2 > self.traffic.slots;
        self.ends.insert(number, ends);
        self.at(
            ends,
            Event::Ends {
                number,
                isolate,
                lingers,
            },
        );
        let holder = Holder::new(decision.grant.unwrap(), now);
        self.at(holder.renew(), Event::Renews { number, holder });
    }

    fn renews(&mut self, number: u64, holder: Holder, now: UnixMillis) {
        let renew = Renewal {
            lane: Name::try_from("priority").unwrap(),
            lease: lease(number),
            incarnation: holder.incarnation(),
        };
        let grant = self.object.renew(&renew, now).unwrap();
        self.bill.calls += 1;
        let holder = Holder::new(grant, now);
        self.at(holder.renew(), Event::Renews { number, holder });
    }

    fn release(&mut self, leases: &[LeaseId], now: UnixMillis) {
        self.object.release(leases, now);
        self.bill.calls += 1;
    }
}

/// The share of requests that find all slots taken, by Erlang's formula.
fn erlang(slots: u64, offered: f64) -> f64 {
    (1..=slots).fold(1.0, |refused, slot| {
        let carried = offered * refused;
        carried / (slot as f64 + carried)
    })
}

const HEAD: &str = "slots  rate   load isolates | calls    rows  $/million | per admitted: calls    rows | refused";

/// The bill of two minutes, printed.
fn billed(slots: u64, per_second: u64, load: u64, isolates: usize) -> Bill {
    let takes = Millis(load * slots * 10 / per_second);
    let (seconds, seed) = (120, 1);
    let bill = Simulation::run(Traffic {
        slots,
        per_second,
        takes,
        isolates,
        seconds,
        seed,
    });
    let (calls, rows) = (bill.per_request(bill.calls), bill.per_request(bill.rows));
    let (refused, price) = (bill.per_request(bill.refused), bill.price());
    let admitted = 1.0 - refused;
    println!(
        "{slots:>5} {per_second:>4}/s {load:>4} % {isolates:>8} | {calls:>.3} {rows:>7.4} {price:>10.3} | {:>19.3} {:>7.4} | {:>5.2} %",
        calls / admitted,
        rows / admitted,
        100.0 * refused,
    );
    bill
}

#[test]
fn a_request_costs_two_calls_and_few_rows_at_most() {
    println!("{HEAD}");
    for (slots, load, most_rows, most_dollars) in [
        (100, 20, 0.018, 0.50),
        (100, 60, 0.04, 0.65),
        (100, 100, 0.04, 0.65),
        (10, 20, 0.27, 0.90),
        (10, 60, 0.30, 0.90),
        (10, 100, 0.27, 0.90),
    ] {
        for isolates in [1, 4] {
            let bill = billed(slots, slots, load, isolates);
            assert!(bill.per_request(bill.calls) <= 2.05);
            assert!(bill.per_request(bill.rows) <= most_rows);
            assert!(bill.price() <= most_dollars);
        }
    }
}

#[test]
fn long_calls_cost_renewals_and_the_rows_that_keep_up_with_them() {
    println!("{HEAD}");
    for (slots, per_second, most_calls, most_rows) in [(100, 2, 6.5, 1.3), (10, 1, 2.6, 1.5)] {
        let bill = billed(slots, per_second, 80, 1);
        assert!(bill.per_request(bill.calls) <= most_calls);
        assert!(bill.per_request(bill.rows) <= most_rows);
    }
}

#[test]
fn as_many_are_refused_as_erlang_says() {
    for (slots, takes, tolerance) in [
        (100, 840, 0.002),
        (100, 1_000, 0.005),
        (10, 446, 0.002),
        (10, 1_000, 0.005),
    ] {
        let (takes, isolates, seed) = (Millis(takes), 1, 1);
        let (per_second, seconds) = (slots, 600_000 / slots);
        let bill = Simulation::run(Traffic {
            slots,
            per_second,
            takes,
            isolates,
            seconds,
            seed,
        });
        let offered = takes.0 as f64 * slots as f64 / 1_000.0;
        let (refused, erlang) = (bill.per_request(bill.refused), erlang(slots, offered));
        println!(
            "{slots} slots, {offered} offered: {refused:.4} refused; by Erlang's formula {erlang:.4}"
        );
        assert!((refused - erlang).abs() <= tolerance);
    }
}
