//! What an isolate has decided and not told yet.

use super::{AccountUse, DEGRADED, Part, Tally, Top};
use crate::bounds::MAX_ACCOUNTS_GATHERED;
use crate::limit::Name;
use crate::policy::Reason;
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a request was decided on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum How {
    /// Without any limit.
    #[default]
    Unlimited,
    /// By its object.
    Asked,
    /// The isolate repeated a denial.
    Repeated,
    /// The isolate spent what it had been lent.
    Lent,
    /// Its object was not asked, since it had too much to do.
    Shed,
}

/// One request that was answered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen<'a> {
    /// Why it was refused, if it was.
    pub denied: Option<Reason>,
    /// One of [`DEGRADED`], if it was.
    pub degraded: Option<&'a str>,
    /// How it was decided on.
    pub how: How,
    /// Whether that was for the sake of its owner alone, so that no other need notice: its object has too much to do, its
    /// row no room, its record no meaning. Else one client could have it told whenever it likes.
    pub is_owners: bool,
}

/// What an isolate tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What was decided since the last.
    pub tally: Tally,
    /// Who asked most, the busiest first, [`MAX_ACCOUNTS_GATHERED`] at most.
    pub accounts: Vec<AccountUse>,
    /// For how many requests something did not do its part that others may notice, too: by what was said of them, one of
    /// [`DEGRADED`] or `unavailable`.
    pub degraded: BTreeMap<Box<str>, u64>,
}

/// What is gathered for the next report.
#[derive(Clone, Debug)]
pub struct Gathered {
    tally: Tally,
    accounts: Top,
    degraded: BTreeMap<Box<str>, u64>,
    /// What a report would be put beside: see [`MUCH`] and [`ENOUGH`].
    weight: u64,
    told: UnixMillis,
}

/// A decision that took a call weighs so much more than one that took none.
const CALL: u64 = 25;
/// What is much enough for a report after [`SOON`]: two hundred calls, or five thousand decisions without one.
const MUCH: u64 = 200 * CALL;
/// What is enough after [`LATE`]: so reports are a twentieth of the calls at most.
const ENOUGH: u64 = 20 * CALL;
/// The shortest time between two reports. Objects are in memory for ten seconds after a call: so those of a busy isolate
/// find their collector there, and it need not write each down.
const SOON: Millis = Millis(8_000);
const LATE: Millis = Millis(60_000);

impl Default for Gathered {
    fn default() -> Self {
        Self {
            tally: Tally::default(),
            accounts: Top::new(MAX_ACCOUNTS_GATHERED),
            degraded: BTreeMap::new(),
            weight: 0,
            told: UnixMillis(0),
        }
    }
}

impl Gathered {
    /// Counts a request.
    pub fn note(&mut self, seen: &Seen<'_>) {
        match seen.denied {
            Some(reason) => self.tally.count(Part::Denied, reason as usize),
            None => self.tally.count(Part::Admitted, 0),
        }
        let part = DEGRADED.iter().position(|it| Some(*it) == seen.degraded);
        if let Some(part) = part {
            self.tally.count(Part::Degraded, part);
        }
        let here = match seen.how {
            How::Repeated => Some(0),
            How::Lent => Some(1),
            How::Shed => Some(2),
            How::Unlimited | How::Asked => None,
        };
        if let Some(here) = here {
            self.tally.count(Part::Here, here);
        }
        let weight = if seen.how == How::Asked { CALL } else { 1 };
        self.weight = self.weight.saturating_add(weight);
        let unavailable = seen.denied.filter(|it| *it == Reason::Unavailable);
        let word = seen.degraded.or(unavailable.map(Reason::name));
        if let Some(word) = word.filter(|_| !seen.is_owners) {
            self.count_degraded(word, 1);
        }
    }

    fn count_degraded(&mut self, word: &str, requests: u64) {
        let count = self.degraded.entry(word.into()).or_default();
        *count = count.saturating_add(requests);
        // However little is asked: it may be more than the overview that waits for it.
        self.weight = self.weight.max(ENOUGH);
    }

    /// Counts a decision on a request of an account, and which limit it is nearest to.
    pub fn note_account(&mut self, account: &str, is_denied: bool, nearest: Option<(&Name, u64)>) {
        let Some(place) = self.accounts.place(account, |it| it.requests) else {
            return;
        };
        place.requests = place.requests.saturating_add(1);
        place.denied = place.denied.saturating_add(u64::from(is_denied));
        let Some((limit, percent)) = nearest else {
            return;
        };
        match &mut place.nearest {
            Some((known, before)) if known == limit => *before = percent,
            nearest => *nearest = Some((limit.clone(), percent)),
        }
    }

    /// Whether there may be enough for a report, so that it is worth to look at the time.
    #[must_use]
    pub fn may_be_due(&self) -> bool {
        self.weight >= ENOUGH
    }

    /// What is to be told now, if it is enough and the last report was long enough ago. `now` is the isolate's clock.
    pub fn due(&mut self, now: UnixMillis) -> Option<Report> {
        let is_soon = self.weight >= MUCH || !self.degraded.is_empty();
        let wait = if is_soon { SOON } else { LATE };
        if !self.may_be_due() || now < self.told.after(wait) {
            return None;
        }
        let gathered = std::mem::take(self);
        self.told = now;
        Some(Report {
            tally: gathered.tally,
            accounts: gathered.accounts.into_busiest_first(),
            degraded: gathered.degraded,
        })
    }

    /// Takes back a report that nobody has heard, to tell it with the next.
    pub fn put_back(&mut self, report: &Report) {
        self.tally.add(&report.tally);
        self.weight = self.weight.max(ENOUGH);
        for (word, requests) in &report.degraded {
            self.count_degraded(word, *requests);
        }
        for it in &report.accounts {
            if let Some(place) = self.accounts.place(&it.account, |it| it.requests) {
                let mut sum = it.clone();
                sum.add(place);
                *place = sum;
            }
        }
    }
}
