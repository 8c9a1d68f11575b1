//! All objects that a search meets, each once: what the real machine holds in memory and rows, and the books
//! that are kept beside it.

use super::books::Books;
use super::digest::Digest;
use super::{Model, Set, Tick, at_object, members, only};
use crate::support::{ask, lease};
use headgate::lease::{Grant, LeaseId};
use headgate::object::{Account, Ask, Effect, Owner, Page};
use headgate::subject::{Outcome, Renewal};
use headgate::time::UnixMillis;
use headgate::usage::Series;
use std::collections::HashMap;
use std::fmt::Write;
use std::hash::Hasher;

/// An object by its place among all.
pub type At = u32;

#[derive(Clone, Debug)]
struct Object {
    memory: Account,
    rows: Vec<Vec<u8>>,
    books: Books,
}

/// What is said to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    Ask { request: usize, released: Set },
    Renew { request: usize, incarnation: u64 },
    Release(Set),
    Wake,
}

/// What comes of it.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    pub grant: Option<Grant>,
    pub is_row_due: bool,
}

pub struct Objects {
    model: Model,
    all: Vec<Object>,
    text: String,
    known: HashMap<u128, At>,
    told: HashMap<(At, Said, Tick), (At, Told)>,
    free: HashMap<(At, Tick), u64>,
}

impl Objects {
    /// The object that a search begins with.
    pub fn new(model: Model) -> (Self, At) {
        let mut objects = Self {
            model,
            all: Vec::new(),
            text: String::new(),
            known: HashMap::new(),
            told: HashMap::new(),
            free: HashMap::new(),
        };
        let fresh = objects.keep(Object {
            memory: Account::load(&[]).unwrap(),
            rows: Vec::new(),
            books: Books::fresh(),
        });
        if !model.is_warm {
            return (objects, fresh);
        }
        let request = super::MOST_REQUESTS;
        let released = only(request);
        let (taken, _) = objects.say(
            fresh,
            Said::Ask {
                request,
                released: 0,
            },
            model.begin(),
        );
        let (warm, _) = objects.say(taken, Said::Release(released), model.begin());
        (objects, warm)
    }

    /// Says something to an object, whose row is then written if one is due.
    pub fn say(&mut self, at: At, said: Said, now: Tick) -> (At, Told) {
        if let Some(known) = self.told.get(&(at, said, now)) {
            return *known;
        }
        let mut object = self.all[at as usize].clone();
        let told = object.hear(said, now, &self.model);
        let answer = (self.keep(object), told);
        self.told.insert((at, said, now), answer);
        answer
    }

    /// The object after it lost its memory.
    pub fn lose(&mut self, at: At, now: Tick) -> At {
        let mut object = self.all[at as usize].clone();
        object.memory = Account::load(&object.rows).unwrap();
        object.books.crash(now);
        self.keep(object)
    }

    /// An instance that can reach no row any more.
    pub fn cut_off(&mut self, at: At) -> At {
        let object = &self.all[at as usize];
        let (memory, books) = (object.memory.clone(), object.books.cut_off());
        let rows = Vec::new();
        self.keep(Object {
            memory,
            rows,
            books,
        })
    }

    /// Whether the object wants to be woken by now.
    pub fn is_wake_due(&self, at: At, now: Tick) -> bool {
        let wake = self.all[at as usize].memory.next_wake();
        wake.is_some_and(|wake| wake <= at_object(now))
    }

    /// How many slots are free, once that is known to be right.
    pub fn free(&mut self, at: At, now: Tick) -> u64 {
        if let Some(free) = self.free.get(&(at, now)) {
            return *free;
        }
        let free = self.all[at as usize].checked(now, &self.model);
        self.free.insert((at, now), free);
        free
    }

    fn keep(&mut self, object: Object) -> At {
        self.text.clear();
        write!(self.text, "{object:?}").unwrap();
        let mut digest = Digest::new();
        digest.write(self.text.as_bytes());
        let next = At::try_from(self.all.len()).unwrap();
        let at = *self.known.entry(digest.both()).or_insert(next);
        if at == next {
            self.all.push(object);
        }
        at
    }
}

