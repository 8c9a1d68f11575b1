//! What a collector tells without being asked: that something does not do its part.

use super::{Collector, Report};
use crate::account::Named;
use crate::alert::{EventId, Taken, What};
use crate::time::UnixMillis;

/// Whether what is to be told is in the row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum InRow {
    /// It is.
    #[default]
    Yes,
    /// The row is to be written at once.
    Due,
    /// That was tried, and is again with the next.
    Tried,
}

impl Collector {
    /// Has the spells told that begin with a report, or have lasted for long.
    pub(super) fn watch(&mut self, report: &Report, named: &Named, now: UnixMillis) {
        for (part, requests) in &report.degraded {
            if self.kept.spells.hear(part, now) {
                let what = What::Degraded {
                    part: part.to_string(),
                    requests: *requests,
                };
                self.kept.alerts.tell(named, what, now.0, now);
                self.in_row = InRow::Due;
            }
        }
    }

    /// What is to be sent by now: its id and its body. Nothing that is not in the row: after a crash it would be told anew.
    #[must_use]
    pub fn letter(&self, now: UnixMillis) -> Option<(EventId, String)> {
        let is_written = self.in_row == InRow::Yes;
        is_written.then(|| self.kept.alerts.due(now)).flatten()
    }

    /// Takes note of how sending an event ended; the row is due.
    pub fn sent(&mut self, id: EventId, taken: Taken, now: UnixMillis) {
        self.kept.alerts.sent(id, taken, now);
        (self.is_behind, self.in_row) = (true, InRow::Due);
    }

    /// What waits to be told and what was given up, oldest first, as JSON.
    #[must_use]
    pub fn events(&self, now: UnixMillis) -> String {
        self.kept.alerts.outbox().as_json(now)
    }

    /// Sends all of that again; the row is due.
    pub fn send_again(&mut self, now: UnixMillis) {
        if self.kept.alerts.send_again(now) > 0 {
            (self.is_behind, self.in_row) = (true, InRow::Due);
        }
    }

    /// When the alarm is to come after one that came now; `None` if nothing waits.
    #[must_use]
    pub fn next_alarm(&self, now: UnixMillis) -> Option<UnixMillis> {
        self.kept.alerts.outbox().next_alarm(now)
    }
}
