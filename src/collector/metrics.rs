//! What all collectors have heard together, as Prometheus reads it.
//!
//! Source: Prometheus, "Exposition formats", text-based format 0.0.4.

use super::tally::Part;
use super::{Summary, Tally};
use crate::account::{Content, Reply};

/// A counter: its name, its label, and what it is.
type Counter = [&'static str; 3];

const REQUESTS: Counter = ["requests", "outcome", "Requests by what became of them."];
const DENIED: Counter = [
    "denied",
    "reason",
    "Requests that the gate answered by itself, by the reason.",
];
const DEGRADED: Counter = [
    "degraded",
    "part",
    "Requests that were marked as degraded, by what stood in for whom.",
];
const IN_ISOLATE: Counter = [
    "in_isolate",
    "how",
    "Requests that no object was asked about, by why.",
];

/// The sum over all collectors of what they have stored, so that no counter ever goes back.
#[must_use]
pub fn metrics(summaries: &[Summary]) -> Reply {
    let mut sum = Tally::default();
    for it in summaries {
        sum.add(&it.written);
    }
    let mut outcomes = sum.of(Part::Admitted);
    outcomes.push(("denied", sum.sum(Part::Denied)));
    let mut text = String::new();
    for (counter, counts) in [
        (REQUESTS, outcomes),
        (DENIED, sum.of(Part::Denied)),
        (DEGRADED, sum.of(Part::Degraded)),
        (IN_ISOLATE, sum.of(Part::Here)),
    ] {
        write(&mut text, counter, &counts);
    }
    Reply {
        content: Content::Metrics,
        ..Reply::ok(text)
    }
}

fn write(text: &mut String, [name, label, help]: Counter, counts: &[(&str, u64)]) {
    let head = ["# HELP headgate_", name, "_total ", help];
    let kind = ["\n# TYPE headgate_", name, "_total counter\n"];
    text.extend(head);
    text.extend(kind);
    for (value, count) in counts {
        let sample = ["headgate_", name, "_total{", label, "=\"", value, "\"} "];
        text.extend(sample);
        text.push_str(&count.to_string());
        text.push('\n');
    }
}
