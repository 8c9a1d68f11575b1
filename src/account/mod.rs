//! What is known of an account besides what it has used: its plan, whether it is suspended, which of its keys are
//! revoked, which limits hold otherwise for it. It lies in the account's object, so that a change holds at once, and is changed by operations from outside.

mod day;
mod json;
mod named;
mod operate;
mod operation;
mod overrides;
mod refunded;
mod reply;
mod state;

pub use day::{Day, Span};
pub(crate) use json::{counts, list, object, quoted};
pub use named::Named;
pub use operation::{Operation, Order, hashed};
pub use overrides::Override;
pub use refunded::RefundId;
pub use reply::{Content, Reply};
pub use state::{AccountState, KeyHash, Plan, Refusal, Suspension};
