//! One collector.

use super::letters::InRow;
use super::spells::Spells;
use super::{AccountUse, Part, Report, Summary, Tally, Top};
use crate::account::Named;
use crate::alert::Alerts;
use crate::bounds::{KEPT_MINUTES, MAX_TOP_ACCOUNTS};
use crate::object::{MessageError, decode, encode};
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};

/// The machine of a collector. What it has heard since its last row is lost with its memory: a minute's worth at
/// most, and nothing where it has fallen quiet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collector {
    pub(super) kept: Kept,
    /// The totals that the row holds: what is told of them never goes back.
    written: Tally,
    /// When the row was last written or not to be written.
    tried: UnixMillis,
    /// When it last heard anything.
    heard: UnixMillis,
    pub(super) is_behind: bool,
    /// Whether the row holds what is to be told.
    pub(super) in_row: InRow,
}

/// A row that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueRow {
    /// What it is to hold.
    pub bytes: Vec<u8>,
    /// When the alarm is to come, if that is to be set anew.
    pub alarm: Option<UnixMillis>,
}

/// What the row holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    totals: Tally,
    /// Minutes in which anything was heard, oldest first.
    minutes: Vec<MinuteUse>,
    /// The hour that runs and the one before, the latest last.
    hours: Vec<Hour>,
    pub(super) spells: Spells,
    /// What is to be told.
    pub(super) alerts: Alerts,
}

/// What was heard in one minute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinuteUse {
    /// Its number since the Unix epoch.
    pub at: u64,
    /// Requests that were admitted.
    pub admitted: u64,
    /// Requests that were refused.
    pub denied: u64,
    /// Requests that were marked as degraded.
    pub degraded: u64,
}

/// Who asked in an hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Hour {
    at: u64,
    by_requests: Top,
    by_denials: Top,
    near: Vec<AccountUse>,
}

const MINUTE: u64 = 60_000;

/// From what share of a limit on, in percent, an account is near to it.
const NEAR: u64 = 80;

/// How often the row is written while reports keep coming and nothing is to be told.
const WRITE_EVERY: Millis = Millis(MINUTE);

/// How long after the last report it is written anyway: objects lose their memory after ten seconds without a call.
const QUIET: Millis = Millis(9_000);

impl Collector {
    /// Goes on from its row, if there is one.
    ///
    /// # Errors
    ///
    /// A row that does not read.
    pub fn load(row: Option<&[u8]>) -> Result<Self, MessageError> {
        let kept: Kept = row.map_or(Ok(Kept::default()), decode)?;
        Ok(Self {
            written: kept.totals.clone(),
            kept,
            ..Self::default()
        })
    }

    /// Adds what an isolate tells. Under `named` the receiver of events is told of what did not do its part.
    pub fn hear(&mut self, report: &Report, named: Option<&Named>, now: UnixMillis) {
        (self.is_behind, self.heard) = (true, now);
        self.kept.totals.add(&report.tally);
        if let Some(minute) = self.kept.minute(now) {
            minute.add(&MinuteUse::of(&report.tally));
        }
        if let Some(hour) = self.kept.hour(now) {
            report.accounts.iter().for_each(|it| hour.add(it));
        }
        if let Some(named) = named {
            self.watch(report, named, now);
        }
    }

    /// When the row is to be written; `None` if it holds all.
    #[must_use]
    pub fn next_wake(&self) -> Option<UnixMillis> {
        let wake = self.tried.after(WRITE_EVERY);
        let quiet = self.heard.after(QUIET);
        let has_tried = self.tried >= self.heard;
        let wake = if has_tried { wake } else { wake.min(quiet) };
        let wake = match self.in_row {
            InRow::Yes => wake,
            InRow::Due => wake.min(self.heard),
            // What is to be told is not lost with memory, if it can be helped.
            InRow::Tried => wake.min(self.tried.after(QUIET)),
        };
        self.is_behind.then_some(wake)
    }

    /// The row, if it is to be written now. Whether that went well is then to be said.
    pub fn due_row(&mut self, now: UnixMillis) -> Option<DueRow> {
        self.next_wake().filter(|wake| *wake <= now)?;
        self.tried = now;
        let mut alarm = None;
        if self.in_row != InRow::Yes {
            self.in_row = InRow::Tried;
            alarm = self.kept.alerts.outbox().alarm();
        }
        let bytes = encode(&self.kept);
        Some(DueRow { bytes, alarm })
    }

