//! What requests cost by how often their account sends one: rows, and how long its object is kept awake.

use crate::gate::{Script, bucket, limit};
use crate::trace::mixed;
use headgate::object::{Account, Effect, Owner};
use headgate::time::{Millis, UnixMillis};
use serde_json::{Value, json};

/// Requests/s.
const PACES: [f64; 6] = [0.01, 0.1, 1.0, 10.0, 100.0, 1_000.0];

/// When an object that is idle loses its memory.
const IDLE_FOR: Millis = Millis(10_000);

const START: UnixMillis = UnixMillis(1_700_000_000_000);

/// For each pace rows and seconds awake per request, under a bucket for a minute that is twice as fast. Requests come at
/// random, as from independent clients.
pub fn measured(quick: bool) -> Value {
    let requests = if quick { 2_000 } else { 100_000 };
    let found = PACES.map(|pace| paced(pace, requests));
    Value::Array(found.into())
}

fn paced(per_second: f64, requests: u64) -> Value {
    let units = (120.0 * per_second).max(200.0) as u64;
    let mut script = Script::new(vec![limit("minute", bucket(60_000, units))]);
    let mut kept = Kept::new(&mut script);
    let (mut now, mut awake, mut seed) = (START, 0, 1);
    for _ in 0..requests {
        let pause = pause(&mut seed, per_second);
        let next = now.after(pause);
        awake += kept.rest(now, next).0;
        now = next;
        kept.serve(&mut script, now);
    }
    let each = |sum: u64| sum as f64 / requests as f64;
    json!({ "per_second": per_second, "rows": each(kept.rows), "awake_seconds": each(awake) / 1_000.0 })
}

/// Exponentially distributed, in ms.
fn pause(seed: &mut u64, per_second: f64) -> Millis {
    let share = (mixed(seed) >> 11) as f64 / (1_u64 << 53) as f64;
    Millis((-(1.0 - share).ln() * 1_000.0 / per_second).round() as u64)
}

/// An account as its object keeps it.
struct Kept {
    account: Account,
    row: Vec<u8>,
    rows: u64,
}

impl Kept {
    fn new(script: &mut Script) -> Self {
        let mut account = script.account();
        let row = script.row(&mut account, START);
        Self {
            account,
            row,
            rows: 0,
        }
    }

    /// Lets it be until `next`; how long of that it was waiting to write.
    fn rest(&mut self, now: UnixMillis, next: UnixMillis) -> Millis {
        let mut until = now;
        while let Some(wake) = self.account.next_wake().filter(|wake| *wake <= next) {
            let effects = self.account.wake(wake);
            self.write(&effects);
            until = wake;
        }
        if self.account.next_wake().is_some() {
            return next.since(now);
        }
        if next.since(until) >= IDLE_FOR {
            self.account = Account::load(std::slice::from_ref(&self.row)).expect("its own row");
        }
        until.since(now)
    }

    fn serve(&mut self, script: &mut Script, now: UnixMillis) {
        let effects = script.effects(&mut self.account, now);
        self.write(&effects);
    }

    fn write(&mut self, effects: &[Effect]) {
        for effect in effects {
            if let Effect::PutRow { row, .. } = effect {
                self.row = row.encode().expect("a small row");
                self.rows += 1;
            }
        }
    }
}
