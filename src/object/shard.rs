//! One of a fixed number of shards: a bounded map of subjects that have no object of their own.
//!
//! A newcomer gets a subject of its own while there is room and its network has not brought too many lately;
//! else it shares one with all such newcomers of its tier and kind, until room comes back. If it has spent of that one, its
//! own then starts where that one stands: what is spent stays spent.
//! Subjects whose buckets are full again are let go when room is needed: that changes no decision.

use super::arrivals::Arrivals;
use super::clock::Clock;
use super::over::{over_in, over_since, turn};
use super::overflow::Overflow;
use super::page::{Page, PageError};
use super::pages::{ids_of, page_of};
use super::room::{forget_over, leave_out_shadows};
use super::{Ask, Effect, Owner, SubjectId};
use crate::account::{Order, Reply};
use crate::bounds::{ALARM_EVERY, FORGET_AFTER, MAX_SUBJECTS, MAX_WINDOW};
use crate::lease::{Grant, LeaseId};
use crate::limit::Name;
use crate::loan::Unspent;
use crate::subject::{Decision, Outcome, Renewal, Row, Settlement, Subject};
use crate::time::{Millis, UnixMillis};
use crate::usage::Series;
use std::collections::{BTreeMap, BTreeSet};

/// The machine of a shard's object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shard {
    clock: Clock,
    version: u64,
    pub(super) subjects: BTreeMap<SubjectId, Subject>,
    /// Subjects that may want a quiet write.
    pub(super) behind: BTreeSet<SubjectId>,
    arrivals: Arrivals,
    overflow: Overflow,
    pub(super) swept: UnixMillis,
    /// The turn of the alarm that the latest row was written in.
    turn: u64,
}

impl Shard {
    /// Subjects that the shard remembers, 0 to [`MAX_SUBJECTS`] and those that are shared, one per tier and kind of owner.
    #[must_use]
    pub fn len(&self) -> usize {
        self.subjects.len()
    }

    /// Whether it remembers none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// The subject that answers for `id`: itself, or the one that newcomers without a place share.
    fn place(&mut self, id: SubjectId, ask: &Ask, now: UnixMillis) -> SubjectId {
        if self.subjects.contains_key(&id) {
            return id;
        }
        let room = self.subjects.len() < MAX_SUBJECTS || self.make_room(now);
        let room = room && self.has_room_on(page_of(id), ask, now);
        let welcome = |network| self.arrivals.welcome(network, now);
        if room && ask.brought_by.is_none_or(welcome) {
            id
        } else {
            ask.overflow()
        }
    }

    /// Decides for a subject that is not remembered, and remembers and counts it if it spent anything.
    fn meet(&mut self, id: SubjectId, ask: &Ask, now: UnixMillis) -> (Decision, Row) {
        let shared = ask.overflow();
        if !self.has_room_for(shared, ask, now) {
            return (Decision::no_room(now), Row::Holds);
        }
        let overflow = &self.overflow;
        let before = self.subjects.get_mut(&shared).map(|before| {
            before.learn(&ask.demand(), now);
            &*before
        });
        let before = before.filter(|s| !s.is_full(now) && overflow.may_have_spent(shared, id));
        let mut subject = before.map_or_else(Subject::fresh, Subject::heir);
        let growth = subject.growth(&ask.demand(), now);
        if !self.takes(
            page_of(id),
            growth.saturating_add(subject.row_bytes(now)),
            now,
        ) {
            return (Decision::no_room(now), Row::Holds);
        }
        let (decision, row) = subject.decide(&ask.demand(), now);
        if row == Row::Due || subject.next_wake(now).is_some() {
            self.subjects.insert(id, subject);
            if let Some(network) = ask.brought_by.filter(|_| id != shared) {
                self.arrivals.count(network, now);
            }
        }
        (decision, row)
    }

    fn decide(&mut self, id: SubjectId, ask: &Ask, now: UnixMillis) -> (Decision, Row) {
        if !self.has_room_for(id, ask, now) {
            return (Decision::no_room(now), Row::Holds);
        }
        match self.subjects.get_mut(&id) {
            Some(subject) => subject.decide(&ask.demand(), now),
            None => self.meet(id, ask, now),
        }
    }

    /// Decides for a newcomer that has no place.
    fn decide_shared(&mut self, who: SubjectId, ask: &Ask, now: UnixMillis) -> (Decision, Row) {
        let shared = ask.overflow();
        let was_full = self
            .subjects
            .get(&shared)
            .is_none_or(|subject| subject.is_full(now));
        let (decision, row) = self.decide(shared, ask, now);
        if decision.outcome == Outcome::Admitted && ask.cost > 0 {
            self.overflow.note(shared, who, was_full);
        }
        (decision, row)
    }

    /// What it decides, whether a row is due, and of which subject.
    pub(super) fn answer(&mut self, ask: &Ask, now: UnixMillis) -> (Decision, Row, SubjectId) {
        let now = self.clock.advance(now);
        self.version = self.version.max(ask.version);
        let asked = ask.subject.unwrap_or(ask.overflow());
        let id = self.place(asked, ask, now);
        let (decision, row) = if id == asked {
            self.decide(id, ask, now)
        } else {
            self.decide_shared(asked, ask, now)
        };
        let behind = self.clock.behind();
        (Decision { behind, ..decision }, row, id)
    }

