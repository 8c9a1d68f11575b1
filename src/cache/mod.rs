//! What an isolate keeps in memory of what lies elsewhere, and for how long.

mod bounded;
mod denials;
mod freshness;
mod loans;
mod pressure;
mod repeated;

pub use bounded::Cache;
pub use denials::{Asked, Denials};
pub use freshness::{Freshness, freshness};
pub use loans::{Found, Loans};
pub use pressure::{Heard, Pressure, Ticket};
pub use repeated::Repeated;
