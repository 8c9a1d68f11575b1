//! Some isolates that borrow, the one object that they ask, and what its limits mean.

use super::object::Object;
use super::oracle::Oracle;
use super::rates::{Kind, rate};
use super::{Random, START, ask, lease, limit};
use headgate::cache::{Asked, Found, Loans};
use headgate::lease::LeaseId;
use headgate::limit::Limit;
use headgate::loan::Unspent;
use headgate::object::{Account, Owner};
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};

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
pub struct World {
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
    pub lent: u64,
}

impl World {
    pub fn new(seed: u64, kind: Kind) -> Self {
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

    pub fn step(&mut self) {
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
