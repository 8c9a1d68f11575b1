//! What a Durable Object holds: one account, or a shard of many subjects. Both load from rows, answer asks
//! with a decision and effects, and say when they next want to be woken. The shell in `edge` does the rest.

mod account;
mod arrivals;
mod clock;
mod effect;
mod export;
mod lately;
mod letters;
mod local;
mod look;
mod message;
mod operations;
mod over;
mod overflow;
mod page;
mod pages;
mod room;
mod shard;
mod terms;
mod trouble;

pub use account::Account;
pub use effect::Effect;
pub use local::Local;
pub use message::{Answer, Ask, Message, MessageError, Release, SubjectId};
pub(crate) use message::{decode, encode};
pub use page::{Page, PageError};
pub use shard::Shard;
pub use terms::Terms;
pub use trouble::Trouble;

use crate::account::{Order, Reply};
use crate::alert::{EventId, Taken};
use crate::lease::{Grant, LeaseId};
use crate::limit::Name;
use crate::loan::Unspent;
use crate::subject::{Decision, Renewal, Settlement};
use crate::time::UnixMillis;

/// A state machine that a Durable Object runs.
pub trait Owner: Sized {
    /// Resumes from all rows of the object, each the bytes of a page.
    ///
    /// # Errors
    ///
    /// A row that cannot be read. It is never taken for an empty one: that would hand out a second budget.
    fn load(pages: &[Vec<u8>]) -> Result<Self, PageError>;

    /// Decides one ask. One that a slot may still come free for is not counted as refused. The effects must be applied before the decision is told to anybody; if that fails
    /// the machine must be dropped and loaded again.
    fn handle(&mut self, ask: &Ask, now: UnixMillis) -> (Decision, Vec<Effect>);

    /// Takes note that nobody waits any longer for the slot for want of which this was decided on an ask of that cost: it
    /// is counted like any other then. No row changes.
    fn give_up(&mut self, _: &Decision, _cost: u64) {}

    /// Gives a lease its full time again; `None` if it has ended, so that its holder must end, too.
    fn renew(&mut self, renewal: &Renewal, now: UnixMillis) -> (Option<Grant>, Vec<Effect>);

    /// Frees the slots of leases that have ended; the lane of each that had one.
    fn release(&mut self, leases: &[LeaseId], now: UnixMillis) -> (Vec<Name>, Vec<Effect>);

    /// Settles what became of a request.
    fn settle(&mut self, settlement: &Settlement, now: UnixMillis) -> Vec<Effect>;

    /// Takes back what was not spent of loans. No row changes.
    fn take_back(&mut self, unspent: &[Unspent], now: UnixMillis);

    /// Does what was said from outside.
    fn operate(&mut self, order: &Order, now: UnixMillis) -> (Reply, Vec<Effect>);

    /// Does what is due at `now`, on a wake.
    fn wake(&mut self, now: UnixMillis) -> Vec<Effect>;

    /// What is to be told by now to those who run the gate: an event's id, and its body. Of others than accounts nothing is.
    fn letter(&self, _now: UnixMillis) -> Option<(EventId, String)> {
        None
    }

    /// Takes note of how sending an event ended.
    fn sent(&mut self, _id: EventId, _taken: Taken, _now: UnixMillis) -> Vec<Effect> {
        Vec::new()
    }

    /// When the machine next wants [`Self::wake`]; `None` if never, as things stand.
    fn next_wake(&self) -> Option<UnixMillis>;

    /// Does what is due when the alarm comes, to all rows of the object by their pages: deletes what has been over for
    /// [`FORGET_AFTER`](crate::bounds::FORGET_AFTER), or says when to look again. `now` is the machine's time, which
    /// may be behind the object's. A machine in memory need not know of it, unless all is forgotten.
    ///
    /// # Errors
    ///
    /// A row that cannot be read. Nothing is deleted then.
    fn clean_up(rows: &[(u8, Vec<u8>)], now: UnixMillis) -> Result<Vec<Effect>, PageError>;
}
