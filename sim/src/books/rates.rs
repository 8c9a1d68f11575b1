//! What every limit that counts units has let in, against what it means.

use crate::oracle::{Definition, definition};
use crate::violation::{Held, hold};
use headgate::lease::LeaseId;
use headgate::limit::{Algorithm, Kind, Limit, Name, Partition};
use headgate::object::{Ask, SubjectId};
use headgate::subject::{Decision, Outcome, Standing};
use std::collections::{BTreeMap, BTreeSet};

pub(super) type Key = (usize, Option<SubjectId>, Name, Option<Partition>);

/// All limits of a world.
#[derive(Default)]
pub struct Rates {
    pub(super) books: BTreeMap<Key, Book>,
    /// Requests that were let in, by their leases: asked twice they are let in once.
    let_in: BTreeSet<(usize, LeaseId)>,
    /// What was lent, by its name: until when it may be spent, on the object's clock.
    pub(super) loans: BTreeMap<(usize, LeaseId), u64>,
    /// Units that were let in and held against their limit's meaning.
    pub checked: u64,
    /// Units that could not be: of an instance that is cut off under a rule that no longer holds, or whose clock is
    /// behind what was let in before.
    pub unchecked: u64,
    /// Refusals that lost memory explains and nothing else.
    pub too_early: u64,
}

/// One limit of one subject.
pub(super) struct Book {
    pub(super) rule: Algorithm,
    pub(super) meaning: Box<dyn Definition>,
    /// The latest instant at which anything was decided.
    pub(super) last: u64,
    /// Since when under this rule.
    pub(super) since: u64,
    /// Whether the machine must stand exactly where the books do: nothing was lost since nothing was used.
    is_clean: bool,
    /// Whether nobody knows which window goes on: one that begins with its first unit, of which that is not known.
    pub(super) is_blind: bool,
}

/// A decision, and how it was come by.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// Which object decided.
    pub object: usize,
    /// What it was asked.
    pub ask: &'a Ask,
    /// What it decided.
    pub decision: &'a Decision,
    /// Whether its units were charged, to anybody who asked for the first time or again.
    pub is_charged: bool,
    /// Whether the machine that decided lives on: else its units are charged, and nobody was told.
    pub is_told: bool,
    /// The newest policy that the object has been asked under.
    pub newest: u64,
    /// Whether the instance has the storage.
    pub is_primary: bool,
}

impl Book {
    fn new(limit: &Limit, is_account: bool) -> Self {
        let mut book = Self {
            rule: limit.algorithm,
            meaning: definition(limit),
            last: 0,
            since: 0,
            is_clean: true,
            is_blind: false,
        };
        // What strangers share has begun before they came.
        if !is_account {
            book.lose();
        }
        book
    }

    /// Something was let in that is not in the books.
    pub(super) fn lose(&mut self) {
        self.is_clean = false;
        self.is_blind |= matches!(self.rule, Algorithm::AnchoredWindow(_));
    }

    /// Nothing is used, so that the books are right again.
    fn sees_again(&mut self, standing: &Standing, is_account: bool) {
        if is_account && standing.full.is_zero() && standing.remaining == self.meaning.most() {
            let (last, since) = (self.last, self.since);
            *self = Self {
                last,
                since,
                ..Self::new(&standing.limit, true)
            };
        }
    }

    /// Another rule holds from now on. Where only its units are others, what was used stays so: to raise a limit gives
    /// no burst for nothing.
    fn adopts(&mut self, seen: Seen<'_>, standing: &Standing) -> Held {
        let (now, before) = (seen.decision.now.0, self.rule);
        let (was, is) = (
            before.window(seen.decision.now),
            standing.limit.algorithm.window(seen.decision.now),
        );
        let mut next = Self::new(&standing.limit, true);
        next.lose();
        (next.last, next.since) = (self.last, now);
        let old = std::mem::replace(self, next);
        // When what is shared in a shard took over its rule is not known here.
        let is_shared = seen.ask.subject.is_some();
        if is_shared
            || old.is_blind
            || now < old.last
            || was.is_none()
            || was != is
            || parts(before) != parts(self.rule)
        {
            return Ok(());
        }
        let (most, old_most) = (self.meaning.most(), old.meaning.most());
        let used = old_most - old.meaning.room(now);
        let left = most - used.min(most);
        let charged = if seen.is_charged { seen.ask.cost } else { 0 };
        hold(standing.remaining + charged <= left, || {
            told(
                "forgets what was used when its rule changes",
                standing.remaining,
                left,
                seen,
                standing,
            )
        })
    }

    /// The machine may be behind the books where memory was lost, and never ahead of them.
    fn agrees(
        &mut self,
        seen: Seen<'_>,
        standing: &Standing,
        room: (u64, u64),
        is_early: bool,
        is_account: bool,
    ) -> Held {
        let ((before, after), left) = (room, standing.remaining);
        let told = |what, is, should| told(what, is, should, seen, standing);
        hold(left <= after, || {
            told("says that more is left", left, after)
        })?;
        hold(!(self.is_clean && is_early), || {
            told("refuses what there is", seen.ask.cost, before)
        })?;
        hold(!self.is_clean || left == after, || {
            told("says that less is left", left, after)
        })?;
        let most = self.meaning.most();
        self.is_clean |= is_account && standing.full.is_zero() && left == most && after == most;
        Ok(())
    }
}