    /// The rows of pages, and with the first of a turn the alarm: rows that are over go while others are written.
    fn rows(&mut self, pages: impl IntoIterator<Item = u8>) -> Vec<Effect> {
        let mut effects: Vec<Effect> = pages.into_iter().map(|page| self.row(page)).collect();
        let (now, before) = (self.clock.now(), self.turn);
        if !effects.is_empty() && before != turn(now) {
            self.turn = turn(now);
            let at = now.after(FORGET_AFTER);
            effects.push(Effect::SetAlarm { at });
        }
        effects
    }

    fn row(&self, page: u8) -> Effect {
        let clock = self.clock.now();
        // A shard remembers no policy beyond the subjects that have met it.
        let kept = |subject: &Subject| subject.kept(u64::MAX, clock).collect::<Vec<_>>();
        let subjects = self
            .subjects
            .range(ids_of(page))
            .map(|(id, subject)| (*id, kept(subject)));
        let subjects = subjects.filter(|(_, kept)| !kept.is_empty());
        let mut subjects: Vec<_> = subjects.collect();
        leave_out_shadows(&mut subjects);
        Effect::PutRow {
            page,
            row: Page {
                clock,
                version: self.version,
                incarnation: 0,
                subjects,
                account: None,
                alerts: None,
                usage: Series::default(),
            },
        }
    }

    fn track(&mut self, id: SubjectId) {
        let now = self.clock.now();
        if self
            .subjects
            .get(&id)
            .is_some_and(|subject| subject.next_wake(now).is_some())
        {
            self.behind.insert(id);
        } else {
            self.behind.remove(&id);
        }
    }
}

impl Owner for Shard {
    fn load(pages: &[Vec<u8>]) -> Result<Self, PageError> {
        let (mut latest, mut version, mut subjects) = (UnixMillis(0), 0, BTreeMap::new());
        for bytes in pages {
            let page = Page::decode(bytes)?;
            latest = latest.max(page.clock);
            version = version.max(page.version);
            subjects.extend(
                page.subjects
                    .into_iter()
                    .map(|(id, kept)| (id, Subject::of_shard(kept))),
            );
        }
        forget_over(&mut subjects, latest);
        Ok(Self {
            clock: Clock::resumed(latest),
            version,
            subjects,
            turn: turn(latest),
            ..Self::default()
        })
    }

    fn handle(&mut self, ask: &Ask, now: UnixMillis) -> (Decision, Vec<Effect>) {
        let (decision, row, id) = self.answer(ask, now);
        self.track(id);
        let effects = self.rows((row == Row::Due).then_some(page_of(id)));
        (decision, effects)
    }

    // Lanes and caps are for accounts: no policy gives one to a tier of strangers or prefixes.
    fn renew(&mut self, _: &Renewal, _: UnixMillis) -> (Option<Grant>, Vec<Effect>) {
        (None, Vec::new())
    }

    fn release(&mut self, _: &[LeaseId], _: UnixMillis) -> (Vec<Name>, Vec<Effect>) {
        (Vec::new(), Vec::new())
    }

    fn settle(&mut self, _: &Settlement, _: UnixMillis) -> Vec<Effect> {
        Vec::new()
    }

    /// Shards lend nothing: what they share has no isolate of its own.
    fn take_back(&mut self, _: &[Unspent], _: UnixMillis) {}

    fn operate(&mut self, _: &Order, _: UnixMillis) -> (Reply, Vec<Effect>) {
        let reply = Reply::error(404, "not_found", "Only accounts have a state.");
        (reply, Vec::new())
    }

    fn wake(&mut self, now: UnixMillis) -> Vec<Effect> {
        let now = self.clock.advance(now);
        let mut pages = BTreeSet::new();
        for id in std::mem::take(&mut self.behind) {
            if let Some(subject) = self.subjects.get_mut(&id)
                && subject.settle(now) == Row::Due
            {
                pages.insert(page_of(id));
            }
            self.track(id);
        }
        self.rows(pages)
    }

    fn next_wake(&self) -> Option<UnixMillis> {
        let now = self.clock.now();
        let wakes = self
            .behind
            .iter()
            .filter_map(|id| self.subjects.get(id)?.next_wake(now));
        self.clock.wake(wakes.min())
    }

    fn clean_up(rows: &[(u8, Vec<u8>)], now: UnixMillis) -> Result<Vec<Effect>, PageError> {
        let mut effects = Vec::new();
        let mut soonest: Option<Millis> = None;
        for (page, row) in rows {
            // Time alone ends all that a shard keeps.
            let wait = over_in(Page::decode(row)?, over_since(now)).unwrap_or(ALARM_EVERY);
            if wait.is_zero() {
                effects.push(Effect::DeleteRow { page: *page });
            } else {
                soonest = Some(soonest.map_or(wait, |soonest| soonest.min(wait)));
            }
        }
        match soonest {
            Some(wait) => effects.push(Effect::SetAlarm {
                at: now.after(wait.clamp(ALARM_EVERY, MAX_WINDOW)),
            }),
            None if effects.is_empty() => {}
            None => effects = vec![Effect::Forget],
        }
        Ok(effects)
    }
}
