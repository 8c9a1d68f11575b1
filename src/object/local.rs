//! What decides in an isolate in the place of objects that do not answer, where the policy wants that.
//!
//! It is approximate by nature: each isolate gives out a share of each limit by itself, knows nothing of what the object
//! or other isolates let pass, and forgets with its memory. Within an isolate each account, and each subject of all
//! shards, has that share to the unit. Without rows there are no marks: effects are dropped.

use super::clock::Clock;
use super::shard::{SWEEP_EVERY, forget_full};
use super::{Answer, Ask, Message, Owner, Shard, SubjectId, Terms};
use crate::bounds::MAX_LOCAL_ACCOUNTS;
use crate::limit::Share;
use crate::subject::{Decision, Subject};
use crate::time::UnixMillis;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The machine of an isolate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Local {
    clock: Clock,
    /// Accounts, by the names of their objects.
    accounts: BTreeMap<SubjectId, Subject>,
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

    /// What it answers to a message that the object `name` would get. `None` to an ask of an account when there are too
    /// many to remember another, and to what the object alone can answer.
    pub fn answer(&mut self, name: &str, message: &Message, now: UnixMillis) -> Option<Answer> {
        match message {
            Message::Ask(ask) if ask.subject.is_some() => {
                Some(Answer::Decided(self.subjects.handle(ask, now).0))
            }
            Message::Ask(ask) => self.decide(account(name), ask, now).map(Answer::Decided),
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
            Message::Settle(_) | Message::Operate(_) => None,
        }
    }

    fn decide(&mut self, id: SubjectId, ask: &Ask, now: UnixMillis) -> Option<Decision> {
        let now = self.clock.advance(now);
        if !self.accounts.contains_key(&id) {
            if !self.has_room(now) {
                return None;
            }
            self.accounts.insert(id, Subject::fresh());
        }
        let (decision, _) = self.accounts.get_mut(&id)?.decide(ask.demand(), now);
        let behind = self.clock.behind();
        Some(Decision { behind, ..decision })
    }

    /// Whether there is room for another account: those of whom nothing is used any more are let go when it is needed.
    fn has_room(&mut self, now: UnixMillis) -> bool {
        if self.accounts.len() >= MAX_LOCAL_ACCOUNTS && now >= self.swept.after(SWEEP_EVERY) {
            self.swept = now;
            forget_full(&mut self.accounts, now);
        }
        self.accounts.len() < MAX_LOCAL_ACCOUNTS
    }
}

fn account(name: &str) -> SubjectId {
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(Sha256::digest(name)) {
        *to = from;
    }
    SubjectId(id)
}
