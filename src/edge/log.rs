//! One structured line per fault and interval, with how many there were.

use super::clock;
use super::failure::Fault;
use crate::time::{Millis, UnixMillis};
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How often, at most, an isolate logs faults of one part.
const EVERY: Millis = Millis(10_000);

#[derive(Default)]
struct Told {
    at: UnixMillis,
    since: u64,
}

thread_local! {
    static TOLD: RefCell<BTreeMap<&'static str, Told>> = RefCell::default();
}

/// Counts a fault, and logs it unless one of the same part was logged lately.
pub(crate) fn fault(fault: &Fault) {
    let now = clock::now();
    let count = TOLD.with_borrow_mut(|told| {
        let told = told.entry(fault.part).or_default();
        told.since = told.since.saturating_add(1);
        if now.since(told.at) < EVERY {
            return None;
        }
        told.at = now;
        Some(std::mem::take(&mut told.since))
    });
    if let Some(count) = count {
        let line =
            json!({"level": "error", "part": fault.part, "problem": fault.problem, "count": count});
        worker::console_error!("{line}");
    }
}
