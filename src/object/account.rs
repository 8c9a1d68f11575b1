//! One account: a single subject in a single row.

use super::page::{Page, PageError};
use super::{Ask, Effect, Owner, SubjectId};
use crate::subject::{Decision, Row, Subject};
use crate::time::UnixMillis;

const PAGE: u8 = 0;
const ALONE: SubjectId = SubjectId([0; 16]);

/// The machine of an account's object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    clock: UnixMillis,
    version: u64,
    subject: Subject,
}

impl Account {
    fn effects(&self, row: Row) -> Vec<Effect> {
        match row {
            Row::Holds => Vec::new(),
            Row::Due => {
                let kept = self.subject.kept(self.version, self.clock).collect();
                let row = Page {
                    clock: self.clock,
                    version: self.version,
                    subjects: vec![(ALONE, kept)],
                };
                vec![Effect::PutRow { page: PAGE, row }]
            }
        }
    }

    fn advance(&mut self, now: UnixMillis) -> UnixMillis {
        self.clock = self.clock.max(now);
        self.clock
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
        Ok(Self {
            clock: page.clock,
            version: page.version,
            subject: Subject::resumed(kept),
        })
    }

    fn handle(&mut self, ask: &Ask, now: UnixMillis) -> (Decision, Vec<Effect>) {
        let now = self.advance(now);
        self.version = self.version.max(ask.version);
        let (decision, row) = self.subject.decide(ask.demand(), now);
        (decision, self.effects(row))
    }

    fn wake(&mut self, now: UnixMillis) -> Vec<Effect> {
        let now = self.advance(now);
        let row = self.subject.settle(now);
        self.effects(row)
    }

    fn next_wake(&self) -> Option<UnixMillis> {
        self.subject.next_wake(self.clock)
    }
}
