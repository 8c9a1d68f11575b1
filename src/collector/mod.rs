//! What all isolates have decided, gathered without one object that each request would have to pass.
//!
//! An isolate counts what it has answered and now and then reports that to one of a few collectors, which it has chosen
//! once. A collector adds up, and writes its row once a minute at most, and at once what is to
//! be told. Whoever asks gets the sum over all of them. No
//! decision depends on any of it. Of what does not do its part one of them tells the receiver of events.

mod accounts;
mod gathered;
mod letters;
mod machine;
mod message;
mod metrics;
mod overview;
mod points;
mod spells;
mod tally;

pub use accounts::{AccountUse, Top};
pub use gathered::{Gathered, How, Report, Seen};
pub use machine::{Collector, DueRow, MinuteUse};
pub use message::{Summary, Told};
pub use metrics::metrics;
pub use overview::overview;
pub use points::points;
pub use tally::{DEGRADED, Part, Tally};
