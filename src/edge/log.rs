//! One structured line per fault and interval, with how many there were.

use super::clock;
use super::failure::Fault;
use crate::policy::OnUnavailable;
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
