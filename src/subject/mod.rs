//! One subject's state machine: all its limits tested together and charged together, below write-ahead marks.
//!
//! The invariant: every unit granted since the last row was written lies at or below the mark in that row, and every
//! lease that is alive is named in it or is one of those that it allows without names; what caps hold is in it exactly. So a subject that resumes at
//! its marks has granted no more than it remembers. What it can lose is less than the lead of a mark, or two quarters
//! of a lane's slots, and only when memory goes before the quiet write.
//!
//! Out of scope: where rows live (`object`), who the subject is (`identity`), what a client is told (`wire`).

mod by_hand;
mod cap;
mod caps;
mod decide;
mod decision;
mod denied;
mod inspect;
mod kept;
mod lane;
mod later;
mod leases;
mod lending;
mod live;
mod machine;
mod meter;
mod metered;
mod meters;
mod pace;
mod refunds;
mod room;
mod shadows;
mod state;
mod unnamed;

pub use cap::{Reservation, Tally};
pub use caps::{CapState, Settlement};
pub use decision::{Decision, Outcome, Standing};
pub use denied::Denied;
pub use inspect::Held;
pub use kept::{Kept, Mark};
pub use lane::Leases;
pub use leases::Renewal;
pub use machine::{Demand, Row, Subject};
pub use unnamed::Unnamed;
