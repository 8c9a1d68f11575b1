//! Units that objects lend to isolates: what is spent in all holds each limit's definition, and nothing is lost for long.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::cache::{Asked, Found, Loans};
use headgate::lease::LeaseId;
use headgate::limit::Limit;
use headgate::loan::{Lend, Unspent};
use headgate::object::{Account, Ask, Owner, Terms};
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};
use std::slice::from_ref;
use support::object::{Object, free};
use support::oracle::Oracle;
use support::rates::{KINDS, Kind, rate};
use support::{Random, START, ask, ask_slot, cap, lane, lease, limit};

const SECOND: Millis = Millis(1_000);

fn lending(limits: &[Limit], cost: u64, number: u64, requests: u64, lasts: Millis) -> Ask {
    let lend = Lend {
        loan: lease(number),
        requests,
        lasts,
    };
    let terms = Terms {
        lend: Some(lend),
        ..Terms::default()
    };
    Ask {
        terms,
        ..ask(limits, cost)
    }
}

fn lent(object: &mut Object<Account>, ask: &Ask, now: UnixMillis) -> u64 {
    let decision = object.ask(ask, now);
    assert_eq!(decision.outcome, Outcome::Admitted);
    decision.loan.map_or(0, |loan| loan.requests)
}

fn give_back(object: &mut Object<Account>, number: u64, units: u64, now: UnixMillis) {
    let loan = lease(number);
    object.machine().take_back(&[Unspent { loan, units }], now);
}

/// An isolate with a clock of its own.
struct Isolate {
    loans: Loans,
    offset: u64,
    /// What its clock gains in a thousand, plus a hundred.
    drift: u64,
}

impl Isolate {
    fn new(random: &mut Random) -> Self {
        Self {
            loans: Loans::default(),
            offset: random.below(20_000),
            drift: random.between(70, 130),
        }
    }

    fn clock(&self, now: UnixMillis) -> UnixMillis {
        let since = now.since(START).0;
        UnixMillis(START.0 + self.offset + since * (900 + self.drift) / 1_000)
    }
}

/// An answer on its way.
struct Answer {
    arrives: UnixMillis,
    isolate: usize,
    decision: Option<Decision>,
    sent: UnixMillis,
}

/// Some isolates, the one object that they ask, and what its limits mean.
struct World {
    random: Random,
    now: UnixMillis,
    isolates: Vec<Isolate>,
    object: Object<Account>,
    oracle: Oracle,
    limits: Vec<Limit>,
    cost: u64,
    lasts: Millis,
    answers: Vec<Answer>,
    /// When which loan of which isolate ends.
    ends: Vec<(UnixMillis, usize, LeaseId)>,
    /// What was given back, to be said again.
    said: Vec<Unspent>,
    number: u64,
    lent: u64,
}

impl World {
    fn new(seed: u64, kind: Kind) -> Self {
        let mut random = Random(seed);
        let (units, window) = (random.between(20, 300), random.between(200, 20_000));
        let limits = vec![
            rate(kind, "one", units, window),
            limit("two", 500, 10_000, 400),
        ];
        let isolates = (0..random.between(1, 3))
            .map(|_| Isolate::new(&mut random))
            .collect();
        Self {
            now: START,
            isolates,
            object: Object::new(),
            oracle: Oracle::new(&limits),
            limits,
            cost: random.between(1, 2),
            lasts: Millis(random.between(100, 3_000)),
            answers: Vec::new(),
            ends: Vec::new(),
            said: Vec::new(),
            number: 0,
            lent: 0,
            random,
        }
    }

    fn step(&mut self) {
        let pause = *self.random.pick(&[0, 1, 5, 40, 900]);
        self.now = self.now.after(Millis(self.random.below(pause + 1)));
        self.hear();
        self.end_loans();
        match self.random.below(60) {
            0 => self.object.lose_memory(),
            1 => self.object.rest(self.now),
            2 => self.say_again(),
            _ => self.request(),
        }
    }

    fn request(&mut self) {
        let at = usize::try_from(self.random.below(self.isolates.len() as u64)).unwrap();
        self.number += 1;
        let mut ask = ask(&self.limits, self.cost);
        let (asked, clock) = (
            Asked::of("acme", &mut ask),
            self.isolates[at].clock(self.now),
        );
        let which = (lease(self.number), self.cost);
        match self.isolates[at]
            .loans
            .find(&asked, which, self.lasts, clock)
        {
            Found::Lent(_) => {
                self.lent += 1;
                self.spend();
            }
            Found::Ask(lend) => {
                ask.terms.lend = lend;
                let decision = self.object.ask(&ask, self.now);
                if decision.outcome == Outcome::Admitted {
                    self.spend();
                }
                let takes = *self.random.pick(&[0, 3, 30, 400]);
                let is_lost = self.random.one_in(20);
                self.answers.push(Answer {
                    arrives: self.now.after(Millis(self.random.below(takes + 1))),
                    isolate: at,
                    decision: Some(decision).filter(|_| !is_lost),
                    sent: clock,
                });
            }
        }
    }

