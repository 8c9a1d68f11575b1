//! Events on their way to the receiver.

use super::{Event, EventId};
use crate::account::{list, object, quoted};
use crate::bounds::{MAX_GIVEN_UP, MAX_LETTERS};
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How long after each attempt that failed the next one is made, in seconds: three days in all, as the recommendations of
/// Standard Webhooks have it.
const PAUSES: [u64; 13] = [
    5, 30, 120, 300, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 86_400,
];

/// How long a first attempt is left to the object that is awake.
const SENDING: Millis = Millis(30_000);

/// How long until the alarm comes again for what should have been sent, and yet waits.
const AGAIN: Millis = Millis(60_000);

/// How old an event may grow while the receiver is down.
const PATIENCE: Millis = Millis(3 * 24 * 3_600_000);

/// Longest pause that a receiver may ask for.
const LONGEST: Millis = Millis(24 * 3_600_000);

/// Events that wait for the receiver, oldest first, and those that it never took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    letters: VecDeque<Letter>,
    given_up: VecDeque<Letter>,
    /// While the receiver is down nothing is sent before.
    pause: UnixMillis,
    /// Events for which there was no room, ever.
    lost: u64,
}

/// An event on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The event.
    pub event: Event,
    /// Attempts that failed.
    pub tries: u8,
    /// Not sent before.
    pub next: UnixMillis,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The receiver has it.
    Yes,
    /// The receiver is down, or says that it has too much to do, for so long if it says so.
    Down(Option<Millis>),
    /// It does not take this one.
    NotThis,
    /// It wants no more: a 410.
    NoMore,
}

impl Outbox {
    /// Puts an event in, unless it is there.
    pub(super) fn put(&mut self, event: Event, now: UnixMillis) {
        if self.letters.iter().any(|it| it.event.id == event.id) {
            return;
        }
        if self.letters.len() >= MAX_LETTERS {
            self.letters.pop_front();
            self.lost = self.lost.saturating_add(1);
        }
        self.letters.push_back(Letter {
            event,
            tries: 0,
            next: now,
        });
    }

    /// When the alarm is to see to what waits; `None` if nothing does. What has not been tried is left to the object that is
    /// awake for a while.
    #[must_use]
    pub fn alarm(&self) -> Option<UnixMillis> {
        let at = |it: &Letter| match it.tries {
            0 => it.next.after(SENDING),
            _ => it.next,
        };
        let at = self.letters.iter().map(at).min()?;
        Some(at.max(self.pause))
    }

    /// When the alarm is to come again after one that came now; `None` if nothing waits.
    #[must_use]
    pub fn next_alarm(&self, now: UnixMillis) -> Option<UnixMillis> {
        let at = self.alarm()?;
        Some(if at > now { at } else { now.after(AGAIN) })
    }

    /// What is to be sent by now, the oldest first.
    #[must_use]
    pub fn due(&self, now: UnixMillis) -> Option<&Letter> {
        let mut letters = self.letters.iter().filter(|_| self.pause <= now);
        letters.find(|letter| letter.next <= now)
    }

    /// Takes note of how an attempt ended.
    pub(super) fn sent(&mut self, id: EventId, taken: Taken, now: UnixMillis) {
        let Some(at) = self.letters.iter().position(|it| it.event.id == id) else {
            return;
        };
        if matches!(taken, Taken::Yes | Taken::NoMore) {
            let letter = self.letters.remove(at);
            if taken == Taken::NoMore {
                self.give_up(letter);
            }
            return;
        }
        let Some(letter) = self.letters.get_mut(at) else {
            return;
        };
        let pause = PAUSES.get(usize::from(letter.tries));
        letter.tries = letter.tries.saturating_add(1);
        let Some(pause) = pause else {
            let letter = self.letters.remove(at);
            self.give_up(letter);
            if matches!(taken, Taken::Down(_)) {
                self.give_up_old(now);
            }
            return;
        };
        let said = match taken {
            Taken::Down(Some(said)) => said.min(LONGEST),
            _ => Millis(0),
        };
        letter.next = now.after(spread(Millis::from_seconds(*pause), id).max(said));
        if matches!(taken, Taken::Down(_)) {
            self.pause = letter.next;
        }
    }

    /// Sends what was given up once more, and what waits without waiting; how many these are.
    pub(super) fn again(&mut self, now: UnixMillis) -> usize {
        self.letters.extend(self.given_up.drain(..));
        self.pause = UnixMillis(0);
        for letter in &mut self.letters {
            (letter.tries, letter.next) = (0, now);
        }
        self.letters.len()
    }

    /// What waits, oldest first.
    pub fn letters(&self) -> impl Iterator<Item = &Letter> {
        self.letters.iter()
    }

    /// What was given up, oldest first.
    pub fn given_up(&self) -> impl Iterator<Item = &Letter> {
        self.given_up.iter()
    }

    /// How many events were lost for want of room.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// What waits, what was given up, and how much was lost for want of room, as JSON.
    #[must_use]
    pub fn as_json(&self, now: UnixMillis) -> String {
        let letter = |it: &Letter| {
            object(&[
                ("id", quoted(Some(&it.event.id.to_string()))),
                ("type", quoted(Some(it.event.what.word()))),
                ("at", it.event.at.0.to_string()),
                ("tries", it.tries.to_string()),
                ("next_ms", it.next.since(now).0.to_string()),
            ])
        };
        object(&[
            ("waiting", list(self.letters.iter().map(letter))),
            ("given_up", list(self.given_up.iter().map(letter))),
            ("lost", self.lost.to_string()),
        ])
    }

    /// What has waited for a receiver that is down as long as the one that was tried: else each would be tried for so long.
    fn give_up_old(&mut self, now: UnixMillis) {
        let is_old = |it: &Letter| it.event.at.after(PATIENCE) <= now;
        while self.letters.front().is_some_and(is_old) {
            let letter = self.letters.pop_front();
            self.give_up(letter);
        }
    }

    fn give_up(&mut self, letter: Option<Letter>) {
        self.given_up.extend(letter);
        if self.given_up.len() > MAX_GIVEN_UP {
            self.given_up.pop_front();
            self.lost = self.lost.saturating_add(1);
        }
    }
}

/// A pause made up to a fifth longer, by the event: what failed together is not tried together for ever.
fn spread(pause: Millis, id: EventId) -> Millis {
    let [by, ..] = id.0;
    let more = pause.0.saturating_mul(by.into()) / (5 * 256);
    Millis(pause.0.saturating_add(more))
}
