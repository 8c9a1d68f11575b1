//! An object that decides one ask after the other, and isolates whose clients ask again as soon as they are answered.

use super::START;
use headgate::cache::{Heard, Pressure, Ticket};
use headgate::time::{Millis, UnixMillis};
use std::collections::VecDeque;

/// How long a decision may take.
pub const LIMIT: Millis = Millis(1_000);

/// How long a client waits that was refused, in ms.
const AGAIN: u64 = 20;

pub struct Overload {
    /// Whether isolates mind how much the object is asked.
    pub sheds: bool,
    /// How many asks the object has decided.
    pub decided: u64,
    /// How many of these were answered in time.
    pub in_time: u64,
    /// How many asks it decides in 100 ms.
    pace: u64,
    /// How many hundredths of an ask it has time for.
    spare: u64,
    /// How long an ask takes to it, in ms.
    way: u64,
    isolates: Vec<Isolate>,
    queue: VecDeque<Asked>,
}

struct Isolate {
    pressure: Pressure,
    /// When clients ask.
    clients: Vec<u64>,
    waiting: VecDeque<Asked>,
    refused: u64,
}

#[derive(Clone, Copy)]
struct Asked {
    isolate: usize,
    sent: u64,
    ticket: Ticket,
}

impl Overload {
    pub fn of(isolates: usize, clients: usize, pace: u64, way: u64) -> Self {
        let isolate = |_| Isolate {
            pressure: Pressure::default(),
            clients: vec![0; clients],
            waiting: VecDeque::new(),
            refused: 0,
        };
        Self {
            sheds: true,
            decided: 0,
            in_time: 0,
            pace,
            spare: 0,
            way,
            isolates: (0..isolates).map(isolate).collect(),
            queue: VecDeque::new(),
        }
    }

    /// How many asks were not sent.
    pub fn refused(&self) -> u64 {
        self.isolates.iter().map(|isolate| isolate.refused).sum()
    }

    /// Runs from one instant to another, in ms.
    pub fn run(&mut self, from: u64, to: u64) {
        for ms in from..to {
            for at in 0..self.isolates.len() {
                self.give_up(at, ms);
                self.ask(at, ms);
            }
            self.spare += self.pace;
            while self.spare >= 100 {
                self.spare -= 100;
                self.decide(ms);
            }
        }
    }

    fn give_up(&mut self, at: usize, ms: u64) {
        let isolate = &mut self.isolates[at];
        let is_over = |asked: &Asked| asked.sent + LIMIT.0 <= ms;
        while isolate.waiting.front().is_some_and(is_over) {
            let asked = isolate.waiting.pop_front().unwrap();
            isolate.hear(&asked, Heard::Nothing, ms);
            isolate.clients.push(ms + AGAIN);
        }
    }

    fn ask(&mut self, at: usize, ms: u64) {
        let isolate = &mut self.isolates[at];
        let (now, later): (Vec<u64>, _) = isolate.clients.iter().partition(|then| **then <= ms);
        isolate.clients = later;
        for _ in now {
            if self.sheds && isolate.pressure.is_high("acme", LIMIT, instant(ms)) {
                isolate.refused += 1;
                isolate.clients.push(ms + AGAIN);
                continue;
            }
            let asked = Asked {
                isolate: at,
                sent: ms,
                ticket: isolate.pressure.ask("acme", LIMIT, Millis(0), instant(ms)),
            };
            isolate.waiting.push_back(asked);
            self.queue.push_back(asked);
        }
    }

    fn decide(&mut self, ms: u64) {
        let has_come = |asked: &Asked| asked.sent + self.way <= ms;
        let Some(asked) = self.queue.front().copied().filter(has_come) else {
            return;
        };
        self.queue.pop_front();
        self.decided += 1;
        if ms < asked.sent + LIMIT.0 {
            self.in_time += 1;
            let isolate = &mut self.isolates[asked.isolate];
            // It answers each in its turn.
            isolate.waiting.pop_front();
            isolate.hear(&asked, Heard::Answer, ms);
            isolate.clients.push(ms);
        }
    }
}

impl Isolate {
    fn hear(&mut self, asked: &Asked, heard: Heard, ms: u64) {
        self.pressure
            .hear("acme", &asked.ticket, heard, instant(ms));
    }
}

fn instant(ms: u64) -> UnixMillis {
    START.after(Millis(ms))
}
