//! Steps of an account's object at its worst, held against what its limits mean. The input: limits, then steps.

mod asks;
mod books;
mod holdings;
mod outcomes;

use super::durable::{Durable, Fault};
use super::limits::{START, cap, lane, rate};
use super::{Bytes, messages};
use books::Books;
use headgate::bounds::FORGET_AFTER;
use headgate::lease::LeaseId;
use headgate::limit::Limit;
use headgate::object::{Account, Ask, Owner};
use headgate::time::{Millis, UnixMillis};
use std::sync::LazyLock;

/// Most steps of an input that are made: fewer than reservations that are followed at a time.
const STEPS: usize = 250;

/// Most asks before only single ones are made: the oracle goes through all of them each time.
const ASKS: u64 = 150;

/// Whether what is done is printed, to understand a finding.
static IS_TOLD: LazyLock<bool> = LazyLock::new(|| std::env::var_os("HEADGATE_STEPS").is_some());

struct World {
    limits: Vec<Limit>,
    object: Durable<Account>,
    /// An earlier instance that can no longer write.
    cut_off: Option<Durable<Account>>,
    books: Books,
    now: UnixMillis,
    /// How far the machine's clock is behind.
    behind: Millis,
    version: u64,
    asked: u64,
    is_refundable: bool,
}

pub fn check(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let mut world = World::new(&mut bytes);
    for _ in 0..STEPS {
        if bytes.is_empty() {
            return;
        }
        world.step(&mut bytes);
    }
}

impl World {
    fn new(bytes: &mut Bytes<'_>) -> Self {
        let shape = bytes.byte();
        let names = ["one", "two", "three"];
        let rates = names[..usize::from(shape % 4)].iter();
        let mut limits: Vec<Limit> = rates.map(|called| rate(called, bytes)).collect();
        if shape & 4 != 0 {
            limits.push(lane("lane", bytes));
        }
        if shape & 8 != 0 {
            limits.push(cap("cap", bytes));
        }
        let books = Books::new(&limits);
        Self {
            object: Durable::empty(),
            cut_off: None,
            now: START,
            behind: Millis(0),
            version: 1,
            asked: 0,
            is_refundable: shape & 16 != 0 && books.takes_back(),
            books,
            limits,
        }
    }

    fn step(&mut self, bytes: &mut Bytes<'_>) {
        let kind = bytes.byte() % 32;
        if *IS_TOLD {
            println!(
                "{} ms: step {kind}, {:?}",
                self.now.since(START).0,
                self.books
            );
        }
        match kind {
            0..12 => self.ask(bytes),
            12..16 => self.pass_time(bytes),
            16 => self.pass_time_and_wake(bytes),
            17..20 => self.release(bytes),
            20..22 => self.renew(bytes),
            22..24 => self.settle(bytes),
            24 => self.operate(bytes),
            25 => self.lose_memory(),
            26 => {
                self.cut_off = Some(self.object.clone()).filter(|old| old.memory.is_some());
                self.lose_memory();
            }
            27 => self.set_clock_back(bytes),
            28 => self.version += 1,
            29 => self.ask_again(bytes),
            30 => self.rest_long(bytes),
            _ => self.ask_at_once(bytes),
        }
        // Not each time: it is half of all work.
        if kind.is_multiple_of(4) {
            let look = self.asking(0, None);
            self.object.is_no_richer_without_memory(&look);
        }
    }

    /// What the machine of the object that can write says the time is.
    fn clock(&self) -> UnixMillis {
        UnixMillis(self.now.0 - self.behind.0)
    }

    /// The machine of the only instance falls behind what the object has seen.
    fn set_clock_back(&mut self, bytes: &mut Bytes<'_>) {
        let (look, now) = (self.asking(0, None), self.now);
        self.behind = Millis(0);
        self.books.time(now);
        self.object
            .step(Fault::None, |machine| machine.handle(&look, now));
        if self.cut_off.is_none() {
            self.behind = Millis(bytes.magnitude(16));
        }
    }

    fn asking(&self, cost: u64, lease: Option<LeaseId>) -> Ask {
        Ask {
            version: self.version,
            lease,
            ..messages::ask(&self.limits, cost)
        }
    }

    fn pass_time(&mut self, bytes: &mut Bytes<'_>) {
        let window = self.books.some_window(bytes.below(8));
        let number = u64::from(bytes.byte());
        let pause = match number % 12 {
            0..3 => number >> 4,
            3 => 499,
            4 => 500,
            5 => window / 10,
            6 => window - 1,
            7 => window,
            8 => window + 1,
            9 => window / 2,
            10 => window * 2 / 3,
            _ => 100 * number,
        };
        self.now = self.now.after(Millis(pause));
    }

    fn pass_time_and_wake(&mut self, bytes: &mut Bytes<'_>) {
        self.pass_time(bytes);
        let clock = self.clock();
        self.object.rest(clock);
    }

    /// So long that what is over may be deleted, if the alarm comes.
    fn rest_long(&mut self, bytes: &mut Bytes<'_>) {
        let pause = FORGET_AFTER.0 * bytes.below(16);
        self.now = self.now.after(Millis(pause));
        let clock = self.clock();
        self.object.rest(clock);
        let is_due = self.object.alarm.is_some_and(|at| at <= clock);
        if is_due && self.object.ring(clock) {
            // Nothing that counted is lost. A new instance is on a machine whose clock is right.
            self.behind = Millis(0);
        }
    }

    fn some_lease(&self, bytes: &mut Bytes<'_>) -> LeaseId {
        let back = bytes.below(16);
        id(self.asked.saturating_sub(back))
    }

    fn lose_memory(&mut self) {
        self.object.memory = None;
        self.forgotten();
    }

    /// A new instance is on a machine whose clock is right.
    fn forgotten(&mut self) {
        self.behind = Millis(0);
        self.books.lose();
    }
}

fn id(number: u64) -> LeaseId {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_le_bytes());
    LeaseId(id)
}
