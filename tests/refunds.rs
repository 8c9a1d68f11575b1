//! Refunds: a request that gave its units back leaves every rate as if it had never been charged.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::MAX_REFUNDABLE;
use headgate::limit::{
    Algorithm, AnchoredWindow, FixedWindow, Lifetime, Limit, PerWindow, Period, SlidingLog,
    SlidingWindow,
};
use headgate::object::{Account, Ask, Terms};
use headgate::subject::{Outcome, Settlement};
use headgate::time::{Millis, UnixMillis};
use support::object::Object;
use support::{Random, START, ask_slot, lease, limit};

/// What is charged and not given back: when, and how much.
type Charges = [(UnixMillis, u64)];

fn refundable(limits: &[Limit], number: u64, cost: u64) -> Ask {
    let terms = Terms {
        refundable: true,
        ..Terms::default()
    };
    Ask {
        terms,
        cost,
        ..ask_slot(limits, number)
    }
}

fn refund(object: &mut Object<Account>, number: u64, now: UnixMillis) {
    let settlement = Settlement {
        request: lease(number),
        caps: Vec::new(),
        refund: true,
    };
    object.settle(&settlement, now);
}

fn of(algorithm: Algorithm) -> Limit {
    Limit {
        algorithm,
        ..limit("minute", 1, 1, 1)
    }
}

fn per(units: u64, window: u64) -> PerWindow {
    PerWindow::new(units, Millis(window)).unwrap()
}

fn remaining(object: &mut Object<Account>, limits: &[Limit], now: UnixMillis) -> u64 {
    let look = Ask {
        lease: None,
        ..refundable(limits, 0, 0)
    };
    object.ask(&look, now).standings[0].remaining
}

/// A limit, and how many units are left under it by its definition.
struct Kind {
    limit: Limit,
    left: fn(&Charges, UnixMillis) -> u64,
}

/// 20 units a second, 15 at once: in tokens times 1,000, millisecond by millisecond from charge to charge.
fn bucket_left(charges: &Charges, now: UnixMillis) -> u64 {
    let (mut tokens, mut last) = (15_000_u64, START);
    for (at, cost) in charges {
        tokens = (tokens + at.since(last).0 * 20).min(15_000) - cost * 1_000;
        last = *at;
    }
    (tokens + now.since(last).0 * 20).min(15_000) / 1_000
}

fn units(charges: &Charges, counts: impl Fn(UnixMillis) -> bool) -> u64 {
    let counted = charges.iter().filter(|(at, _)| counts(*at));
    counted.map(|(_, cost)| cost).sum()
}

fn kinds() -> Vec<Kind> {
    let (log, parts) = (
        SlidingLog { per: per(15, 700) },
        SlidingWindow {
            per: per(15, 700),
            parts: 7,
        },
    );
    let (period, lifetime) = (
        Period::Every(Millis(700)),
        Lifetime {
            per: per(150, 1_000_000),
        },
    );
    vec![
        Kind {
            limit: limit("minute", 20, 1_000, 15),
            left: bucket_left,
        },
        Kind {
            limit: of(Algorithm::SlidingLog(log)),
            left: |charges, now| 15 - units(charges, |at| now.0 < at.0 + 700),
        },
        Kind {
            limit: of(Algorithm::SlidingWindow(parts)),
            left: |charges, now| 15 - units(charges, |at| now.0 < at.0.div_ceil(100) * 100 + 700),
        },
        Kind {
            limit: of(Algorithm::FixedWindow(FixedWindow { units: 15, period })),
            left: |charges, now| 15 - units(charges, |at| at.0 / 700 == now.0 / 700),
        },
        Kind {
            limit: of(Algorithm::Lifetime(lifetime)),
            left: |charges, _| 150 - units(charges, |_| true),
        },
    ]
}