    /// The row that was due is written.
    pub fn wrote(&mut self) {
        self.written.clone_from(&self.kept.totals);
        (self.is_behind, self.in_row) = (false, InRow::Yes);
    }

    /// What it tells.
    #[must_use]
    pub fn summary(&self, now: UnixMillis) -> Summary {
        let minute = now.0 / MINUTE;
        let recent = |it: &&MinuteUse| it.at.saturating_add(KEPT_MINUTES) > minute;
        let hours = self.kept.hours.iter();
        let recent_hours = hours.filter(|it| it.at.saturating_add(2) > minute / 60);
        let mut accounts: Vec<AccountUse> = Vec::new();
        for hour in recent_hours {
            hour.tell(&mut accounts);
        }
        Summary {
            totals: self.kept.totals.clone(),
            written: self.written.clone(),
            minutes: self.kept.minutes.iter().filter(recent).cloned().collect(),
            accounts,
        }
    }
}

impl Kept {
    fn minute(&mut self, now: UnixMillis) -> Option<&mut MinuteUse> {
        let at = now.0 / MINUTE;
        let is_over = |it: &MinuteUse| it.at.saturating_add(KEPT_MINUTES) <= at;
        let new = || MinuteUse {
            at,
            ..MinuteUse::default()
        };
        latest(&mut self.minutes, |it| it.at >= at, is_over, new)
    }

    fn hour(&mut self, now: UnixMillis) -> Option<&mut Hour> {
        let at = now.0 / MINUTE / 60;
        let new = || Hour {
            at,
            by_requests: Top::new(MAX_TOP_ACCOUNTS),
            by_denials: Top::new(MAX_TOP_ACCOUNTS),
            near: Vec::new(),
        };
        let is_over = |it: &Hour| it.at.saturating_add(2) <= at;
        latest(&mut self.hours, |it| it.at >= at, is_over, new)
    }
}

impl MinuteUse {
    /// What a report comes to.
    fn of(tally: &Tally) -> Self {
        Self {
            at: 0,
            admitted: tally.sum(Part::Admitted),
            denied: tally.sum(Part::Denied),
            degraded: tally.sum(Part::Degraded),
        }
    }

    /// Adds what was heard of the same minute elsewhere.
    pub(super) fn add(&mut self, other: &Self) {
        self.admitted = self.admitted.saturating_add(other.admitted);
        self.denied = self.denied.saturating_add(other.denied);
        self.degraded = self.degraded.saturating_add(other.degraded);
    }
}

impl Hour {
    fn add(&mut self, it: &AccountUse) {
        if let Some(place) = self.by_requests.place(&it.account, |it| it.requests) {
            place.add(it);
        }
        if it.denied > 0
            && let Some(place) = self.by_denials.place(&it.account, |it| it.denied)
        {
            place.add(it);
        }
        self.add_near(it);
    }

    /// Who is nearest to a limit stays, as it was last told.
    fn add_near(&mut self, it: &AccountUse) {
        self.near.retain(|known| known.account != it.account);
        if it.share() < NEAR {
            return;
        }
        self.near.push(it.clone());
        if self.near.len() > MAX_TOP_ACCOUNTS {
            let near = self.near.iter().enumerate();
            if let Some((least, _)) = near.min_by_key(|(_, it)| it.share()) {
                self.near.swap_remove(least);
            }
        }
    }

    /// Adds its accounts to those of the hour before.
    fn tell(&self, accounts: &mut Vec<AccountUse>) {
        let before = std::mem::take(accounts);
        for it in self
            .by_requests
            .iter()
            .chain(self.by_denials.iter())
            .chain(&self.near)
        {
            // Whoever is in several lists has most in that which it is in for longest.
            match accounts
                .iter_mut()
                .find(|known| known.account == it.account)
            {
                Some(known) if known.requests >= it.requests => {}
                Some(known) => known.clone_from(it),
                None => accounts.push(it.clone()),
            }
        }
        for mut it in before {
            match accounts
                .iter_mut()
                .find(|known| known.account == it.account)
            {
                Some(known) => {
                    it.add(known);
                    *known = it;
                }
                None => accounts.push(it),
            }
        }
    }
}

/// The last of a list, a new one if that is of an earlier time; what is over goes.
fn latest<T>(
    list: &mut Vec<T>,
    is_now: impl Fn(&T) -> bool,
    is_over: impl Fn(&T) -> bool,
    new: impl FnOnce() -> T,
) -> Option<&mut T> {
    if !list.last().is_some_and(is_now) {
        list.retain(|it| !is_over(it));
        list.push(new());
    }
    list.last_mut()
}
