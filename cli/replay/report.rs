//! What there is to tell after a replay.

use super::format::Format;
use super::skipped::Skipped;
use super::tally::Tally;
use headgate::limit::Name;
use headgate::time::{Millis, UnixMillis};
use std::collections::BTreeMap;

/// Requests, by policy and limit.
pub(crate) type ByPolicy = BTreeMap<(&'static str, Name), u64>;

/// All that was found out.
#[derive(Debug)]
pub(crate) struct Report {
    /// File and version of the new policy, and of the current one if there is one.
    pub(crate) policy: (String, u64),
    pub(crate) current: Option<(String, u64)>,
    pub(crate) log: String,
    pub(crate) format: Format,
    /// Lines that the log has.
    pub(crate) lines: u64,
    pub(crate) skipped: Skipped,
    pub(crate) backward: Backward,
    /// Requests that were decided without a limit that would have applied.
    pub(crate) left_out: ByPolicy,
    /// Admitted requests that a shadow limit would have denied.
    pub(crate) would_deny: ByPolicy,
    pub(crate) tally: Tally,
    /// Most clients that the table lists.
    pub(crate) top: usize,
}

/// Times that lie before that of an earlier line.
#[derive(Debug, Default)]
pub(crate) struct Backward {
    pub(crate) lines: u64,
    pub(crate) most: Millis,
    /// The first such line.
    pub(crate) first: u64,
    latest: UnixMillis,
}

impl Backward {
    /// Notes the time of a line.
    pub(crate) fn note(&mut self, line: u64, at: UnixMillis) {
        let behind = self.latest.since(at);
        self.latest = self.latest.max(at);
        if behind.is_zero() {
            return;
        }
        if self.lines == 0 {
            self.first = line;
        }
        self.lines = self.lines.saturating_add(1);
        self.most = self.most.max(behind);
    }
}

impl Report {
    /// What the reader should know besides the sums, one line each.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        let skipped = self.skipped.count();
        if skipped > 0 {
            remarks.push(format!("lines not replayed: {skipped}"));
            let lines = self.skipped.lines();
            remarks.extend(lines.into_iter().map(|line| format!("  {line}")));
        }
        if self.backward.lines > 0 {
            let Backward {
                lines, most, first, ..
            } = &self.backward;
            remarks.push(format!(
                "lines earlier than one before them: {lines}, by at most {} ms (the first is line {first}): for whoever was asked \
                 for later ones, time stands still until it has caught up, as in an object",
                most.0
            ));
        }
        for ((policy, limit), requests) in &self.left_out {
            remarks.push(format!(
                "requests decided without {limit} under the {policy} policy: {requests}, because the log does not tell what it goes by \
                 (a lane by the duration, a cap by the plan and the outcome, a limit per header or body by its value)"
            ));
        }
        for ((policy, limit), requests) in &self.would_deny {
            remarks.push(format!(
                "requests that {limit}, a shadow limit of the {policy} policy, would have denied: {requests}; they pass, and count above as such"
            ));
        }
        remarks
    }
}
