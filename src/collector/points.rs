//! A report as points of Workers Analytics Engine.
//!
//! Each point is billed, so there is none per request: a report is a few, each with a sum, and a query adds them up. Source:
//! Cloudflare's documentation of `writeDataPoint`: one index of at most 96 bytes, up to 20 blobs and 20 doubles.

use super::Report;
use super::tally::Part;
use crate::account::{list, object, quoted};

/// Accounts of a report that have a point of their own: the busiest are its first.
const MOST_ACCOUNTS: usize = 16;
/// Longest index, in bytes.
const MOST_INDEX: usize = 96;

/// A list of points as JSON: what was counted (index and first blob), which (second blob), how often (first double); of an
/// account also how many were refused, and how much in percent is used of the limit that it is nearest to.
#[must_use]
pub fn points(report: &Report) -> String {
    let mut points = Vec::new();
    for (what, part) in [
        ("requests", Part::Admitted),
        ("denied", Part::Denied),
        ("degraded", Part::Degraded),
    ] {
        for (which, count) in report.tally.of(part) {
            if count > 0 {
                points.push(point(what, [what, which], &[count]));
            }
        }
    }
    for it in report.accounts.iter().take(MOST_ACCOUNTS) {
        let index = it.account.get(..MOST_INDEX).unwrap_or(&it.account);
        let numbers = [it.requests, it.denied, it.share()];
        points.push(point(index, ["account", &it.account], &numbers));
    }
    list(points.into_iter())
}

fn point(index: &str, blobs: [&str; 2], doubles: &[u64]) -> String {
    let [what, which] = blobs.map(|it| quoted(Some(it)));
    object(&[
        ("indexes", list([quoted(Some(index))].into_iter())),
        ("blobs", list([what, which].into_iter())),
        ("doubles", list(doubles.iter().map(u64::to_string))),
    ])
}
