//! Requests in the order in which they came, where a log has them in the order in which they ended.

use super::judge::Prepared;
use headgate::time::{Millis, UnixMillis};
use std::collections::BTreeMap;

/// How long a request waits for those that came before it and end after it. Of a longer exchange its line comes too late.
const WINDOW: Millis = Millis(60_000);

/// Most requests that wait.
const MOST: usize = 1_000_000;

/// A request that is understood under each policy.
pub(crate) struct Understood {
    pub(crate) line: u64,
    pub(crate) at: UnixMillis,
    pub(crate) method: String,
    pub(crate) new: Prepared,
    pub(crate) current: Option<Prepared>,
}

/// Those that wait, by when they came.
#[derive(Default)]
pub(crate) struct Order {
    waiting: BTreeMap<(UnixMillis, u64), Understood>,
    /// The latest end of an exchange.
    latest: UnixMillis,
}

impl Order {
    /// Takes a request that ended then.
    pub(crate) fn add(&mut self, understood: Understood, ended: UnixMillis) {
        self.latest = self.latest.max(ended);
        let place = (understood.at, understood.line);
        self.waiting.insert(place, understood);
    }

    /// The next that nothing can come before any more.
    pub(crate) fn next(&mut self) -> Option<Understood> {
        let first = self.waiting.first_entry()?;
        let is_due = first.key().0.after(WINDOW) <= self.latest;
        (is_due || self.waiting.len() > MOST).then(|| self.rest())?
    }

    /// The next of all.
    pub(crate) fn rest(&mut self) -> Option<Understood> {
        self.waiting.pop_first().map(|(_, understood)| understood)
    }
}
