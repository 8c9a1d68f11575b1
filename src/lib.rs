//! Headgate: an exact API rate limiter for the edge.
//!
//! A request's way: [`identity`] finds the credential and whose it is, [`policy`] says which limits apply and
//! how answers look, [`request`] puts that together, the owner's [`object`] runs a [`subject`] state machine over its [`limit`]s and decides in
//! one call, [`wire`] renders the decision. Who runs the gate asks and changes what [`admin`] lists. `edge`, present in Wasm builds only, does the talking: it alone
//! knows the Workers runtime, its clock and its storage.
//!
//! Everything else is pure: `now` is an argument, effects are data, and nothing panics on any input. What may
//! import what: `time`, `bounds` ← `limit`, `lease`, `loan` ← `account` ← `subject` ← `usage` ← `object`; `subject`, `wire` ← `alert` ← `object`;
//! `limit`, `path` ← `policy`; both ← `identity`, `wire` ← `admin`, `request`, `collector`, `hosts` ← `edge`.

pub mod account;
pub mod admin;
pub mod alert;
pub mod bounds;
pub mod cache;
pub mod collector;
mod document;
pub mod hosts;
pub mod identity;
pub mod lease;
pub mod limit;
pub mod loan;
pub mod object;
pub mod path;
pub mod policy;
pub mod request;
pub mod subject;
pub mod time;
pub mod usage;
pub mod wire;

#[cfg(target_arch = "wasm32")]
mod edge;
