//! One account: a single subject in a single row.

use super::clock::Clock;
use super::page::{Page, PageError};
use super::{Ask, Effect, Owner, SubjectId};
use crate::lease::{Grant, LeaseId};
use crate::limit::Name;
use crate::subject::{Decision, Renewal, Row, Subject};
use crate::time::UnixMillis;

const PAGE: u8 = 0;
const ALONE: SubjectId = SubjectId([0; 16]);

/// The machine of an account's object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    clock: Clock,
    version: u64,
    subject: Subject,
}

impl Account {
    fn effects(&self, row: Row) -> Vec<Effect> {
        match row {
            Row::Holds => Vec::new(),
            Row::Due => {
                let clock = self.clock.now();
                let subjects = vec![(ALONE, self.subject.kept(self.version, clock).collect())];
                let row = Page {
                    clock,
                    version: self.version,
                    incarnation: self.subject.incarnation(),
                    subjects,
                };
                vec![Effect::PutRow { page: PAGE, row }]
            }
        }
    }
}

impl Owner for Account {
    fn load(pages: &[Vec<u8>]) -> Result<Self, PageError> {
        let page = pages
            .first()
            .map_or_else(|| Ok(Page::default()), |bytes| Page::decode(bytes))?;
        let kept = page
            .subjects
            .into_iter()
            .flat_map(|(_, kept)| kept)
            .collect();
        let clock = Clock::resumed(page.clock);
        Ok(Self {
            clock,
            version: page.version,
            subject: Subject::resumed(kept, page.incarnation.saturating_add(1)),
        })
    }

    fn handle(&mut self, ask: &Ask, now: UnixMillis) -> (Decision, Vec<Effect>) {
        let now = self.clock.advance(now);
        self.version = self.version.max(ask.version);
        let (decision, row) = self.subject.decide(ask.demand(), now);
        (
            Decision {
                behind: self.clock.behind(),
                ..decision
            },
            self.effects(row),
        )
    }

    fn renew(&mut self, renewal: &Renewal, now: UnixMillis) -> (Option<Grant>, Vec<Effect>) {
        let now = self.clock.advance(now);
        let (grant, row) = self.subject.renew(renewal, now);
        (grant, self.effects(row))
    }

    fn release(&mut self, leases: &[LeaseId], now: UnixMillis) -> (Vec<Name>, Vec<Effect>) {
        let (lanes, row) = self.subject.release(leases, self.clock.advance(now));
        (lanes, self.effects(row))
    }

    fn wake(&mut self, now: UnixMillis) -> Vec<Effect> {
        let row = self.subject.settle(self.clock.advance(now));
        self.effects(row)
    }

    fn next_wake(&self) -> Option<UnixMillis> {
        self.clock.wake(self.subject.next_wake(self.clock.now()))
    }
}