#[test]
fn whatever_is_given_back_and_in_whatever_order_the_rest_stands_as_if_it_were_alone() {
    let (mut given_back, mut refused) = (0, 0);
    for (seed, kind) in (0..200).flat_map(|seed| kinds().into_iter().map(move |kind| (seed, kind)))
    {
        let limits = [kind.limit];
        let (mut object, mut random, mut now) = (Object::<Account>::new(), Random(seed), START);
        let mut charges: Vec<(UnixMillis, u64)> = Vec::new();
        let mut numbers: Vec<u64> = Vec::new();
        for number in 0..120 {
            let pause = [5, 60, 400, 900][random.below(4) as usize];
            now = now.after(Millis(random.below(pause)));
            object.rest(now);
            let left = (kind.left)(&charges, now);
            assert_eq!(remaining(&mut object, &limits, now), left, "seed {seed}");
            if random.one_in(3) && !charges.is_empty() {
                let recent = charges.len().min(MAX_REFUNDABLE / 2);
                let at = charges.len() - 1 - random.next() as usize % recent;
                charges.remove(at);
                let number = numbers.remove(at);
                for _ in 0..2 {
                    refund(&mut object, number, now);
                }
                given_back += 1;
                continue;
            }
            let cost = 1 + random.below(3);
            if object.admits(&refundable(&limits, number, cost), now) {
                charges.push((now, cost));
                numbers.push(number);
                assert!(cost <= left, "seed {seed}");
            } else {
                refused += 1;
            }
        }
    }
    println!("{given_back} given back, {refused} refused");
    assert!(given_back > 10_000 && refused > 1_000);
}

#[test]
fn after_memory_loss_nothing_is_given_back_and_nothing_passes_beyond_the_limit() {
    for (seed, kind) in (0..200).flat_map(|seed| kinds().into_iter().map(move |kind| (seed, kind)))
    {
        let limits = [kind.limit];
        let (mut object, mut random, mut now) = (Object::<Account>::new(), Random(seed), START);
        let mut charges: Vec<(u64, UnixMillis, u64)> = Vec::new();
        let mut lost_at = 0;
        for number in 0..150 {
            now = now.after(Millis(random.below(80)));
            if random.one_in(15) {
                object.lose_memory();
                lost_at = number;
            }
            if random.one_in(3) && number > 0 {
                let request = number - 1 - random.below(number.min(20));
                refund(&mut object, request, now);
                if request >= lost_at {
                    charges.retain(|(known, _, _)| *known != request);
                }
                continue;
            }
            if object.admits(&refundable(&limits, number, 1), now) {
                let before: Vec<_> = charges.iter().map(|(_, at, cost)| (*at, *cost)).collect();
                assert!(
                    (kind.left)(&before, now) > 0,
                    "seed {seed}, request {number}"
                );
                charges.push((number, now, 1));
            }
        }
    }
}

#[test]
fn an_anchor_whose_units_are_all_given_back_is_none() {
    let rule = AnchoredWindow {
        per: per(2, 60_000),
    };
    let limits = [of(Algorithm::AnchoredWindow(rule))];
    let mut object = Object::<Account>::new();
    assert!(object.admits(&refundable(&limits, 0, 1), START));
    let later = START.after(Millis(59_000));
    refund(&mut object, 0, later);
    assert!(object.admits(&refundable(&limits, 1, 2), later));
    let outcome = object
        .ask(&refundable(&limits, 2, 1), later.after(Millis(2_000)))
        .outcome;
    assert_eq!(outcome, Outcome::NotYet(Millis(58_000)));
}

#[test]
fn what_nobody_may_have_back_stays_charged() {
    let limits = [limit("minute", 5, 60_000, 5)];
    let mut object = Object::<Account>::new();
    assert!(object.admits(&ask_slot(&limits, 0), START));
    refund(&mut object, 0, START);
    refund(&mut object, 7, START);
    assert_eq!(remaining(&mut object, &limits, START), 4);
}

#[test]
fn units_charged_under_another_rule_are_not_given_back() {
    let mut object = Object::<Account>::new();
    let five = [limit("minute", 5, 60_000, 5)];
    assert!(object.admits(&refundable(&five, 0, 3), START));
    let ten = [limit("minute", 10, 60_000, 10)];
    let newer = Ask {
        version: 2,
        ..refundable(&ten, 1, 0)
    };
    assert_eq!(object.ask(&newer, START).standings[0].remaining, 7);
    refund(&mut object, 0, START);
    assert_eq!(object.ask(&newer, START).standings[0].remaining, 7);
}

#[test]
fn only_the_latest_charges_are_remembered() {
    let limits = [limit("minute", 1_000, 60_000, 1_000)];
    let mut object = Object::<Account>::new();
    let most = u64::try_from(MAX_REFUNDABLE).unwrap();
    for number in 0..=most {
        assert!(object.admits(&refundable(&limits, number, 1), START));
    }
    refund(&mut object, 0, START);
    assert_eq!(remaining(&mut object, &limits, START), 999 - most);
    refund(&mut object, 1, START);
    assert_eq!(remaining(&mut object, &limits, START), 1_000 - most);
}
