//! A replay says of each line of a log what the live machines say of the same requests, and what the limits mean by brute
//! force. `HEADGATE_REPLAY_LINES` is how many lines the log has: `npm run replay:agrees` sets a million.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a panic fails the test"
)]

mod support;

use headgate::limit::Limit;
use headgate::object::{Account, Ask, Shard};
use headgate::policy::Policy;
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};
use headgate::wire::retry_after;
use std::collections::BTreeMap;
use support::lease;
use support::object::Object;
use support::oracle::{Definition, definition};
use support::replay_trace::{Sent, Target, Who, trace};
use support::replayed::{Denial, denials, file, policy, policy_file, replay, said, text, written};

/// The objects, each with rows, woken when it asks to be, and without memory after ten seconds of silence.
struct Live<'p> {
    policy: &'p Policy,
    accounts: BTreeMap<Who, (Object<Account>, UnixMillis)>,
    shard: Object<Shard>,
    /// When exchanges end that hold a slot, of whom, and by which lease.
    ends: BTreeMap<(UnixMillis, u64), Who>,
}

const FORGETS: Millis = Millis(10_000);

impl Live<'_> {
    fn decide(&mut self, sent: &Sent) -> Decision {
        while let Some(end) = self.ends.first_entry().filter(|end| end.key().0 <= sent.at) {
            let ((at, line), who) = end.remove_entry();
            let (object, last) = self.accounts.get_mut(&who).unwrap();
            rest(object, last, at);
            assert!(object.release(&[lease(line)], at), "line {line} had a slot");
        }
        let ask = sent.ask(self.policy);
        if sent.who.subject().is_some() {
            self.shard.rest(sent.at);
            return self.shard.ask(&ask, sent.at);
        }
        let fresh = || (Object::new(), sent.at);
        let (object, last) = self.accounts.entry(sent.who).or_insert_with(fresh);
        rest(object, last, sent.at);
        let decision = object.ask(&ask, sent.at);
        if decision.grant.is_some() {
            let end = sent.at.after(sent.lasts);
            self.ends.insert((end, sent.line), sent.who);
        }
        decision
    }
}

fn rest(object: &mut Object<Account>, last: &mut UnixMillis, now: UnixMillis) {
    object.rest(now);
    if now.since(*last) >= FORGETS {
        object.lose_memory();
    }
    *last = now;
}

/// What the limits mean, by lists of all that was admitted.
#[derive(Default)]
struct Naive {
    rates: BTreeMap<(Who, String), Box<dyn Definition>>,
    holders: BTreeMap<Who, Vec<UnixMillis>>,
}

impl Naive {
    fn admits(&mut self, sent: &Sent, ask: &Ask) -> bool {
        let mut passes = true;
        for limit in &ask.limits {
            if limit.is_lane() {
                let holders = self.holders.entry(sent.who).or_default();
                holders.retain(|end| *end > sent.at);
                passes &= (holders.len() as u64) < limit.algorithm.units();
            } else {
                let rate = self.rates.entry(place(sent.who, limit));
                let rate = rate.or_insert_with(|| definition(limit));
                passes &= ask.cost <= rate.room(sent.at.0);
            }
        }
        for limit in ask.limits.iter().filter(|_| passes) {
            if limit.is_lane() {
                let end = sent.at.after(sent.lasts);
                self.holders.get_mut(&sent.who).unwrap().push(end);
            } else {
                let rate = self.rates.get_mut(&place(sent.who, limit)).unwrap();
                rate.admit(ask.cost, sent.at.0);
            }
        }
        passes
    }
}

fn place(who: Who, limit: &Limit) -> (Who, String) {
    (who, format!("{} {:?}", limit.name, limit.partition))
}

fn denial(decision: &Decision) -> Option<Denial> {
    if decision.outcome == Outcome::Admitted {
        return None;
    }
    let violated = decision.standings.iter().filter(|it| it.violated);
    let names: Vec<&str> = violated.map(|it| it.limit.name.as_str()).collect();
    Some((names.join(" "), retry_after(decision)))
}

/// What brute force can keep in lists.
const MOST_NAIVE: u64 = 50_000;

#[test]
fn a_replay_decides_what_the_live_machines_decide() {
    let lines = std::env::var("HEADGATE_REPLAY_LINES");
    let lines = lines.map_or(20_000, |lines| lines.parse().unwrap());
    let (log, trace) = trace(lines);
    let log = written(&format!("trace-{lines}.jsonl"), &log);
    let (new, current, csv) = (
        policy_file("new.json"),
        policy_file("current.json"),
        file("denials.csv"),
    );
    let [new, current, log, out] = [&new, &current, &log, &csv].map(|path| text(path));
    let told = said(&replay(&[
        "--policy",
        new,
        "--current",
        current,
        "--log",
        log,
        "--csv",
        out,
    ]));
    println!("{told}");
    let denied = denials(&csv);
    let mut count = 0;
    for (word, path) in [("new", new), ("current", current)] {
        let policy = policy(path.as_ref());
        let mut naive = Naive::default();
        let mut live = Live {
            policy: &policy,
            accounts: BTreeMap::new(),
            shard: Object::new(),
            ends: BTreeMap::new(),
        };
        for sent in trace.iter().filter(|sent| sent.target != Target::Open) {
            let decided = denial(&live.decide(sent));
            let replayed = denied.get(&(word.to_owned(), sent.line));
            assert_eq!(replayed, decided.as_ref(), "{word}: {sent:?}");
            count += u64::from(replayed.is_some());
            if lines <= MOST_NAIVE {
                let ask = sent.ask(&policy);
                assert_eq!(
                    naive.admits(sent, &ask),
                    decided.is_none(),
                    "{word}: {sent:?}"
                );
            }
        }
    }
    assert_eq!(count, denied.len() as u64, "nothing else was denied");
    assert!(count > lines / 20 && count < lines, "{count} denials");
}
