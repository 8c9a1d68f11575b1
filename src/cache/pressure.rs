//! How much each object keeps this isolate waiting, and how much more it may be asked.
//!
//! An object answers in the order in which it was asked. So what counts is what was asked since the ask that it answered
//! last: of earlier ones nothing more may come, as their client has gone, or comes when it will, as they wait for a slot.

use crate::time::{Millis, UnixMillis};
use std::collections::VecDeque;

/// Most objects of which something is known.
const MOST: usize = 1_024;

/// The part of the time for a decision that an answer may take longer than the quickest before it counts as late: a
/// quarter.
const PROMPT: u64 = 4;

/// The part of that time which the quickest answer may count for at most: half. Who first asks when all answers are late
/// already would take that for the way to the object.
const NEAR: u64 = 2;

/// So many asks without any answer are late when the first is, before their time is over: of fewer, all clients may have
/// gone. And so many asks may wait, at first, halved with each that is late: one alone may have been lost.
const CROWD: usize = 64;

/// So many times as long as a decision may take it is remembered that an ask has not been answered, and what is known of
/// an object that is not asked any more.
const KEPT: u64 = 2;

/// How long an object is left in peace that the runtime calls overloaded.
const REST: Millis = Millis(1_000);

/// What an isolate has asked of objects lately.
#[derive(Clone, Debug, Default)]
pub struct Pressure {
    /// By names, in their order: few come anew, and to find one so is less code than by hashes.
    lines: Vec<Line>,
    asked: u64,
}

/// An ask that was sent.
#[derive(Clone, Copy, Debug)]
pub struct Ticket {
    number: u64,
    sent: UnixMillis,
    patience: Millis,
    limit: Millis,
}

/// What has come of an ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The object has said something, if only that it cannot decide.
    Answer,
    /// Nothing in time.
    Nothing,
    /// The runtime calls the object overloaded.
    Overloaded,
}

/// Those who wait for one object.
#[derive(Clone, Debug)]
struct Line {
    name: Box<str>,
    /// What was asked since the ask that was answered last: its number, and since when it waits not by choice.
    waiting: VecDeque<(u64, UnixMillis)>,
    /// When it was last asked.
    last: UnixMillis,
    /// The least time that an answer took.
    least: Option<Millis>,
    /// How many may wait. All that come, until answers are late; then as many as were answered while one may take its
    /// time, so that this is what they wait (J. Little: those who wait are the rate times the wait); and one more with
    /// each that is not late.
    most: usize,
    /// Answers since `began`, and in the time as long before that.
    answers: usize,
    before: usize,
    began: UnixMillis,
    /// When the runtime called the object overloaded.
    overloaded: Option<UnixMillis>,
}

impl Pressure {
    /// Whether the object of that name is asked more than it answers, so that an ask which may take `limit` is better not
    /// sent. One at a time is, to see.
    pub fn is_high(&mut self, name: &str, limit: Millis, now: UnixMillis) -> bool {
        let line = self.place(name).ok();
        line.and_then(|at| self.lines.get_mut(at))
            .is_some_and(|line| line.is_full(limit, now))
    }

    /// Notes that an ask is sent, whose answer may take `limit`, of which `patience` by choice.
    pub fn ask(&mut self, name: &str, limit: Millis, patience: Millis, now: UnixMillis) -> Ticket {
        self.asked = self.asked.saturating_add(1);
        let ticket = Ticket {
            number: self.asked,
            sent: now,
            patience,
            limit,
        };
        if self.lines.len() >= MOST {
            self.make_room();
        }
        let at = self.place(name).unwrap_or_else(|at| {
            self.lines.insert(at, Line::new(name, now));
            at
        });
        if let Some(line) = self.lines.get_mut(at) {
            line.ask(&ticket);
        }
        ticket
    }

    /// Notes what has come of an ask.
    pub fn hear(&mut self, name: &str, ticket: &Ticket, heard: Heard, now: UnixMillis) {
        let line = self.place(name).ok();
        if let Some(line) = line.and_then(|at| self.lines.get_mut(at)) {
            line.hear(ticket, heard, now);
        }
    }

