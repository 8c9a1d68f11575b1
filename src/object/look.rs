//! How an account stands, for whoever answers its questions.

use super::lately::{Admitted, Refused};
use super::{Account, Ask};
use crate::account::{Refusal, Reply, list, object, quoted};
use crate::limit::{Limit, Name};
use crate::subject::{Decision, Held, Outcome, Standing};
use crate::time::{Millis, UnixMillis};

impl Account {
    /// How it stands now. Instants are milliseconds since the Unix epoch; spends nothing.
    pub(super) fn look(&self) -> Reply {
        let now = self.clock.now();
        let suspension = self.state.suspended(now).map(|it| {
            let reason = quoted(Some(&it.reason));
            object(&[("until", it.until.0.to_string()), ("reason", reason)])
        });
        Reply::ok(object(&[
            ("now", now.0.to_string()),
            ("policy_version", self.version.to_string()),
            ("plan", object(&self.state.plan.fields())),
            ("suspension", suspension.unwrap_or_else(|| quoted(None))),
            ("revoked_keys", self.state.revoked.len().to_string()),
            ("overrides", self.state.overrides_in_force(now)),
            (
                "limits",
                list(self.subject.standings(now).map(|it| limit(&it, now))),
            ),
            (
                "would_deny",
                list(self.state.would_deny.iter().map(would_deny)),
            ),
            (
                "leases",
                list(self.subject.held().map(|it| lease(&it, now))),
            ),
            ("refusals", list(self.lately.refusals().map(refused))),
            ("admissions", list(self.lately.admissions().map(admitted))),
        ]))
    }

    /// What a decision tells of the account.
    pub(super) fn statement(&self, ask: &Ask, decision: &Decision) -> Option<String> {
        if decision.outcome == Outcome::Refused(Refusal::Suspended) {
            let suspension = self.state.suspension.as_ref()?;
            return Some(object(&[("reason", quoted(Some(&suspension.reason)))]));
        }
        if !ask.terms.tells {
            return None;
        }
        let settled = |limit: &Limit| {
            let settled = self.subject.cap_state(&limit.name)?.settled;
            Some((format!("used:{}", limit.name), settled.to_string()))
        };
        let used: Vec<(String, String)> = ask.limits.iter().filter_map(settled).collect();
        let mut fields: Vec<(&str, String)> = self.state.plan.fields().into();
        for (name, settled) in &used {
            fields.push((name, settled.clone()));
        }
        Some(object(&fields))
    }
}

pub(super) fn would_deny((name, requests): &(Name, u64)) -> String {
    object(&[
        ("limit", quoted(Some(name.as_str()))),
        ("requests", requests.to_string()),
    ])
}

fn limit((standing, shadow): &(Standing, bool), now: UnixMillis) -> String {
    let algorithm = &standing.limit.algorithm;
    let partition = standing.limit.partition.map(|it| u128::from_be_bytes(it.0));
    let partition = partition.map(|it| format!("{it:032x}"));
    object(&[
        ("limit", quoted(Some(standing.limit.name.as_str()))),
        ("partition", quoted(partition.as_deref())),
        ("kind", quoted(Some(algorithm.kind().word()))),
        ("shadow", shadow.to_string()),
        ("units", algorithm.units().to_string()),
        ("window_ms", millis(algorithm.window(now))),
        ("remaining", standing.remaining.to_string()),
        ("next_ms", standing.next.0.to_string()),
        ("full_ms", standing.full.0.to_string()),
    ])
}

fn lease(held: &Held, now: UnixMillis) -> String {
    let id = format!("{:032x}", u128::from_be_bytes(held.lease.0));
    object(&[
        ("lane", quoted(Some(held.lane.as_str()))),
        ("lease", quoted(Some(&id))),
        ("age_ms", millis(held.since.map(|since| now.since(since)))),
        ("ends_in_ms", held.ends.since(now).0.to_string()),
    ])
}

pub(super) fn refused(it: &Refused) -> String {
    let limits = it.limits.iter().map(|(name, remaining, wait)| {
        object(&[
            ("limit", quoted(Some(name.as_str()))),
            ("remaining", remaining.to_string()),
            ("wait_ms", wait.0.to_string()),
        ])
    });
    object(&[
        ("at", it.at.0.to_string()),
        ("why", quoted(Some(why(it.outcome)))),
        ("limits", list(limits)),
    ])
}

pub(super) fn admitted(it: &Admitted) -> String {
    let least = it.least.as_ref();
    let remaining = least.map(|(_, remaining)| remaining.to_string());
    object(&[
        ("at", it.at.0.to_string()),
        ("cost", it.cost.to_string()),
        ("limit", quoted(least.map(|(name, _)| name.as_str()))),
        ("remaining", remaining.unwrap_or_else(|| quoted(None))),
    ])
}

fn millis(millis: Option<Millis>) -> String {
    millis.map_or_else(|| quoted(None), |millis| millis.0.to_string())
}

fn why(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Admitted => "admitted",
        Outcome::NotYet(_) => "not_yet",
        Outcome::Never => "never",
        Outcome::NoRoom => "no_room",
        Outcome::Refused(Refusal::Revoked) => "revoked",
        Outcome::Refused(Refusal::Suspended) => "suspended",
        Outcome::Refused(Refusal::PaymentRequired) => "payment_required",
    }
}
