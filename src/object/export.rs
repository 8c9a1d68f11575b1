//! What an account's object keeps, for whoever asks what is kept of an account or wants it erased.

use super::Account;
use super::look::{admitted, refused, would_deny};
use super::page::FORMAT;
use crate::account::{Override, RefundId, Reply, list, object, quoted};
use crate::alert::{Alerts, Letter};
use crate::limit::{Counted, Log, Rate};
use crate::subject::{Kept, Leases, Mark, Tally, Unnamed};
use crate::time::UnixMillis;

impl Account {
    /// All that is kept of the account, in its row and in memory. Instants are milliseconds since the Unix epoch.
    pub(super) fn export(&mut self) -> Reply {
        let suspension = self.state.suspension.as_ref().map(|it| {
            let reason = quoted(Some(&it.reason));
            object(&[("until", text(it.until.0)), ("reason", reason)])
        });
        let now = self.clock.now();
        let usage = self.usage.kept(now).as_json();
        let limits = self.subject.kept_with_use(now);
        Reply::ok(object(&[
            ("format", text(FORMAT)),
            ("clock", text(self.clock.now().0)),
            ("policy_version", text(self.version)),
            ("incarnation", text(self.subject.incarnation())),
            ("plan", object(&self.state.plan.fields())),
            ("suspension", suspension.unwrap_or_else(|| quoted(None))),
            ("revoked_keys", self.state.revoked_hashes()),
            ("overrides", list(self.state.overrides.iter().map(given))),
            (
                "would_deny",
                list(self.state.would_deny.iter().map(would_deny)),
            ),
            ("refunds", list(self.state.refunded.iter().map(refund))),
            ("usage", usage),
            ("events", events(&self.alerts)),
            ("refusals", list(self.lately.refusals().map(refused))),
            ("admissions", list(self.lately.admissions().map(admitted))),
            (
                "limits",
                list(limits.map(|(kept, used)| limit(&kept, used))),
            ),
        ]))
    }

    /// What was erased, what stays, and when the last of it is deleted at the earliest: in Unix seconds, null if there
    /// is nothing left or time alone does not end it.
    pub(super) fn erasure(&self, erased: &[&str], until: Option<UnixMillis>) -> Reply {
        let stays = [
            ("limits", !self.subject.is_full(self.clock.now())),
            ("suspension", self.state.suspension.is_some()),
            ("revoked_keys", !self.state.revoked.is_empty()),
        ];
        let stays = stays.iter().filter(|(_, stays)| *stays);
        let words = |it: &str| quoted(Some(it));
        let until = until.map(|until| text(until.ceil_seconds()));
        Reply::ok(object(&[
            ("erased", list(erased.iter().map(|it| words(it)))),
            ("stays", list(stays.map(|(it, _)| words(it)))),
            ("until", until.unwrap_or_else(|| quoted(None))),
        ]))
    }
}

fn given(it: &Override) -> String {
    object(&[
        ("limit", quoted(Some(it.limit.as_str()))),
        ("units", text(it.units)),
        ("until", text(it.until.0)),
    ])
}

fn refund((id, units): &(RefundId, u64)) -> String {
    let id = quoted(Some(&id.to_string()));
    object(&[("id", id), ("units", text(*units))])
}

/// What is on its way to the receiver, as it is told, and of which thresholds it was told.
fn events(alerts: &Alerts) -> String {
    let letter = |it: &Letter| {
        object(&[
            ("id", quoted(Some(&it.event.id.to_string()))),
            ("at", text(it.event.at.0)),
            ("tries", text(it.tries)),
            ("next", text(it.next.0)),
            ("body", it.event.body(alerts.named())),
        ])
    };
    let told = alerts.told().map(|(limit, percent, until)| {
        object(&[
            ("limit", quoted(Some(limit.as_str()))),
            ("percent", text(percent)),
            ("until", text(until.0)),
        ])
    });
    let outbox = alerts.outbox();
    let named = alerts.named();
    object(&[
        ("api", quoted(named.api.as_deref())),
        ("account", quoted(named.account.as_deref())),
        ("told", list(told)),
        ("waiting", list(outbox.letters().map(letter))),
        ("given_up", list(outbox.given_up().map(letter))),
        ("lost", text(outbox.lost())),
    ])
}

/// A limit as a row keeps it, with what is in use of it now.
fn limit(kept: &Kept, in_use: u64) -> String {
    let partition = kept.partition.map(|partition| hex(partition.0));
    // An algorithm is written in each ask; it does not fail.
    let algorithm = serde_json::to_string(&kept.mark.algorithm()).unwrap_or_default();
    let (word, used) = used(&kept.mark);
    object(&[
        ("name", quoted(Some(kept.name.as_str()))),
        ("partition", partition.unwrap_or_else(|| quoted(None))),
        ("shadow", kept.shadow.to_string()),
        ("version", text(kept.version)),
        ("record", text(kept.record)),
        ("algorithm", algorithm),
        ("in_use", text(in_use)),
        (word, used),
    ])
}

/// What a row keeps of how far a rule is used, and its name.
fn used(mark: &Mark) -> (&'static str, String) {
    match mark {
        Mark::TokenBucket(rule, level) => {
            let full = rule.full_in(level, UnixMillis(0));
            ("full_at", text(full.0))
        }
        Mark::SlidingLog(_, log) | Mark::SlidingWindow(_, log) => ("passed", passed(log)),
        Mark::FixedWindow(_, window)
        | Mark::AnchoredWindow(_, window)
        | Mark::Lifetime(_, window) => ("window", counted(*window)),
        Mark::Concurrency(_, held) => ("leases", leases(held)),
        Mark::Cap(_, sum) => ("tally", tally(sum)),
    }
}

fn passed(log: &Log) -> String {
    let run = |(from, units): (UnixMillis, u64)| pair(("at", from.0), ("units", units));
    list(log.iter().map(run))
}

fn counted(window: Counted) -> String {
    pair(("start", window.start.0), ("units", window.units))
}

fn leases(held: &Leases) -> String {
    let named = held
        .named
        .iter()
        .map(|(id, until)| object(&[("id", hex(id.0)), ("until", text(until.0))]));
    let unnamed = held.lost.iter().chain([&held.unnamed]);
    let unnamed = unnamed.filter(|it| it.count > 0);
    let unnamed = unnamed.map(|it: &Unnamed| pair(("count", it.count), ("until", it.until.0)));
    list(named.chain(unnamed))
}

fn tally(sum: &Tally) -> String {
    let open = sum.open.iter().map(|it| {
        object(&[
            ("request", hex(it.request.0)),
            ("amount", text(it.amount)),
            ("at", text(it.at.0)),
        ])
    });
    object(&[("settled", text(sum.settled)), ("open", list(open))])
}

fn pair((one, first): (&str, u64), (other, second): (&str, u64)) -> String {
    object(&[(one, text(first)), (other, text(second))])
}

fn text(number: impl Into<u64>) -> String {
    number.into().to_string()
}

fn hex(bytes: [u8; 16]) -> String {
    format!("\"{:032x}\"", u128::from_be_bytes(bytes))
}
