//! What the fuzzer runs: one function per target, from bytes to a panic if a property does not hold. Plain functions,
//! so that the tests replay what was found without a fuzzer.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "a panic is a finding"
)]

mod bytes;
mod durable;
mod headers;
mod key;
mod limits;
mod messages;
mod operations;
mod path;
mod policy;
mod rows;
mod steps;

use bytes::Bytes;

/// The name of a target and of its corpus, and what it runs.
type Target = (&'static str, fn(&[u8]));

pub const TARGETS: [Target; 8] = [
    ("policy", policy::check),
    ("key", key::check),
    ("path", path::check),
    ("headers", headers::check),
    ("rows", rows::check),
    ("messages", messages::check),
    ("operations", operations::check),
    ("steps", steps::check),
];

/// Runs one input of a target.
///
/// # Panics
///
/// A property does not hold.
pub fn run(target: &str, input: &[u8]) {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    found.expect("a target").1(input);
}