    fn spend(&mut self) {
        assert!(
            self.oracle.take(self.cost, self.now),
            "{:?} at {:?}",
            self.limits[0],
            self.now
        );
    }

    /// Answers arrive; who is refused may have something left.
    fn hear(&mut self) {
        let asked = Asked::of("acme", &mut ask(&self.limits, self.cost));
        let (now, cost) = (self.now, self.cost);
        for answer in self
            .answers
            .extract_if(.., |it| it.arrives <= now)
            .collect::<Vec<_>>()
        {
            let isolate = &mut self.isolates[answer.isolate];
            let clock = isolate.clock(now);
            let mut told = answer.decision.clone();
            isolate
                .loans
                .learn(&asked, told.as_mut(), (cost, answer.sent), clock);
            if let Some(loan) = answer.decision.as_ref().and_then(|it| it.loan) {
                self.ends
                    .push((now.after(loan.lasts), answer.isolate, loan.id));
            }
            let passes =
                |it: Option<Decision>| it.is_some_and(|it| it.outcome == Outcome::Admitted);
            if passes(told) && !passes(answer.decision) {
                self.lent += 1;
                self.spend();
            }
        }
    }

    fn end_loans(&mut self) {
        let asked = Asked::of("acme", &mut ask(&self.limits, self.cost));
        let now = self.now;
        for (_, isolate, id) in self.ends.extract_if(.., |it| it.0 <= now) {
            let unspent = self.isolates[isolate].loans.end(&asked, id, self.cost);
            self.object.machine().take_back(unspent.as_slice(), now);
            self.said.extend(unspent);
        }
    }

    fn say_again(&mut self) {
        let said = self.said.clone();
        self.object.machine().take_back(&said, self.now);
    }
}

#[test]
fn what_isolates_spend_holds_every_limit_whatever_is_lost() {
    let mut lent = [0; KINDS.len()];
    for seed in 0..300 {
        let kind = usize::try_from(seed % KINDS.len() as u64).unwrap();
        let mut world = World::new(seed, KINDS[kind]);
        for _ in 0..600 {
            world.step();
        }
        lent[kind] += world.lent;
    }
    for (kind, lent) in KINDS.iter().zip(lent) {
        assert_eq!(lent > 500, *kind != Kind::Lifetime, "{kind:?}: {lent}");
    }
}

#[test]
fn a_steady_client_is_served_out_of_loans_and_a_slow_one_is_not() {
    for (between, calls) in [(10, 2_000 / 50), (600, 2_000), (5_000, 2_000)] {
        let limits = [limit("minute", 60_000, 60_000, 60_000)];
        let mut ask = ask(&limits, 1);
        let asked = Asked::of("acme", &mut ask);
        let (mut loans, mut object) = (Loans::default(), Object::<Account>::new());
        let (mut now, mut asks) = (START, 0);
        for number in 0..2_000 {
            now = now.after(Millis(between));
            if let Found::Ask(lend) = loans.find(&asked, (lease(number), 1), SECOND, now) {
                asks += 1;
                ask.terms.lend = lend;
                loans.learn(&asked, Some(&mut object.ask(&ask, now)), (1, now), now);
            }
        }
        assert!(asks <= calls, "{asks} calls at one in {between} ms");
        assert!(between < SECOND.0 || asks == 2_000);
    }
}

#[test]
fn no_more_is_lent_than_an_eighth_of_what_is_left_and_the_last_units_one_by_one() {
    let limits = [
        limit("minute", 200, 60_000, 200),
        limit("hour", 1_000, 3_600_000, 1_000),
    ];
    let mut object = Object::<Account>::new();
    assert_eq!(
        lent(&mut object, &lending(&limits, 1, 0, 1_000, SECOND), START),
        24
    );
    assert_eq!(
        lent(&mut object, &lending(&limits, 2, 1, 5, SECOND), START),
        5
    );
    let left = free(&mut object, &limits, START);
    assert!(object.admits(&ask(&limits, left - 8), START));
    assert_eq!(
        lent(&mut object, &lending(&limits, 1, 2, 1_000, SECOND), START),
        0
    );
}