    /// Where the line of that name is, or would be.
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.lines.binary_search_by(|line| (*line.name).cmp(name))
    }

    /// Forgets objects that are as any other would be, or all if these are none.
    fn make_room(&mut self) {
        self.lines
            .retain(|line| line.most < usize::MAX || !line.waiting.is_empty());
        if self.lines.len() >= MOST {
            self.lines.clear();
        }
    }
}

impl Line {
    fn new(name: &str, now: UnixMillis) -> Self {
        Self {
            name: name.into(),
            waiting: VecDeque::new(),
            last: now,
            least: None,
            most: usize::MAX,
            answers: 0,
            before: 0,
            began: now,
            overloaded: None,
        }
    }

    fn ask(&mut self, ticket: &Ticket) {
        if ticket.sent.since(self.last) >= kept(ticket.limit) {
            // Nothing is known any more.
            *self = Self::new(&self.name, ticket.sent);
        }
        let since = ticket.sent.after(ticket.patience);
        self.waiting.push_back((ticket.number, since));
        self.last = ticket.sent;
    }

    fn is_full(&mut self, limit: Millis, now: UnixMillis) -> bool {
        let rests = |since: UnixMillis| now >= since && now.since(since) < REST;
        if self.overloaded.is_some_and(rests) {
            return true;
        }
        let idle = now.since(self.last);
        if idle >= kept(limit) {
            return false;
        }
        let is_over = |(_, since): &(u64, UnixMillis)| now.since(*since) >= kept(limit);
        while self.waiting.front().is_some_and(is_over) {
            self.waiting.pop_front();
        }
        let late = self.late(limit);
        self.count(late, now);
        // One that has not answered yet may have to be made first.
        let is_awake = self.least.is_some() && self.waiting.len() >= CROWD;
        let is_late = |(_, since): &(u64, UnixMillis)| now.since(*since) >= late;
        if is_awake && self.waiting.front().is_some_and(is_late) {
            self.narrow(false);
        }
        // Of what is waited for the clients may have gone, so that nobody hears of it.
        self.waiting.len() >= self.most && idle < limit
    }

    fn hear(&mut self, ticket: &Ticket, heard: Heard, now: UnixMillis) {
        let is_ahead = |(number, _): &(u64, UnixMillis)| *number <= ticket.number;
        let in_turn = self.waiting.front().is_some_and(is_ahead);
        while self.waiting.front().is_some_and(is_ahead) {
            self.waiting.pop_front();
        }
        let took = now.since(ticket.sent);
        if heard == Heard::Answer {
            self.least = Some(self.least.map_or(took, |least| least.min(took)));
        }
        let late = self.late(ticket.limit);
        self.count(late, now);
        match heard {
            Heard::Answer => {
                self.answers = self.answers.saturating_add(1);
                if took.0.saturating_sub(ticket.patience.0) < late.0 {
                    self.most = self.most.saturating_add(1);
                } else if in_turn {
                    self.narrow(true);
                }
            }
            Heard::Nothing if in_turn => self.narrow(false),
            Heard::Nothing => {}
            Heard::Overloaded => {
                self.overloaded = Some(now);
                self.narrow(false);
            }
        }
    }

    /// How long an answer takes that is late.
    fn late(&self, limit: Millis) -> Millis {
        let way = self.least.unwrap_or_default().min(Millis(limit.0 / NEAR));
        way.plus(Millis((limit.0 / PROMPT).max(1)))
    }

    /// Counts answers anew after each time that one may take.
    fn count(&mut self, late: Millis, now: UnixMillis) {
        let passed = now.since(self.began);
        if passed >= late {
            let is_old = passed.0 >= late.0.saturating_mul(2);
            self.before = if is_old { 0 } else { self.answers };
            (self.answers, self.began) = (0, now);
        }
    }

    /// An ask was late: before long as many may wait as were answered lately. Without an answer it is no reason to let
    /// more wait.
    fn narrow(&mut self, has_answered: bool) {
        let half = self.most.min(CROWD) / 2;
        let most = self.answers.max(self.before).max(half).max(1);
        self.most = if has_answered {
            most
        } else {
            most.min(self.most)
        };
    }
}

fn kept(limit: Millis) -> Millis {
    Millis(limit.0.saturating_mul(KEPT))
}
