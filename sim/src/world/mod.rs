//! A world: clients, isolates that run the gate, objects, KV and an origin, on one clock and in one thread.

mod answers;
mod chaos;
mod denials;
mod exchange;
mod gate;
mod heal;
mod loans;
mod local;
mod losses;
mod network;
mod object;
mod promises;
mod request;
mod settle;
mod slot;
mod step;

use crate::books::{Caps, Lanes, Rates, Shadows};
use crate::event::{CallId, Event, Queue, RequestId};
use crate::fault::{Fault, Odds};
use crate::host::Host;
use crate::isolate::Isolate;
use crate::machine::Kind;
use crate::random::Random;
use crate::report::Report;
use crate::scenario::Scenario;
use crate::trace::Trace;
use crate::violation::{Held, Violation};
use crate::{Outcome, START};
use headgate::lease::LeaseId;
use network::Call;
pub(crate) use promises::look;
use request::Request;
use std::collections::BTreeMap;

/// Everything there is.
pub struct World {
    now: u64,
    random: Random,
    scenario: Scenario,
    odds: Odds,
    queue: Queue,
    /// Accounts by their number, and behind them the shard.
    hosts: Vec<Host>,
    isolates: Vec<Isolate>,
    /// When each policy was put.
    put: Vec<u64>,
    requests: BTreeMap<RequestId, Request>,
    calls: BTreeMap<CallId, Call>,
    /// How often each client was refused in a row.
    tries: Vec<u32>,
    /// Whether clients still ask.
    is_open: bool,
    /// Whether each account has one patient client and nobody else.
    is_calm: bool,
    rates: Rates,
    lanes: Lanes,
    caps: Caps,
    /// What was lent, by its name: when it is over.
    lent: BTreeMap<(usize, LeaseId), u64>,
    last_request: RequestId,
    last_call: CallId,
    report: Report,
    trace: Trace,
}

impl World {
    /// The world of a seed.
    #[must_use]
    pub fn new(seed: u64, trace: Trace) -> Self {
        let mut random = Random(seed);
        let scenario = Scenario::random(&mut random);
        let shadows = scenario.has_shadows.then(|| Shadows::new(scenario.longest));
        let mut hosts: Vec<Host> = (0..scenario.accounts)
            .map(|_| Host::new(Kind::Account, shadows.clone()))
            .collect();
        hosts.push(Host::new(Kind::Shard, None));
        let mut world = Self {
            now: START,
            random,
            odds: scenario.odds.clone(),
            queue: Queue::default(),
            hosts,
            isolates: Vec::new(),
            put: vec![START],
            requests: BTreeMap::new(),
            calls: BTreeMap::new(),
            tries: vec![0; scenario.clients.len()],
            is_open: true,
            is_calm: false,
            rates: Rates::default(),
            lanes: Lanes::default(),
            caps: Caps::default(),
            lent: BTreeMap::new(),
            last_request: 0,
            last_call: 0,
            report: Report {
                seeds: 1,
                ..Report::default()
            },
            trace,
            scenario,
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        for _ in 0..self.scenario.isolates {
            self.add_isolate();
        }
        for client in 0..self.scenario.clients.len() {
            for _ in 0..self.scenario.clients[client].habit.begins_with() {
                let at = self.now + self.random.below(5_000);
                self.queue.push(at, Event::Fire { client });
            }
        }
        let scenario = &self.scenario;
        self.trace.note(|| format!("{scenario:#?}"));
        self.strike_again();
    }

    /// Lets so many things happen; then nothing goes wrong any more, and everything must come back.
    ///
    /// # Errors
    ///
    /// The first promise that does not hold.
    pub fn run(&mut self, steps: u64) -> Outcome {
        let held = self.steps(steps).and_then(|()| self.heal());
        self.report.rows = self.hosts.iter().map(|host| host.rows_written).sum();
        (self.report.checked, self.report.unchecked) = (self.rates.checked, self.rates.unchecked);
        self.report.too_early = self.rates.too_early;
        self.report.most_open = self.lanes.most as u64;
        held.map(|()| self.report.clone())
            .map_err(|Violation(what)| {
                Violation(format!(
                    "after {} ms and {} steps: {what}",
                    self.now - START,
                    self.report.steps
                ))
            })
    }

    /// What was noted.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    fn steps(&mut self, steps: u64) -> Held {
        for _ in 0..steps {
            let Some((at, event)) = self.queue.pop() else {
                break;
            };
            self.now = self.now.max(at);
            self.report.steps += 1;
            self.happen(event)?;
        }
        Ok(())
    }

    fn happen(&mut self, event: Event) -> Held {
        match event {
            Event::Fire { client } => return self.fire(client),
            Event::Arrive {
                object,
                call,
                message,
            } => return self.arrive(object, call, *message),
            Event::Answered { call, answer } => return self.answered(call, answer.map(|it| *it)),
            Event::Late { call } => return self.concluded(call, None),
            Event::Wake { object, life } => return self.wake(object, life),
            Event::PatienceOver {
                object,
                life,
                ticket,
            } => return self.patience_over(object, life, ticket),
            Event::Ends { request, is_whole } => return self.ends(request, is_whole),
            Event::Gone { request } => self.gone(request),
            Event::Abort { request, turn } => self.abort(request, turn),
            Event::Cut { request } => return self.cut(request),
            Event::Renew { request, turn } => return self.renew(request, turn),
            Event::SayEnded {
                isolate,
                object,
                lease,
            } => return self.say_ended(isolate, object, lease),
            Event::Insist {
                isolate,
                object,
                message,
                attempt,
            } => return self.tell(isolate, object, *message, attempt),
            Event::LoanEnds {
                isolate,
                object,
                asked,
                loan,
                cost,
            } => return self.loan_ends((isolate, object), (&asked, loan, cost)),
            Event::Refresh { isolate } => self.refresh(isolate),
            Event::Strike => return self.strike(),
        }
        Ok(())
    }

    /// Whether a fault happens now, on an occasion for it.
    fn fails(&mut self, fault: Fault) -> bool {
        let fails = self.random.one_in(self.odds.of(fault));
        if fails {
            self.report.injected.count(fault);
            self.note(|| fault.words().to_owned());
        }
        fails
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        let at = self.now - START;
        self.trace.note(|| format!("{at:>9} ms  {}", line()));
    }

    /// The object of the shard.
    fn shard(&self) -> usize {
        self.hosts.len() - 1
    }
}
