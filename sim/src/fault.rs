//! What goes wrong, how often, and how often it did.

use crate::random::Random;

/// Everything that a platform can do to the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A message never reaches its object.
    MessageLost,
    /// It arrives twice.
    MessageDoubled,
    /// It arrives after seconds.
    MessageLate,
    /// It arrives after one that was sent later.
    MessageOvertaken,
    /// The object acted, and its answer never arrives.
    AnswerLost,
    /// The answer arrives after seconds.
    AnswerLate,
    /// A row is not written; the object's memory is dropped.
    WriteFailed,
    /// A row is written, and the object is gone before it can say so.
    GoneAfterWrite,
    /// The rows cannot be read.
    ReadFailed,
    /// A timer comes late.
    WakeLate,
    /// It comes twice.
    WakeDoubled,
    /// An alarm comes that is not due.
    AlarmStray,
    /// An object loses its memory.
    Evicted,
    /// A second instance of an object starts, and the first goes on without storage.
    SecondInstance,
    /// The clock of an object's machine steps forward.
    ClockAhead,
    /// It steps back.
    ClockBack,
    /// An isolate dies with all its requests.
    IsolateKilled,
    /// An isolate can reach no object for a while.
    IsolateCutOff,
    /// A Wasm instance panics: its objects lose their memory, and nobody follows its exchanges any more.
    Panic,
    /// New code: all objects lose their memory, and new requests go to new isolates.
    Deploy,
    /// Another policy is put while requests are on their way.
    PolicyChange,
    /// An isolate reads an older policy than it knew.
    StalePolicy,
    /// A client goes away.
    ClientGone,
    /// The origin breaks off.
    OriginBroke,
    /// The origin takes longer than a lease.
    OriginStalled,
}

impl Fault {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 25] = [
        Self::MessageLost,
        Self::MessageDoubled,
        Self::MessageLate,
        Self::MessageOvertaken,
        Self::AnswerLost,
        Self::AnswerLate,
        Self::WriteFailed,
        Self::GoneAfterWrite,
        Self::ReadFailed,
        Self::WakeLate,
        Self::WakeDoubled,
        Self::AlarmStray,
        Self::Evicted,
        Self::SecondInstance,
        Self::ClockAhead,
        Self::ClockBack,
        Self::IsolateKilled,
        Self::IsolateCutOff,
        Self::Panic,
        Self::Deploy,
        Self::PolicyChange,
        Self::StalePolicy,
        Self::ClientGone,
        Self::OriginBroke,
        Self::OriginStalled,
    ];

    /// What a report calls it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::MessageLost => "message lost",
            Self::MessageDoubled => "message doubled",
            Self::MessageLate => "message late",
            Self::MessageOvertaken => "message overtaken",
            Self::AnswerLost => "answer lost after the object acted",
            Self::AnswerLate => "answer late",
            Self::WriteFailed => "row not written",
            Self::GoneAfterWrite => "object gone after a write",
            Self::ReadFailed => "rows not read",
            Self::WakeLate => "timer late",
            Self::WakeDoubled => "timer twice",
            Self::AlarmStray => "alarm twice, or not due",
            Self::Evicted => "object evicted",
            Self::SecondInstance => "second instance at once",
            Self::ClockAhead => "clock stepped forward",
            Self::ClockBack => "clock stepped back",
            Self::IsolateKilled => "isolate killed",
            Self::IsolateCutOff => "isolate cut off from objects",
            Self::Panic => "panic of a shared Wasm instance",
            Self::Deploy => "deploy",
            Self::PolicyChange => "policy changed",
            Self::StalePolicy => "stale policy read",
            Self::ClientGone => "client gone",
            Self::OriginBroke => "origin broke off",
            Self::OriginStalled => "origin stalled",
        }
    }
}

/// How often each fault happens: once in so many occasions, 0 for never. Those that no message occasions are drawn by
/// these numbers as weights, one every so often.
#[derive(Clone, Debug)]
pub struct Odds {
    of: [u64; Fault::ALL.len()],
    /// Mean time between two of the latter, in ms; 0 for never.
    pub every: u64,
}

/// Faults that come of themselves.
pub const TIMED: [Fault; 10] = [
    Fault::AlarmStray,
    Fault::Evicted,
    Fault::SecondInstance,
    Fault::ClockAhead,
    Fault::ClockBack,
    Fault::IsolateKilled,
    Fault::IsolateCutOff,
    Fault::Panic,
    Fault::Deploy,
    Fault::PolicyChange,
];

impl Odds {
    /// No faults at all.
    #[must_use]
    pub fn none() -> Self {
        Self {
            of: [0; Fault::ALL.len()],
            every: 0,
        }
    }

    /// Some worlds are calm and some at their worst; in each about half of the faults happen. Those that come of themselves
    /// come `most` ms apart at most, on an average.
    #[must_use]
    pub fn random(random: &mut Random, most: u64) -> Self {
        let mut odds = Self::none();
        for fault in Fault::ALL {
            if random.one_in(2) {
                odds.of[fault as usize] = 1 << random.between(3, 9);
            }
        }
        odds.every = most.min(1 << random.between(8, 17));
        odds
    }

    /// How often that one happens.
    #[must_use]
    pub fn of(&self, fault: Fault) -> u64 {
        self.of[fault as usize]
    }
}

/// How often each fault happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Injected([u64; Fault::ALL.len()]);

impl Injected {
    /// Counts one.
    pub fn count(&mut self, fault: Fault) {
        self.0[fault as usize] += 1;
    }

    /// How often it happened.
    #[must_use]
    pub fn of(&self, fault: Fault) -> u64 {
        self.0[fault as usize]
    }

    /// Adds another count.
    pub fn add(&mut self, other: &Self) {
        for (sum, one) in self.0.iter_mut().zip(other.0) {
            *sum += one;
        }
    }
}
