//! What two policies come to for the same requests, one of which may take longer to be known.

use super::tally::{Asked, Judged};
use super::verdict::Verdict;
use std::collections::BTreeMap;

/// A request of which something may not be decided yet.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) line: u64,
    pub(crate) asked: Asked,
    pub(crate) new: Option<Verdict>,
    pub(crate) current: Option<Verdict>,
    /// Whether there is a current policy.
    pub(crate) has_current: bool,
}

/// The requests that wait for a slot under one policy or both, by line.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    open: BTreeMap<u64, Open>,
}

impl Pairs {
    /// A request after it was asked for: itself, if all is decided.
    pub(crate) fn add(&mut self, mut open: Open) -> Option<Judged> {
        let is_decided = open.current.is_some() || !open.has_current;
        let Some(new) = open.new.take_if(|_| is_decided) else {
            self.open.insert(open.line, open);
            return None;
        };
        Some(Judged {
            line: open.line,
            asked: open.asked,
            new,
            current: open.current,
        })
    }

    /// What the new policy has decided after a while.
    pub(crate) fn new_said(&mut self, line: u64, verdict: Verdict) -> Option<Judged> {
        let mut open = self.open.remove(&line)?;
        open.new = Some(verdict);
        self.add(open)
    }

    /// What the current policy has decided after a while.
    pub(crate) fn current_said(&mut self, line: u64, verdict: Verdict) -> Option<Judged> {
        let mut open = self.open.remove(&line)?;
        open.current = Some(verdict);
        self.add(open)
    }
}
