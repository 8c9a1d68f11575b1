//! One of a fixed number of shards: a bounded map of subjects that have no object of their own.
//!
//! A newcomer gets a subject of its own while there is room and its network has not brought too many lately;
//! else it shares one bucket with all other such newcomers, under its own limits, until room comes back.
//! Subjects whose buckets are full again are let go when room is needed: that changes no decision.

use super::arrivals::Arrivals;
use super::page::{Page, PageError};
use super::{Ask, Effect, Owner, SubjectId};
use crate::bounds::{MAX_SUBJECTS, SHARD_PAGES};
use crate::subject::{Decision, Row, Subject};
use crate::time::{Millis, UnixMillis};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// What newcomers without a place share.
const OVERFLOW: SubjectId = SubjectId([0; 16]);

/// First bytes of ids that fall on one page.
const IDS_PER_PAGE: u8 = u8::MAX / SHARD_PAGES + 1;

/// How often, at most, a full shard is searched for subjects to let go.
const SWEEP_EVERY: Millis = Millis(1_000);

/// The machine of a shard's object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    clock: UnixMillis,
    version: u64,
    subjects: BTreeMap<SubjectId, Subject>,
    /// Subjects that may want a quiet write.
    behind: BTreeSet<SubjectId>,
    arrivals: Arrivals,
    swept: UnixMillis,
}

impl Shard {
    /// Subjects that the shard remembers, 0 to [`MAX_SUBJECTS`] and the one that is shared.
    #[must_use]
    pub fn len(&self) -> usize {
        self.subjects.len()
    }

    /// Whether it remembers none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    fn advance(&mut self, now: UnixMillis) -> UnixMillis {
        self.clock = self.clock.max(now);
        self.clock
    }

    /// The subject that answers for `id`: itself, or what newcomers without a place share.
    fn place(
        &mut self,
        id: SubjectId,
        brought_by: Option<SubjectId>,
        now: UnixMillis,
    ) -> SubjectId {
        if self.subjects.contains_key(&id) {
            return id;
        }
        let room = self.subjects.len() < MAX_SUBJECTS || self.make_room(now);
        let welcome = room && brought_by.is_none_or(|network| self.arrivals.admit(network, now));
        if welcome { id } else { OVERFLOW }
    }

    fn make_room(&mut self, now: UnixMillis) -> bool {
        if now < self.swept.after(SWEEP_EVERY) {
            return false;
        }
        self.swept = now;
        self.subjects.retain(|_, subject| !subject.is_full(now));
        self.subjects.len() < MAX_SUBJECTS
    }

    /// Decides for a subject that is not remembered, and remembers it if it spent anything.
    fn meet(&mut self, id: SubjectId, ask: &Ask, now: UnixMillis) -> (Decision, Row) {
        let mut subject = Subject::fresh();
        let (decision, row) = subject.decide(ask.demand(), now);
        if row == Row::Due {
            self.subjects.insert(id, subject);
        }
        (decision, row)
    }

    fn row(&self, page: u8) -> Effect {
        let kept = |subject: &Subject| subject.kept(u64::MAX, self.clock).collect::<Vec<_>>();
        let here = self.subjects.range(ids_of(page));
        let subjects: Vec<_> = here
            .map(|(id, subject)| (*id, kept(subject)))
            .filter(|(_, kept)| !kept.is_empty())
            .collect();
        if subjects.is_empty() {
            return Effect::DeleteRow { page };
        }
        Effect::PutRow {
            page,
            row: Page {
                clock: self.clock,
                version: self.version,
                subjects,
            },
        }
    }

    fn track(&mut self, id: SubjectId) {
        let behind = self
            .subjects
            .get(&id)
            .is_some_and(|s| s.next_wake(self.clock).is_some());
        if behind {
            self.behind.insert(id);
        } else {
            self.behind.remove(&id);
        }
    }
}

impl Owner for Shard {
    fn load(pages: &[Vec<u8>]) -> Result<Self, PageError> {
        let (mut clock, mut version, mut subjects) = (UnixMillis(0), 0, BTreeMap::new());
        for bytes in pages {
            let page = Page::decode(bytes)?;
            clock = clock.max(page.clock);
            version = version.max(page.version);
            subjects.extend(
                page.subjects
                    .into_iter()
                    .map(|(id, kept)| (id, Subject::resumed(kept))),
            );
        }
        subjects.retain(|_, subject| !subject.is_full(clock));
        let (behind, arrivals) = (BTreeSet::new(), Arrivals::default());
        Ok(Self {
            clock,
            version,
            subjects,
            behind,
            arrivals,
            swept: UnixMillis(0),
        })
    }

    fn handle(&mut self, ask: &Ask, now: UnixMillis) -> (Decision, Vec<Effect>) {
        let now = self.advance(now);
        self.version = self.version.max(ask.version);
        let id = self.place(ask.subject.unwrap_or(OVERFLOW), ask.brought_by, now);
        let (decision, row) = match self.subjects.get_mut(&id) {
            Some(subject) => subject.decide(ask.demand(), now),
            None => self.meet(id, ask, now),
        };
        self.track(id);
        let effects = if row == Row::Due {
            vec![self.row(page_of(id))]
        } else {
            Vec::new()
        };
        (decision, effects)
    }

    fn wake(&mut self, now: UnixMillis) -> Vec<Effect> {
        let now = self.advance(now);
        let mut pages = BTreeSet::new();
        for id in std::mem::take(&mut self.behind) {
            if let Some(subject) = self.subjects.get_mut(&id)
                && subject.settle(now) == Row::Due
            {
                pages.insert(page_of(id));
            }
            self.track(id);
        }
        pages.into_iter().map(|page| self.row(page)).collect()
    }

    fn next_wake(&self) -> Option<UnixMillis> {
        let wakes = self
            .behind
            .iter()
            .filter_map(|id| self.subjects.get(id)?.next_wake(self.clock));
        wakes.min()
    }
}

/// The page of a subject: pages are ranges of ids, so that a page is a range of the map.
fn page_of(id: SubjectId) -> u8 {
    let [first, ..] = id.0;
    first / IDS_PER_PAGE
}

fn ids_of(page: u8) -> RangeInclusive<SubjectId> {
    let first = page.saturating_mul(IDS_PER_PAGE);
    let (mut low, mut high) = ([0; 16], [u8::MAX; 16]);
    low[0] = first;
    high[0] = first.saturating_add(IDS_PER_PAGE - 1);
    SubjectId(low)..=SubjectId(high)
}
