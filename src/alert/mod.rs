//! What those who run the gate are told without asking: that an account nears a limit, or has been suspended, or that
//! something does not do its part. Events wait in an object's outbox, in its row, until the receiver has taken them.

mod alerts;
mod event;
mod outbox;
mod receiver;
mod watch;

pub use alerts::{Alerting, Alerts};
pub use event::{Event, EventId, What};
pub use outbox::{Letter, Outbox, Taken};
pub use receiver::{Receiver, SIGNATURE_HEADERS};
pub use watch::Watch;
