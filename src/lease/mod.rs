//! Leases: who holds a slot of a lane, and for how long.
//!
//! The object that grants a lease counts its time from when the request for it arrived; the holder counts from
//! when it was sent, and ends its call to the origin a margin earlier. So the holder is always done before its
//! slot is given to somebody else, as long as the clocks run equally fast to within that margin.

mod holder;
mod id;

pub use holder::{Grant, Holder};
pub use id::LeaseId;
