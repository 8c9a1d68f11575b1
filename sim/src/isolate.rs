//! An isolate that runs the gate: a clock of its own, a policy that may be old, and releases that wait for a ride.

use crate::START;
use headgate::cache::{Denials, Loans};
use headgate::lease::LeaseId;
use headgate::object::Local;
use headgate::time::UnixMillis;
use std::collections::BTreeMap;

/// One isolate.
#[derive(Clone, Debug)]
pub struct Isolate {
    /// Whether new requests come to it.
    pub is_current: bool,
    /// Whether it runs at all.
    pub is_alive: bool,
    /// How its clock is set, in ms.
    offset: i64,
    /// How many ms it gains per thousand.
    drift: i64,
    /// Until when it reaches no object.
    pub cut_off_until: u64,
    /// What decides in it in the place of objects that do not answer.
    pub local: Local,
    /// What it repeats by itself.
    pub denials: Denials,
    /// What it was lent.
    pub loans: Loans,
    /// Which of the policies that were put it knows.
    pub policy: usize,
    /// By object, leases that have ended and are not said yet.
    pub ended: BTreeMap<usize, Vec<LeaseId>>,
}

impl Isolate {
    /// An isolate whose clock is wrong by so much and gains so much.
    #[must_use]
    pub fn new(offset: i64, drift: i64, policy: usize) -> Self {
        Self {
            is_current: true,
            is_alive: true,
            offset,
            drift,
            cut_off_until: 0,
            local: Local::default(),
            denials: Denials::default(),
            loans: Loans::default(),
            policy,
            ended: BTreeMap::new(),
        }
    }

    /// What its clock says.
    #[must_use]
    pub fn clock(&self, now: u64) -> UnixMillis {
        let since = i64::try_from(now.saturating_sub(START)).unwrap_or(0);
        let gained = since * self.drift / 1_000;
        UnixMillis(now.saturating_add_signed(self.offset + gained))
    }

    /// How long in fact until its clock has gone on by so much. A timer fires no earlier.
    #[must_use]
    pub fn wait(&self, millis: u64) -> u64 {
        let thousand = 1_000_i64.saturating_add(self.drift).unsigned_abs();
        (millis * 1_000).div_ceil(thousand)
    }
}
