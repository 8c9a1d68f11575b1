//! What an isolate keeps in memory of what lies elsewhere, and for how long.

mod bounded;
mod freshness;

pub use bounded::Cache;
pub use freshness::{Freshness, freshness};
