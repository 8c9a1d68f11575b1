//! A world in which Headgate's own machines, policies and leases live with everything that a platform can do to them:
//! clients with the habits of real ones, isolates, objects, KV and an origin, on one clock, in one thread, drawn from
//! a seed. Every decision and every open exchange is held against naive books; then the faults stop, and all that was
//! lost must come back.
//!
//! The same seed is the same world, to the last message.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a simulator that panics has found something"
)]

pub mod beside;
pub mod books;
pub mod client;
mod draft;
pub mod event;
pub mod fault;
pub mod host;
pub mod isolate;
pub mod machine;
pub mod oracle;
pub mod random;
pub mod report;
pub mod scenario;
pub mod trace;
pub mod violation;
pub mod world;

pub use random::Random;
pub use violation::Violation;

use report::Report;
use trace::Trace;
use world::World;

/// When a world begins, in ms since the Unix epoch.
pub const START: u64 = 1_790_000_000_000;

/// What a run comes to.
pub type Outcome = Result<Report, Violation>;

/// Runs the world of a seed for so many steps, and until everything has come back. A panic in it is a violation.
///
/// # Errors
///
/// The first promise that does not hold.
pub fn run(seed: u64, steps: u64) -> Outcome {
    caught(|| World::new(seed, Trace::default()).run(steps))
}

/// The same, with all that happened in words.
///
/// # Errors
///
/// As [`run`].
pub fn replay(seed: u64, steps: u64) -> (Outcome, Trace) {
    let mut world = World::new(seed, Trace::kept());
    let outcome = caught(|| world.run(steps));
    (outcome, world.trace().clone())
}

fn caught(run: impl FnOnce() -> Outcome) -> Outcome {
    let run = std::panic::AssertUnwindSafe(run);
    std::panic::catch_unwind(run).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()));
        Err(Violation(format!("panic: {}", said.unwrap_or_default())))
    })
}
