//! The only part that knows the Workers runtime. Wasm builds alone have it.

mod bridge;
mod clock;
mod deadline;
mod decide;
mod deployment;
mod directory;
mod entry;
mod failure;
mod follow;
mod gate;
mod headers;
mod identify;
mod kv;
mod linger;
mod log;
mod object;
mod origin;
mod owner;
mod policy_store;
mod promise;
mod release;
mod respond;
mod rows;
mod slot;
mod waiting;
