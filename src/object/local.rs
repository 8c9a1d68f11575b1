//! What decides in an isolate in the place of objects that do not answer, where the policy wants that.
//!
//! It is approximate by nature: each isolate gives out a share of each limit by itself, knows nothing of what the object
//! or other isolates let pass, and forgets with its memory. Within an isolate each account, and each subject of all
//! shards, has that share to the unit. Nothing is written.

use super::clock::Clock;
use super::room::{SWEEP_EVERY, forget_full};
use super::{Answer, Ask, Message, Shard, SubjectId, Terms};
use crate::bounds::{MAX_LOCAL_ACCOUNTS, MOST_LOCAL_BYTES};
use crate::limit::Share;
use crate::subject::{Decision, Outcome, Subject};
use crate::time::UnixMillis;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The machine of an isolate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Local {
    clock: Clock,
    /// Accounts, by the names of their objects.
    accounts: BTreeMap<SubjectId, Subject>,
    /// Most bytes that they could come to in rows, and more than that as time goes on until it is counted anew.
    bytes: u64,
    swept: UnixMillis,
    /// The subjects of all shards: bounded as in each of them.
    subjects: Shard,
}

impl Message {
    /// What an isolate is told in the object's place: of an ask that share of each limit, and nothing of what it cannot
    /// know, such as how the account stands and what has ended elsewhere.
    #[must_use]
    pub fn local(mut self, share: Share) -> Self {
        if let Self::Ask(ask) = &mut self {
            for limit in &mut ask.limits {
                limit.algorithm = share.of(&limit.algorithm, ask.cost);
            }
            ask.shadows = Vec::new();
            ask.released = Vec::new();
            ask.terms = Terms::default();
        }
        self
    }
}

impl Local {
    /// Accounts that are remembered, 0 to [`MAX_LOCAL_ACCOUNTS`].
    #[must_use]
    pub fn accounts(&self) -> usize {
        self.accounts.len()
    }

    /// What it answers to a message that the object `name` would get. `None` to an ask of whom there is no room to
    /// remember, and to what the object alone can answer.
    pub fn answer(&mut self, name: &str, message: &Message, now: UnixMillis) -> Option<Answer> {
        match message {
            Message::Ask(ask) => {
                let decision = if ask.subject.is_some() {
                    self.subjects.answer(ask, now).0
                } else {
                    self.decide(account(name), ask, now)
                };
                (decision.outcome != Outcome::NoRoom).then_some(Answer::Decided(decision))
            }
            Message::Renew(renewal) => {
                let now = self.clock.advance(now);
                let subject = self.accounts.get_mut(&account(name));
                let grant = subject.and_then(|subject| subject.renew(renewal, now).0);
                Some(Answer::Renewed(grant))
            }
            Message::Release(release) => {
                let now = self.clock.advance(now);
                if let Some(subject) = self.accounts.get_mut(&account(name)) {
                    let _ = subject.release(&release.leases, now);
                }
                Some(Answer::Released)
            }
            Message::Settle(_) | Message::Operate(_) | Message::GiveBack(_) => None,
        }
    }

    fn decide(&mut self, id: SubjectId, ask: &Ask, now: UnixMillis) -> Decision {
        let now = self.clock.advance(now);
        let mut more = self.growth(id, ask, now);
        if !self.has_room(id, more) {
            self.make_room(now);
            more = self.growth(id, ask, now);
            if !self.has_room(id, more) {
                return Decision::no_room(now);
            }
        }
        let mut newcomer = Subject::fresh();
        let subject = self.accounts.get_mut(&id).unwrap_or(&mut newcomer);
        let (decision, _) = subject.decide(&ask.demand(), now);
        // Of whom nothing is used nothing need be remembered.
        if !newcomer.is_full(now) {
            self.accounts.insert(id, newcomer);
        }
        if decision.outcome == Outcome::Admitted {
            self.bytes = self.bytes.saturating_add(more);
        }
        let behind = self.clock.behind();
        Decision { behind, ..decision }
    }

    fn growth(&self, id: SubjectId, ask: &Ask, now: UnixMillis) -> u64 {
        let newcomer = Subject::fresh();
        let subject = self.accounts.get(&id).unwrap_or(&newcomer);
        subject.growth(&ask.demand(), now)
    }

    fn has_room(&self, id: SubjectId, more: u64) -> bool {
        let has_place = self.accounts.len() < MAX_LOCAL_ACCOUNTS || self.accounts.contains_key(&id);
        has_place && (more == 0 || self.bytes.saturating_add(more) <= MOST_LOCAL_BYTES)
    }

    /// Lets go of those of whom nothing is used any more.
    fn make_room(&mut self, now: UnixMillis) {
        if now < self.swept.after(SWEEP_EVERY) {
            return;
        }
        self.swept = now;
        forget_full(&mut self.accounts, now);
        let bytes = self.accounts.values().map(|it| it.row_bytes(now));
        self.bytes = bytes.fold(0, u64::saturating_add);
    }
}

fn account(name: &str) -> SubjectId {
    let hash = Sha256::digest(name);
    SubjectId(hash.first_chunk().copied().unwrap_or_default())
}
