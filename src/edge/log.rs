//! One structured line per fault and interval, with how many there were.

use super::clock;
use super::failure::Fault;
use crate::time::{Millis, UnixMillis};
use serde::Serialize;
use std::cell::RefCell;

/// How often, at most, an isolate logs faults of one part.
const EVERY: Millis = Millis(10_000);

struct Told {
    part: &'static str,
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
    problem: &'a str,
    count: u64,
}

/// Counts a fault, and logs it unless one of the same part was logged lately.
pub(crate) fn fault(fault: &Fault) {
    let now = clock::now();
    let count = TOLD.with_borrow_mut(|told| count(told, fault.part, now));
    if let Some(count) = count {
        let line = Line {
            level: "error",
            part: fault.part,
            problem: &fault.problem,
            count,
        };
        worker::console_error!("{}", serde_json::to_string(&line).unwrap_or_default());
    }
}

/// How many faults of a part there were since the last that was logged, if it is time to log.
fn count(told: &mut Vec<Told>, part: &'static str, now: UnixMillis) -> Option<u64> {
    let Some(told) = told.iter_mut().find(|told| told.part == part) else {
        told.push(Told {
            part,
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