#[test]
fn nothing_is_lent_of_what_counts_for_ever_or_is_in_flight() {
    let minute = limit("minute", 200, 60_000, 200);
    let ever = rate(Kind::Lifetime, "ever", 1_000, 60_000);
    for other in [ever, lane("lane", 100), cap("cap", 1_000)] {
        let limits = [minute.clone(), other];
        let mut object = Object::<Account>::new();
        let with_slot = Ask {
            terms: lending(&limits, 1, 0, 10, SECOND).terms,
            ..ask_slot(&limits, 0)
        };
        assert_eq!(lent(&mut object, &with_slot, START), 0);
    }
    let mut object = Object::<Account>::new();
    assert_eq!(
        lent(&mut object, &lending(&[minute], 0, 0, 10, SECOND), START),
        0
    );
}

#[test]
fn a_loan_ends_before_the_window_that_it_was_counted_in() {
    let hour = rate(Kind::Fixed, "hour", 1_000, 3_600_000);
    let end = UnixMillis((START.0 / 3_600_000 + 1) * 3_600_000);
    let mut object = Object::<Account>::new();
    let before = UnixMillis(end.0 - 300);
    let decision = object.ask(&lending(from_ref(&hour), 1, 0, 10, SECOND), before);
    assert_eq!(decision.loan.unwrap().lasts, Millis(299));
    let last = UnixMillis(end.0 - 1);
    assert_eq!(
        lent(&mut object, &lending(&[hour], 1, 1, 10, SECOND), last),
        0
    );
}

#[test]
fn what_is_not_spent_comes_back_once() {
    for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Lifetime) {
        let limits = [rate(kind, "one", 400, 600_000)];
        let mut object = Object::<Account>::new();
        assert_eq!(
            lent(&mut object, &lending(&limits, 2, 0, 10, SECOND), START),
            10
        );
        assert_eq!(
            lent(&mut object, &lending(&limits, 1, 1, 10, SECOND), START),
            10
        );
        let later = START.after(SECOND);
        assert_eq!(free(&mut object, &limits, later), 400 - 33);
        give_back(&mut object, 0, 12, later);
        assert_eq!(free(&mut object, &limits, later), 400 - 21, "{kind:?}");
        give_back(&mut object, 0, 12, later);
        give_back(&mut object, 7, 12, later);
        assert_eq!(
            free(&mut object, &limits, later),
            400 - 21,
            "{kind:?}: said twice"
        );
        give_back(&mut object, 1, 1_000, later);
        assert_eq!(
            free(&mut object, &limits, later),
            400 - 11,
            "{kind:?}: no more than was lent"
        );
    }
}

#[test]
fn what_was_lent_stays_spent_when_memory_is_lost() {
    for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Lifetime) {
        let limits = [rate(kind, "one", 400, 600_000)];
        let mut object = Object::<Account>::new();
        assert_eq!(
            lent(&mut object, &lending(&limits, 1, 0, 40, SECOND), START),
            40
        );
        object.lose_memory();
        assert!(free(&mut object, &limits, START) <= 400 - 41, "{kind:?}");
        give_back(&mut object, 0, 40, START);
        assert!(
            free(&mut object, &limits, START) <= 400 - 41,
            "{kind:?}: nobody remembers"
        );
    }
}

#[test]
fn what_is_told_of_lent_units_goes_down_one_by_one() {
    let limits = [
        limit("minute", 400, 60_000, 400),
        rate(Kind::Log, "hour", 900, 3_600_000),
    ];
    let mut object = Object::<Account>::new();
    let decision = object.ask(&lending(&limits, 2, 0, 10, SECOND), START);
    for spent in 1..=10 {
        let told = decision.spending(2 * spent, Millis(90 * spent));
        let left: Vec<u64> = told.standings.iter().map(|it| it.remaining).collect();
        assert_eq!(left, [398 - 2 * spent, 898 - 2 * spent]);
        assert_eq!(
            told.standings[0].full,
            Millis(300_u64.saturating_sub(90 * spent) + 300 * spent)
        );
        assert_eq!(told.standings[1].full, Millis(3_600_000));
        assert_eq!(told.now, START.after(Millis(90 * spent)));
    }
}

#[test]
fn only_one_of_those_who_come_at_once_borrows() {
    let limits = [limit("minute", 60_000, 60_000, 60_000)];
    let asked = Asked::of("acme", &mut ask(&limits, 1));
    let mut loans = Loans::default();
    let mut borrowing = 0;
    for number in 0..100 {
        let id = LeaseId([u8::try_from(number).unwrap(); 16]);
        match loans.find(&asked, (id, 1), SECOND, START.after(Millis(number))) {
            Found::Ask(Some(_)) => borrowing += 1,
            Found::Ask(None) => {}
            Found::Lent(_) => panic!("nothing was lent"),
        }
    }
    assert_eq!(borrowing, 1);
}