impl Object {
    fn hear(&mut self, said: Said, now: Tick, model: &Model) -> Told {
        let at = at_object(now);
        self.books.tidy(now);
        let mut is_row_due = false;
        let (grant, effects) = match said {
            Said::Ask { request, released } => {
                is_row_due = self.free(released, at, model);
                let ask = Ask {
                    lease: Some(lease(request as u64)),
                    ..ask(&[model.limit()], 1)
                };
                let (decision, effects) = self.memory.handle(&ask, at);
                let is_admitted = decision.outcome == Outcome::Admitted;
                assert_eq!(is_admitted, decision.grant.is_some(), "{decision:?}");
                (decision.grant.map(|grant| (request, grant)), effects)
            }
            Said::Renew {
                request,
                incarnation,
            } => {
                let renew = Renewal {
                    lane: model.limit().name,
                    lease: lease(request as u64),
                    incarnation,
                };
                let (grant, effects) = self.memory.renew(&renew, at);
                self.books
                    .check_renewal(request, incarnation, grant.is_some());
                (grant.map(|grant| (request, grant)), effects)
            }
            Said::Release(leases) => {
                is_row_due = self.free(leases, at, model);
                (None, Vec::new())
            }
            Said::Wake => {
                let effects = self.memory.wake(at);
                let again = self.memory.next_wake();
                assert!(again.is_none_or(|again| again > at), "woken again at once");
                (None, effects)
            }
        };
        if let Some((request, grant)) = grant {
            self.books.take(request, grant.incarnation, now, model);
        }
        if !effects.is_empty() {
            is_row_due = true;
            match said {
                Said::Ask { .. } => self.books.write_ahead(now, model),
                Said::Renew { .. } => self.books.write_on(model),
                Said::Wake | Said::Release(_) => self.books.write_quietly(model),
            }
        }
        self.write(effects);
        let grant = grant.map(|(_, grant)| grant);
        Told { grant, is_row_due }
    }

    /// Frees the slots of leases; whether a row is due.
    fn free(&mut self, leases: Set, at: UnixMillis, model: &Model) -> bool {
        self.books.release(leases);
        let (_, effects) = self.memory.release(&ids(leases), at);
        let is_row_due = !effects.is_empty();
        if is_row_due {
            self.books.write_on(model);
        }
        self.write(effects);
        is_row_due
    }

    fn write(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            // No alarm comes in the short time of these worlds.
            if let Effect::PutRow { row, .. } = effect {
                // What is counted decides nothing, and would make as many states as there are ways.
                let usage = Series::default();
                self.rows = vec![Page { usage, ..row }.encode().unwrap()];
            }
        }
    }

    /// Looks at the free slots, now and after all has ended, with its memory and without.
    fn checked(&self, now: Tick, model: &Model) -> u64 {
        let mut memory = self.memory.clone();
        let free = look(&mut memory, now, model);
        let (least, most) = self.books.free(now, model);
        assert!(
            (least..=most).contains(&free),
            "{free} slots are free, not {least} to {most}"
        );
        let end = self.books.all_free();
        let at_end = look(&mut self.memory.clone(), now.max(end), model);
        assert_eq!(at_end, model.slots, "a slot has leaked at tick {end}");
        let crashed = || Account::load(&self.rows).unwrap();
        let end = self.books.all_free_after_a_crash(now);
        let at_end = look(&mut crashed(), now.max(end), model);
        assert_eq!(at_end, model.slots, "a crash leaks a slot at tick {end}");
        if memory.next_wake().is_none() {
            let left = look(&mut crashed(), now, model);
            assert_eq!(left, free, "memory is quiet and not in the row");
        }
        free
    }
}

fn look(memory: &mut Account, now: Tick, model: &Model) -> u64 {
    let (decision, _) = memory.handle(&ask(&[model.limit()], 0), at_object(now));
    decision.standings[0].remaining
}

fn ids(leases: Set) -> Vec<LeaseId> {
    members(leases).map(|at| lease(at as u64)).collect()
}
