//! Caps against a naive account of what is reserved and settled, with memory and writes lost at random, settlements
//! doubled and late.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::account::Refusal;
use headgate::limit::Limit;
use headgate::object::{Account, Ask};
use headgate::subject::{Outcome, Settlement};
use headgate::time::{Millis, UnixMillis};
use serde_json::json;
use std::collections::HashMap;
use support::object::{Fault, Object};
use support::{Random, START, ask_reserving, cap, limit, order, settlement};

const STEPS: u64 = 1_000_000;
const CAPS: [&str; 2] = ["active", "bytes"];

/// One cap, kept as a list of what has happened.
#[derive(Default)]
struct Book {
    settled: i128,
    open: HashMap<u64, (u64, UnixMillis)>,
}

impl Book {
    fn reserved(&self) -> i128 {
        self.open
            .values()
            .map(|(amount, _)| i128::from(*amount))
            .sum()
    }

    fn settle(&mut self, number: u64, came: i64) {
        if self.open.remove(&number).is_some() {
            self.settled = (self.settled + i128::from(came)).max(0);
        }
    }
}

/// What is to be answered, and what is then open.
fn decided(
    books: &mut [Book; 2],
    most: [u64; 2],
    number: u64,
    takes: [Option<u64>; 2],
    now: UnixMillis,
) -> Outcome {
    let (mut is_spent, mut is_full) = (false, false);
    for ((book, most), take) in books.iter().zip(most).zip(takes) {
        let Some(take) = take.filter(|_| !book.open.contains_key(&number)) else {
            continue;
        };
        let (take, most) = (i128::from(take), i128::from(most));
        is_spent |= take > 0 && book.settled + take > most;
        is_full |= take > 0 && book.settled + book.reserved() + take > most;
    }
    if is_spent {
        return Outcome::Refused(Refusal::PaymentRequired);
    }
    if is_full {
        return Outcome::NotYet(Millis(1_000));
    }
    for (book, take) in books.iter_mut().zip(takes) {
        if let Some(take) = take {
            book.open.entry(number).or_insert((take, now));
        }
    }
    Outcome::Admitted
}

struct World {
    object: Object<Account>,
    books: [Book; 2],
    random: Random,
    now: UnixMillis,
    next: u64,
    most: [u64; 2],
    version: u64,
}

impl World {
    fn ask(&mut self) -> Outcome {
        let again = self.next > 0 && self.random.one_in(10);
        let number = if again {
            self.some_request()
        } else {
            self.next
        };
        self.next = self.next.max(number + 1);
        let take = |random: &mut Random, most| (!random.one_in(3)).then(|| random.below(most));
        let takes = [take(&mut self.random, 3), take(&mut self.random, 500)];
        let named: Vec<(&str, u64)> = CAPS
            .iter()
            .zip(takes)
            .filter_map(|(cap, take)| Some((*cap, take?)))
            .collect();
        let limits = self.limits();
        let ask = Ask {
            version: self.version,
            ..ask_reserving(&limits, number, &named)
        };
        let fault = [Fault::BeforeWrite, Fault::AfterWrite];
        let decision = match self.random.below(40) {
            at @ 0..2 => self
                .object
                .ask_with_fault(&ask, self.now, fault[usize::from(at == 1)])
                .ok_or(at == 1),
            _ => Ok(self.object.ask(&ask, self.now)),
        };
        match decision {
            Ok(decision) => {
                let expected = decided(&mut self.books, self.most, number, takes, self.now);
                assert_eq!(decision.outcome, expected, "request {number}");
                decision.outcome
            }
            // Nobody was told, but it is written.
            Err(true) => decided(&mut self.books, self.most, number, takes, self.now),
            Err(false) => Outcome::Never,
        }
    }

    fn limits(&self) -> Vec<Limit> {
        vec![
            limit("second", 1_000_000, 1, 1_000_000),
            cap(CAPS[0], self.most[0]),
            cap(CAPS[1], self.most[1]),
        ]
    }

    /// One of the latest requests: open, settled, refused, or lost.
    fn some_request(&mut self) -> u64 {
        self.next - 1 - self.random.below(20.min(self.next))
    }

    fn settle(&mut self) {
        let number = self.some_request();
        let (units, bytes) = (self.random.below(4), self.random.below(600));
        let came = [
            i64::try_from(units).unwrap() - 1,
            i64::try_from(bytes).unwrap() - 100,
        ];
        let at = usize::from(self.random.one_in(2));
        let caps: Vec<(&str, i64)> = if self.random.one_in(3) {
            vec![(CAPS[0], came[0]), (CAPS[1], came[1])]
        } else {
            vec![(CAPS[at], came[at])]
        };
        let told: Settlement = settlement(number, &caps);
        match self.random.below(30) {
            0 => {
                return self
                    .object
                    .settle_with_fault(&told, self.now, Fault::BeforeWrite);
            }
            1 => self
                .object
                .settle_with_fault(&told, self.now, Fault::AfterWrite),
            _ => self.object.settle(&told, self.now),
        }
        for (cap, came) in &caps {
            self.books[usize::from(*cap == CAPS[1])].settle(number, *came);
        }
    }

    fn reconcile(&mut self) {
        let at = usize::from(self.random.one_in(2));
        let settled = self
            .random
            .one_in(2)
            .then(|| self.random.below(self.most[at] + 2));
        let older_than = Millis(self.random.below(4_000));
        let mut body = json!({"older_than": format!("{}ms", older_than.0)});
        if let Some(settled) = settled {
            body["settled"] = json!(settled);
        }
        let order = order("PUT", &format!("caps/{}", CAPS[at]), &body.to_string());
        self.object.operate(&order, self.now);
        let now = self.now;
        let book = &mut self.books[at];
        book.settled = settled.map_or(book.settled, i128::from);
        book.open
            .retain(|_, (_, since)| now.since(*since) < older_than);
    }
}

#[test]
fn a_million_steps_with_everything_lost_at_random_are_decided_as_the_books_say() {
    let (mut told, mut lost) = ([0_u64; 3], 0_u64);
    for seed in 0..4 {
        let (object, random) = (Object::<Account>::new(), Random(seed));
        let mut world = World {
            object,
            books: Default::default(),
            random,
            now: START,
            next: 0,
            most: [9, 2_000],
            version: 1,
        };
        for _ in 0..STEPS / 4 {
            world.now = world.now.after(Millis(world.random.below(100)));
            match world.random.below(100) {
                0..45 => match world.ask() {
                    Outcome::Admitted => told[0] += 1,
                    Outcome::NotYet(_) => told[1] += 1,
                    _ => told[2] += 1,
                },
                45..92 if world.next > 0 => world.settle(),
                92..94 => world.reconcile(),
                94..95 => {
                    world.version += 1;
                    world.most = [world.random.below(12), world.random.below(3_000)];
                }
                _ => {
                    world.object.lose_memory();
                    lost += 1;
                }
            }
        }
        let deepest = world.books.iter().map(|book| book.open.len()).max();
        assert!(deepest < Some(headgate::bounds::MAX_RESERVATIONS));
    }
    println!("{STEPS} steps, memory lost {lost} times; admitted, full, spent: {told:?}");
    assert!(told.iter().all(|count| *count > STEPS / 100) && lost > STEPS / 25);
}
