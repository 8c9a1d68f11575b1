//! One subject's state machine: all its limits tested together and charged together, below write-ahead marks.
//!
//! The invariant: every unit granted since the last row was written lies at or below the mark in that row, and every
//! lease that is alive is named in it or is one of those that it allows without names. So a subject that resumes at
//! its marks has granted no more than it remembers. What it can lose is less than the lead of a mark, or two quarters
//! of a lane's slots, and only when memory goes before the quiet write.
//!
//! Out of scope: where rows live (`object`), who the subject is (`identity`), what a client is told (`wire`).

mod decision;
mod lane;
mod leases;
mod machine;
mod meter;
mod metered;
mod meters;
mod pace;
mod state;
mod unnamed;

pub use decision::{Decision, Outcome, Standing};
pub use lane::Leases;
pub use leases::Renewal;
pub use machine::{Demand, Row, Subject};
pub use meter::{Kept, Mark};
pub use unnamed::Unnamed;
