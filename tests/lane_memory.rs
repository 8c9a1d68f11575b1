//! Lanes against an oracle: whoever in truth holds a slot, on clocks of their own, while memory is lost, writes
//! fail, a second instance runs, and messages come late, twice or never.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;
#[path = "support/unreliable.rs"]
mod unreliable;

use headgate::lease::Holder;
use headgate::limit::{Algorithm, Concurrency, Limit, Name};
use headgate::object::Ask;
use headgate::subject::{Decision, Outcome, Renewal};
use headgate::time::{Millis, UnixMillis};
use std::collections::{BTreeMap, BTreeSet};
use support::{Random, START, ask_slot, lease};
use unreliable::{Chaos, Unreliable};

const LEASE: Millis = Millis(2_000);
const SIZES: [u64; 4] = [1, 2, 10, 100];

/// An exchange with the origin that is open.
struct Open {
    holder: Holder,
    done: UnixMillis,
    renews: bool,
}

struct World {
    slots: u64,
    limits: [Limit; 1],
    random: Random,
    now: UnixMillis,
    object: Unreliable,
    open: BTreeMap<u64, Open>,
    /// Leases that an object which forgets nothing has, and when they end.
    alive: BTreeMap<u64, UnixMillis>,
    /// Exchanges that are over and whose release is still on its way, or comes again.
    late: BTreeSet<u64>,
    asked: u64,
    /// Whether the last request heard that it passes.
    is_told: bool,
    admitted: u64,
    most_open: u64,
}

/// The clock of an edge: it shows another time, and runs up to a twentieth faster or slower.
fn local(number: u64, now: UnixMillis) -> UnixMillis {
    let rate = 95 + number % 11;
    UnixMillis(1_000_000 + number * 977 + now.since(START).0 * rate / 100)
}

impl World {
    fn new(chaos: Chaos, slots: u64, seed: u64) -> Self {
        let rule = Concurrency::new(slots, LEASE, Millis(250), Millis(1_000)).unwrap();
        let limit = Limit {
            name: Name::try_from("priority").unwrap(),
            algorithm: Algorithm::Concurrency(rule),
            partition: None,
        };
        Self {
            slots,
            limits: [limit],
            random: Random(seed),
            now: START,
            object: Unreliable::new(chaos, Random(1_000 + seed)),
            open: BTreeMap::new(),
            alive: BTreeMap::new(),
            late: BTreeSet::new(),
            asked: 0,
            is_told: true,
            admitted: 0,
            most_open: 0,
        }
    }

    fn run(mut self, steps: u64) -> Self {
        for step in 0..steps {
            self.step();
            let open = self.open.len() as u64;
            assert!(open <= self.slots, "{open} of {}, {step}", self.slots);
            self.most_open = self.most_open.max(open);
        }
        self
    }

    fn step(&mut self) {
        // More calls, and longer ones, than there is room for.
        let gap = match self.random.below(400) {
            0 => 9_000,
            1..200 => 0,
            _ => 1 + self.random.below(2_500 / self.slots),
        };
        self.now = self.now.after(Millis(gap));
        self.end_what_is_over();
        self.object.rest(self.now);
        self.renew_what_is_due();
        if self.random.one_in(6) {
            self.say_again();
        }
        if self.random.one_in(2) {
            self.ask();
        }
    }

    fn end_what_is_over(&mut self) {
        let now = self.now;
        let is_over = |(number, open): (&u64, &Open)| {
            let is_over = open.done <= now || open.holder.ends() <= local(*number, now);
            is_over.then_some(*number)
        };
        let over: Vec<u64> = self.open.iter().filter_map(is_over).collect();
        for number in over {
            self.open.remove(&number);
            match self.random.below(20) {
                0 => {}
                1..5 => {
                    self.late.insert(number);
                }
                twice => (0..=twice / 19).for_each(|_| self.release(number)),
            }
        }
    }

    fn ask(&mut self) {
        // Who heard nothing, or was refused, may ask again.
        let again = !self.is_told && self.random.one_in(3);
        self.asked += u64::from(!again);
        let number = self.asked;
        let riding: Vec<u64> = self.late.iter().copied().take(2).collect();
        for number in &riding {
            self.alive.remove(number);
            if !self.random.one_in(4) {
                self.late.remove(number);
            }
        }
        let ask = Ask {
            released: riding.into_iter().map(lease).collect(),
            ..ask_slot(&self.limits, number)
        };
        let decision = self.object.ask(&ask, self.now);
        if self.object.chaos == Chaos::None {
            self.compare(number, decision.as_ref().unwrap());
        }
        let is_admitted = |decision: &Decision| decision.outcome == Outcome::Admitted;
        let grant = decision.filter(is_admitted).map(|d| d.grant.unwrap());
        self.is_told = grant.is_some();
        if let Some(grant) = grant {
            let open = Open {
                holder: Holder::new(grant, local(number, self.now)),
                done: self.now.after(Millis(self.random.below(6_000))),
                renews: !self.random.one_in(8),
            };
            assert!(self.open.insert(number, open).is_none());
            self.admitted += 1;
        }
    }