/// How many parts a window is counted by.
fn parts(rule: Algorithm) -> Option<u64> {
    match rule {
        Algorithm::SlidingWindow(rule) => Some(rule.parts),
        _ => None,
    }
}

impl Rates {
    /// Whether a request was let in before under this lease.
    #[must_use]
    pub fn knows(&self, object: usize, ask: &Ask) -> bool {
        ask.lease
            .is_some_and(|lease| self.let_in.contains(&(object, lease)))
    }

    /// Notes a decision, and holds each limit of it against its meaning.
    ///
    /// # Errors
    ///
    /// Units that were let in beyond a limit or are said to be left beyond it; where no memory was lost, also units
    /// that were refused within it.
    pub fn observe(&mut self, seen: Seen<'_>) -> Held {
        let Seen {
            object,
            ask,
            decision,
            ..
        } = seen;
        let cost = if seen.is_charged { ask.cost } else { 0 };
        if let (Outcome::Admitted, Some(lease)) = (decision.outcome, ask.lease) {
            self.let_in.insert((object, lease));
        }
        if let Some(loan) = decision.loan {
            self.lends(object, loan, decision.now.0);
        }
        for (standing, asked) in decision.standings.iter().zip(&ask.limits) {
            if standing.limit.algorithm.kind() == Kind::Rate {
                let key = (object, ask.subject, asked.name.clone(), asked.partition);
                self.hold_against(key, seen, standing, cost)?;
            }
        }
        Ok(())
    }

    fn hold_against(&mut self, key: Key, seen: Seen<'_>, standing: &Standing, cost: u64) -> Held {
        let (now, limit) = (seen.decision.now.0, &standing.limit);
        let is_account = seen.ask.subject.is_none();
        let book = self
            .books
            .entry(key)
            .or_insert_with(|| Book::new(limit, is_account));
        // A shard that has let a subject go does not know that it was under a newer policy.
        let is_older = !is_account && seen.ask.version < seen.newest;
        if is_older || book.rule != limit.algorithm {
            if is_older || !seen.is_primary {
                self.unchecked += cost;
                book.lose();
                if is_older && book.rule != limit.algorithm {
                    // Whoever comes back to the rule of before comes from this one.
                    let last = book.last;
                    *book = Book::new(limit, false);
                    (book.last, book.since) = (last, now);
                }
                return Ok(());
            }
            book.adopts(seen, standing)?;
        }
        // An object whose memory is lost and whose clock has stepped back may be where it was before.
        let is_earlier = now < book.last;
        book.last = book.last.max(now);
        if is_earlier {
            self.unchecked += cost;
            book.lose();
            return Ok(());
        }
        if book.is_blind {
            self.unchecked += cost;
            if seen.is_primary {
                book.sees_again(standing, is_account);
            }
            return Ok(());
        }
        let room = book.meaning.room(now);
        hold(cost <= room, || {
            told("lets in more than there is", cost, room, seen, standing)
        })?;
        if cost > 0 {
            book.meaning.admit(cost, now);
            self.checked += cost;
        }
        // Memory that was as good as its row when it was lost need not have been so where the clock stands now.
        book.is_clean &= seen.is_told && seen.decision.behind.is_zero();
        if seen.is_primary && seen.is_told {
            let is_early = standing.violated && seen.ask.cost <= room;
            self.too_early += u64::from(is_early);
            book.agrees(seen, standing, (room, room - cost), is_early, is_account)?;
        }
        // To the object what is lent is used now, to the books when it is spent.
        book.is_clean &= seen.decision.loan.is_none();
        Ok(())
    }

    /// The object has lost its memory: until a limit is unused, it may be behind. But for those that are said to stand
    /// where they stood.
    pub fn lost(&mut self, object: usize, but: &[(Name, Option<Partition>)]) {
        for (key, book) in &mut self.books {
            let is_kept = but
                .iter()
                .any(|(name, part)| (name, part) == (&key.2, &key.3));
            if key.0 == object && !is_kept {
                book.lose();
            }
        }
    }

    /// Holds that nothing was lost for good: every limit of an account must stand where its books do.
    ///
    /// # Errors
    ///
    /// The first one that does not.
    pub fn all_clean(&self, accounts: usize) -> Held {
        for (key, book) in &self.books {
            let is_anothers = key.0 >= accounts || key.1.is_some();
            hold(is_anothers || book.is_clean, || {
                format!("limit {} of account {} never recovers", key.2, key.0)
            })?;
        }
        Ok(())
    }
}

fn told(what: &str, is: u64, should: u64, seen: Seen<'_>, standing: &Standing) -> String {
    format!(
        "limit {} of object {} {what}: {is}, and it is {should}; cost {}, {:?}, {:?}",
        standing.limit.name, seen.object, seen.ask.cost, seen.decision, seen.ask.subject
    )
}
