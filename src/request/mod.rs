//! A request on its way to the object that decides on it: whose it is, and what is asked for it.

mod ask;
mod client;
mod limits;
mod terms;

pub use client::{Client, Owned};
pub use limits::route_limits;
