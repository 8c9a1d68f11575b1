//! The only part that knows the Workers runtime. Wasm builds alone have it.

mod clock;
mod deadline;
mod decide;
mod deployment;
mod directory;
mod entry;
mod failure;
mod gate;
mod headers;
mod identify;
mod kv;
mod linger;
mod log;
mod object;
mod origin;
mod policy_store;
mod respond;
mod rows;