    /// The decision and what it says is left are those of an object that forgets nothing.
    fn compare(&mut self, number: u64, decision: &Decision) {
        self.alive.retain(|_, ends| *ends > self.now);
        let passes = self.alive.contains_key(&number) || (self.alive.len() as u64) < self.slots;
        if passes {
            self.alive.insert(number, self.now.after(LEASE));
        }
        let is_admitted = decision.outcome == Outcome::Admitted;
        assert_eq!((is_admitted, decision.grant.is_some()), (passes, passes));
        let left = self.slots - self.alive.len() as u64;
        assert_eq!(decision.standings[0].remaining, left);
    }

    fn renew_what_is_due(&mut self) {
        let now = self.now;
        let due = |(number, open): (&u64, &Open)| {
            let is_due = open.renews && open.holder.renew() <= local(*number, now);
            is_due.then_some((*number, open.holder))
        };
        let due: Vec<(u64, Holder)> = self.open.iter().filter_map(due).collect();
        for (number, holder) in due {
            let sent = local(number, now);
            let renewed = match self.renew(number, holder.incarnation()) {
                Some(Some(grant)) => Holder::new(grant, sent),
                Some(None) => {
                    self.open.remove(&number);
                    continue;
                }
                None => holder.put_off(sent),
            };
            self.open.get_mut(&number).unwrap().holder = renewed;
        }
    }

    #[expect(clippy::option_option, reason = "no answer, and one that says no")]
    fn renew(&mut self, number: u64, incarnation: u64) -> Option<Option<headgate::lease::Grant>> {
        let renew = Renewal {
            lane: self.limits[0].name.clone(),
            lease: lease(number),
            incarnation,
        };
        let answer = self.object.renew(&renew, self.now);
        if self.object.chaos == Chaos::None {
            self.alive.retain(|_, ends| *ends > self.now);
            let is_alive = self.alive.contains_key(&number);
            assert_eq!(answer.unwrap().is_some(), is_alive, "{number}");
            if is_alive {
                self.alive.insert(number, self.now.after(LEASE));
            }
        }
        answer
    }

    fn release(&mut self, number: u64) {
        self.object.release(&[lease(number)], self.now);
        self.alive.remove(&number);
    }

    /// Something that was said before, late or once more, or that is about a request that never was.
    fn say_again(&mut self) {
        if let Some(late) = self.late.pop_first() {
            self.release(late);
            self.release(u64::MAX - late);
        }
        let number = 1 + self.random.below(self.asked + 9);
        if number == self.asked || self.open.contains_key(&number) {
            return;
        }
        if self.random.one_in(2) {
            self.release(number);
        } else {
            let incarnation = self.random.below(self.object.lost + 2);
            self.renew(number, incarnation);
        }
    }
}

/// So many steps with each size of a lane and each of three seeds. Returns how many were admitted and how often
/// memory was lost.
fn worlds(steps: u64, chaos: impl Fn(u64) -> Chaos) -> (u64, u64) {
    let (mut admitted, mut lost) = (0, 0);
    for slots in SIZES {
        let mut most_open = 0;
        for seed in 1..=3 {
            let world = World::new(chaos(seed), slots, seed).run(steps);
            admitted += world.admitted;
            lost += world.object.lost;
            most_open = most_open.max(world.most_open);
        }
        println!("lane of {slots}: {most_open} open at a time");
        assert!(most_open * 10 >= slots * 9, "never put to the test");
    }
    println!("{} steps, {admitted} admitted, {lost} losses", steps * 12);
    (admitted, lost)
}

fn seldom_to_often(seed: u64) -> u64 {
    4_000 / seed.pow(4)
}

#[test]
fn whatever_is_lost_late_or_said_twice_no_more_hold_slots_than_there_are() {
    let (admitted, lost) = worlds(60_000, |seed| Chaos::Losses(seldom_to_often(seed)));
    assert!(admitted > 100_000 && lost > 3_000);
}

#[test]
fn without_memory_loss_every_decision_renewal_and_remaining_is_the_oracles() {
    let (admitted, lost) = worlds(30_000, |_| Chaos::None);
    assert!(admitted > 50_000 && lost == 0);
}

#[test]
fn two_instances_at_once_together_give_no_more_slots_than_there_are() {
    let (admitted, lost) = worlds(30_000, |seed| Chaos::Instances(seldom_to_often(seed)));
    assert!(admitted > 50_000 && lost > 1_500);
}
