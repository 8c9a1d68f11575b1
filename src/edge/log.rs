//! One structured line per fault and interval, with how many there were.

use super::clock;
use super::failure::Fault;
use crate::account::{object, quoted};
use crate::limit::Name;
use crate::policy::{OnUnavailable, Reason};
use crate::time::{Millis, UnixMillis};
use serde::Serialize;
use std::cell::RefCell;

/// How often, at most, an isolate logs faults of one part that led to the same.
const EVERY: Millis = Millis(10_000);

/// The part, and what was done without it, where that is chosen.
type What = (&'static str, Option<&'static str>);

struct Told {
    what: What,
    at: UnixMillis,
    since: u64,
}

thread_local! {
    static TOLD: RefCell<Vec<Told>> = RefCell::default();
}

#[derive(Serialize)]
struct Line<'a> {
    level: &'static str,
    part: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    problem: &'a str,
    count: u64,
}

/// Most decisions that an isolate logs within a second: a flood of denials is not to be a bill.
const MOST_DECISIONS: u32 = 20;

/// Decisions that were logged in the second that ends then, and how many were not since the last that was.
#[derive(Default)]
struct Pace {
    ends: UnixMillis,
    logged: u32,
    left_out: u64,
}

thread_local! {
    static PACE: RefCell<Pace> = RefCell::default();
}

/// Whose a request was, and which limit refused it, as far as that was found out. No key, no address, no account's id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Whose {
    /// The name of the owner's object: a hash of the account, or a shard.
    pub(crate) object: Option<String>,
    pub(crate) tier: Option<Name>,
    /// With how long to wait for it.
    pub(crate) limit: Option<(Name, Millis)>,
}

/// Logs that a request was denied, or that something stood in for something, unless there were too many lately.
pub(crate) fn decided(
    denied: Option<Reason>,
    degraded: Option<&str>,
    request_id: &str,
    whose: &Whose,
) {
    let now = clock::now();
    let left_out = PACE.with_borrow_mut(|pace| {
        if now >= pace.ends {
            (pace.ends, pace.logged) = (now.after(Millis(1_000)), 0);
        }
        if pace.logged >= MOST_DECISIONS {
            pace.left_out = pace.left_out.saturating_add(1);
            return None;
        }
        pace.logged = pace.logged.saturating_add(1);
        Some(std::mem::take(&mut pace.left_out))
    });
    let Some(left_out) = left_out else { return };
    let limit = whose.limit.as_ref();
    let wait = limit.map(|(_, wait)| wait.0.to_string());
    let line = object(&[
        ("level", quoted(Some("info"))),
        ("denied", quoted(denied.map(Reason::name))),
        ("degraded", quoted(degraded)),
        ("object", quoted(whose.object.as_deref())),
        ("tier", quoted(whose.tier.as_ref().map(Name::as_str))),
        ("limit", quoted(limit.map(|(name, _)| name.as_str()))),
        ("wait_ms", wait.unwrap_or_else(|| quoted(None))),
        ("request_id", quoted(Some(request_id))),
        ("left_out", left_out.to_string()),
    ]);
    worker::console_log!("{line}");
}

/// Counts a fault, and logs it unless one of the same part was logged lately.
pub(crate) fn fault(fault: &Fault) {
    tell(fault, None);
}

/// Counts a request that was dealt with so for want of a decision, and logs it unless another was lately.
pub(crate) fn undecided(fault: &Fault, mode: OnUnavailable) {
    tell(fault, Some(mode.name()));
}

fn tell(fault: &Fault, mode: Option<&'static str>) {
    let now = clock::now();
    let count = TOLD.with_borrow_mut(|told| count(told, (fault.part, mode), now));
    if let Some(count) = count {
        let line = Line {
            level: "error",
            part: fault.part,
            mode,
            problem: &fault.problem,
            count,
        };
        worker::console_error!("{}", serde_json::to_string(&line).unwrap_or_default());
    }
}

/// How many there were since the last that was logged, if it is time to log.
fn count(told: &mut Vec<Told>, what: What, now: UnixMillis) -> Option<u64> {
    let Some(told) = told.iter_mut().find(|told| told.what == what) else {
        told.push(Told {
            what,
            at: now,
            since: 0,
        });
        return Some(1);
    };
    told.since = told.since.saturating_add(1);
    if now.since(told.at) < EVERY {
        return None;
    }
    told.at = now;
    Some(std::mem::take(&mut told.since))
}
