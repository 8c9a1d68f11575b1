//! Sums over the requests of a log: what became of them under the new policy, and under the current one if there is one.

use super::intervals::Intervals;
use super::verdict::{Denied, Verdict};
use headgate::limit::Name;
use headgate::time::UnixMillis;
use std::collections::{BTreeMap, HashMap};

/// Most clients that are counted apart; further ones are counted together.
const MAX_COUNTED: usize = 1_000_000;

/// What the report tells of a request.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) at: UnixMillis,
    pub(crate) who: String,
    pub(crate) method: String,
    /// Its path, or its route's pattern where a key is part of it.
    pub(crate) path: String,
}

/// A request of which all is decided.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) line: u64,
    pub(crate) asked: Asked,
    pub(crate) new: Verdict,
    pub(crate) current: Option<Verdict>,
}

/// Denials under each policy, and when there were some under the new one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Denials {
    pub(crate) new: u64,
    pub(crate) current: u64,
    /// Denied by the new policy and not by the current one.
    pub(crate) new_alone: u64,
    /// Denied by the current policy and not by the new one.
    pub(crate) current_alone: u64,
    /// The earliest and the latest under the new policy.
    pub(crate) span: Option<(UnixMillis, UnixMillis)>,
}

/// What is counted of one client.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Client {
    pub(crate) requests: u64,
    pub(crate) denials: Denials,
}

/// What a denial is by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct By {
    pub(crate) reason: &'static str,
    pub(crate) limit: Option<Name>,
}

/// All sums.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) requests: u64,
    /// Those that the new policy charges nobody for.
    pub(crate) uncharged: u64,
    pub(crate) denials: Denials,
    pub(crate) by: BTreeMap<By, Denials>,
    pub(crate) span: Option<(UnixMillis, UnixMillis)>,
    pub(crate) intervals: Intervals,
    clients: HashMap<String, Client>,
    /// Those for whom there was no room among the clients.
    others: Client,
}

impl Tally {
    /// Counts a request.
    pub(crate) fn add(&mut self, judged: &Judged) {
        let (at, new) = (judged.asked.at, judged.new.denied());
        let current = judged.current.as_ref().and_then(Verdict::denied);
        let alone = judged.current.is_some();
        more(&mut self.requests);
        if judged.new == Verdict::Uncharged {
            more(&mut self.uncharged);
        }
        self.span = Some(widened(self.span, at));
        self.intervals.add(at, new.is_some(), current.is_some());
        let mut sums = Denials::default();
        sums.add(at, new.is_some(), current.is_some(), alone);
        self.denials.join(sums);
        let has_room = self.clients.len() < MAX_COUNTED;
        let client = match self.clients.get_mut(&judged.asked.who) {
            Some(client) => client,
            None if has_room => self.clients.entry(judged.asked.who.clone()).or_default(),
            None => &mut self.others,
        };
        more(&mut client.requests);
        client.denials.join(sums);
        if new.is_some() || current.is_some() {
            self.add_by(at, new, current, alone);
        }
    }

    fn add_by(
        &mut self,
        at: UnixMillis,
        new: Option<&Denied>,
        current: Option<&Denied>,
        alone: bool,
    ) {
        let (new, current) = (by(new), by(current));
        for by in &new {
            let is_both = current.contains(by);
            let sums = self.by.entry(by.clone()).or_default();
            sums.add(at, true, is_both, alone);
        }
        for by in current.into_iter().filter(|by| !new.contains(by)) {
            self.by.entry(by).or_default().add(at, false, true, alone);
        }
    }

    /// Clients of whom something was denied, most denials first, and how many there are of all.
    pub(crate) fn clients(&self) -> (Vec<(&str, Client)>, usize) {
        let all = self
            .clients
            .iter()
            .map(|(who, client)| (who.as_str(), *client));
        let others = Some(("others", self.others)).filter(|(_, it)| it.requests > 0);
        let is_denied = |it: &(&str, Client)| it.1.denials.new > 0 || it.1.denials.current > 0;
        let mut denied: Vec<_> = all.chain(others).filter(is_denied).collect();
        let rank = |it: &(&str, Client)| (it.1.denials.new, it.1.denials.current);
        denied.sort_by(|one, other| rank(other).cmp(&rank(one)).then(one.0.cmp(other.0)));
        (denied, self.clients.len())
    }
}

impl Denials {
    fn add(&mut self, at: UnixMillis, new: bool, current: bool, alone: bool) {
        for (sum, counts) in [
            (&mut self.new, new),
            (&mut self.current, current),
            (&mut self.new_alone, alone && new && !current),
            (&mut self.current_alone, alone && current && !new),
        ] {
            *sum = sum.saturating_add(u64::from(counts));
        }
        if new {
            self.span = Some(widened(self.span, at));
        }
    }

    fn join(&mut self, other: Self) {
        self.new = self.new.saturating_add(other.new);
        self.current = self.current.saturating_add(other.current);
        self.new_alone = self.new_alone.saturating_add(other.new_alone);
        self.current_alone = self.current_alone.saturating_add(other.current_alone);
        if let Some((first, last)) = other.span {
            self.span = Some(widened(Some(widened(self.span, first)), last));
        }
    }
}

/// What a denial is by: each limit that refuses, or the reason alone.
pub(crate) fn by(denied: Option<&Denied>) -> Vec<By> {
    let Some(Denied { reason, limits, .. }) = denied else {
        return Vec::new();
    };
    if limits.is_empty() {
        let (reason, limit) = (reason.name(), None);
        return vec![By { reason, limit }];
    }
    let limits = limits.iter().map(|(limit, reason)| By {
        reason: reason.name(),
        limit: Some(limit.clone()),
    });
    limits.collect()
}

fn more(sum: &mut u64) {
    *sum = sum.saturating_add(1);
}

fn widened(span: Option<(UnixMillis, UnixMillis)>, at: UnixMillis) -> (UnixMillis, UnixMillis) {
    span.map_or((at, at), |(first, last)| (first.min(at), last.max(at)))
}
