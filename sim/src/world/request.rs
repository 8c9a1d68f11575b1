//! A request on its way through the gate.

use headgate::lease::{Holder, LeaseId};
use headgate::limit::Name;
use headgate::object::Ask;
use headgate::time::UnixMillis;

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) client: usize,
    pub(super) isolate: usize,
    pub(super) object: usize,
    /// Which policy it goes by.
    pub(super) policy: usize,
    /// When its ask was sent, on the isolate's clock.
    pub(super) sent: UnixMillis,
    pub(super) path: String,
    pub(super) ask: Ask,
    /// What it comes to under a cap if it succeeds.
    pub(super) takes: Option<i64>,
    /// Whether a slot is to be released, whatever happens.
    pub(super) has_lane: bool,
    pub(super) stage: Stage,
    /// Whether nobody in its isolate follows it any more.
    pub(super) is_orphan: bool,
    /// How often its lease was renewed.
    pub(super) turn: u64,
}

/// How far a request has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its object was asked.
    Asked,
    /// The origin answers it.
    Open {
        /// The slot that it holds.
        slot: Option<Slot>,
        /// The amount of its cap, if it reserved of one.
        cap: u64,
        /// Whether its exchange is being broken off.
        is_cut: bool,
    },
}

/// A slot that a request holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) lane: Name,
    pub(super) holder: Holder,
    pub(super) rides: bool,
    /// Whether it is of a shadow limit: nothing is broken off for its sake.
    pub(super) is_shadow: bool,
}

/// The lease of a request by its number.
pub(super) fn lease(number: u64) -> LeaseId {
    let mut id = [7; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    LeaseId(id)
}
