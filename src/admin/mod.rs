//! What can be done to a deployment from outside besides its accounts: the policy, its versions, the key directory, and who
//! changed what. Which requests there are, what is right in them, and how answers look; KV is read and written at the edge.

mod audit;
mod keys;
mod policy;
mod renumber;
mod route;
mod stored;

pub use audit::{AUDIT, Entry, Outcome, entries};
pub use keys::{keys, listed, put_key, record, revoked, revoked_hash};
pub use policy::{
    KEPT, POLICY, Standing, kept_name, metadata, put_reply, shown, verdict, versions,
};
pub use route::{Route, Scope, parameters, usage_asked};
pub use stored::{Page, Stored};
