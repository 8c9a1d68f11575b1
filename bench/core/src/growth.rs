//! How memory and time grow with the number of accounts that one process holds.

use crate::contender::Served;
use crate::gate::{Script, one, three_and_a_lane};
use crate::trace::{Key, Request, keys, per_second, requests};
use headgate::limit::Limit;
use headgate::object::{Account, Owner};
use headgate::time::{Millis, UnixMillis};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Instant;

/// Apart from each other, as objects are.
type Accounts = HashMap<Key, Box<Account>>;

/// Longer than any of the windows.
const PAUSE: Millis = Millis(2 * 86_400_000);

/// What so many accounts take, by kind of limits. Times are one per round: of a decision over a second of the trace, of
/// resuming over all accounts.
pub fn measured(accounts: u64, quick: bool) -> Value {
    let (warm, rounds) = if quick { (2, 3) } else { (10, 15) };
    let of = |limits| grown(accounts, limits, warm, rounds);
    json!({ "accounts": accounts, "one": of(one()), "three": of(three_and_a_lane()) })
}

fn grown(count: u64, limits: Vec<Limit>, warm: usize, rounds: usize) -> Value {
    let mut script = Script::new(limits);
    let mut trace = requests(count);
    // Before memory is looked at, so that only the accounts are seen to grow.
    let mut second: Vec<Request> = Vec::with_capacity(per_second(count) as usize);
    let mut accounts = Accounts::with_capacity(count as usize);
    let mut decisions = Vec::with_capacity(rounds);
    let before = in_use();
    accounts.extend(keys(count).map(|key| (key, Box::new(script.account()))));
    let resumed = in_use().saturating_sub(before);
    let mut served = Served::default();
    for round in 0..warm + rounds {
        second.clear();
        second.extend(trace.by_ref().take(second.capacity()));
        if round == warm {
            served = Served::default();
        }
        let each = timed(second.len(), || {
            for request in &second {
                let account = accounts.get_mut(&request.key).expect("all are there");
                script.serve(account, request, &mut served);
            }
        });
        decisions.extend((round >= warm).then_some(each));
    }
    let used = in_use().saturating_sub(before);
    let later = UnixMillis(second.last().map_or(0, |last| last.now)).after(PAUSE);
    let rows: Vec<Vec<u8>> = accounts
        .values_mut()
        .map(|it| script.row(it, later))
        .collect();
    drop(accounts);
    let each = |bytes: usize| bytes as f64 / count as f64;
    json!({
        "bytes_resumed": each(resumed),
        "bytes_used": each(used),
        "row_bytes": each(rows.iter().map(Vec::len).sum()),
        "decision_ns": decisions,
        "resume_ns": resumes(&rows, rounds),
        "rows_per_request": served.rows as f64 / (rounds * second.len()) as f64,
    })
}

/// Nanoseconds per row to resume from it, in each round.
fn resumes(rows: &[Vec<u8>], rounds: usize) -> Vec<f64> {
    let resume = |row| Account::load(std::slice::from_ref(row)).expect("its own row");
    let mut accounts = Vec::with_capacity(rows.len());
    let round = |_| {
        accounts.clear();
        timed(rows.len(), || accounts.extend(rows.iter().map(resume)))
    };
    (0..rounds).map(round).collect()
}

/// Nanoseconds per piece of so many that `work` does.
#[allow(clippy::disallowed_methods, reason = "a benchmark reads the time")]
fn timed(pieces: usize, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64 / pieces as f64
}

/// Bytes that the allocator has given out, its own overhead included.
fn in_use() -> usize {
    // SAFETY: the call takes nothing and gives numbers.
    let memory = unsafe { libc::mallinfo2() };
    memory.uordblks + memory.hblkhd
}
