//! Small worlds around one lane: an account's object, isolates with their requests, and a network between them
//! that delays, doubles and loses. All states that a world can get into are looked at.

pub mod books;
pub mod digest;
pub mod objects;
pub mod request;
pub mod search;
pub mod step;
pub mod world;

use super::START;
use headgate::limit::{Algorithm, Concurrency, Limit, Name};
use headgate::time::{Millis, UnixMillis};

/// Time goes in ticks from when the first ask may have been sent.
pub type Tick = u8;

/// Requests, and with them their leases, by their numbers: one bit each.
pub type Set = u8;

pub const MOST_REQUESTS: usize = 4;

const TICK: u64 = 1_000;

/// Holders' clocks are set otherwise than the object's, and slow by all that the margin of a lease allows for.
const HOLDERS_START: u64 = START.0 - 7_654_321;
const HOLDERS_TICK: u64 = TICK * 9 / 10;

/// How large a world is and how much may go wrong in it.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    pub slots: u64,
    /// How long a lease lasts; an even number of ticks.
    pub lease: Tick,
    /// The isolates of the requests.
    pub isolates: &'static [usize],
    /// Whether a slot was taken and freed just before, so that rows begin to allow unnamed leases.
    pub is_warm: bool,
    /// How long after the first ask arrives the search goes on.
    pub ticks: Tick,
    pub may: Left,
}

/// How often something may still happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Left {
    /// The object loses its memory.
    pub losses: u8,
    /// A second instance of the object starts, and the first one is cut off from its rows.
    pub splits: u8,
    /// An ask arrives again, be it sent again or doubled on its way.
    pub repeats: u8,
    /// A renewal arrives, be it late or doubled.
    pub renewals: u8,
}

impl Model {
    /// When the first ask arrives: it may have been sent nearly a lease ago.
    pub fn begin(&self) -> Tick {
        self.lease - 1
    }

    /// How much longer than it lasts a row lets a lease last.
    pub fn slack(&self) -> Tick {
        self.lease / 2
    }

    /// A quarter of the slots: how many leases a row may allow without names.
    pub fn most_unnamed(&self) -> u64 {
        self.slots.div_ceil(4)
    }

    pub fn limit(&self) -> Limit {
        let lease = Millis(u64::from(self.lease) * TICK);
        let rule = Concurrency::new(self.slots, lease, Millis(0), Millis(1_000)).unwrap();
        Limit {
            name: Name::try_from("priority").unwrap(),
            algorithm: Algorithm::Concurrency(rule),
            partition: None,
        }
    }
}

pub fn at_object(tick: Tick) -> UnixMillis {
    START.after(Millis(u64::from(tick) * TICK))
}

pub fn at_holder(tick: Tick) -> UnixMillis {
    UnixMillis(HOLDERS_START + u64::from(tick) * HOLDERS_TICK)
}

pub fn only(request: usize) -> Set {
    1 << request
}

pub fn members(set: Set) -> impl Iterator<Item = usize> {
    (0..8).filter(move |request| set & only(*request) != 0)
}
