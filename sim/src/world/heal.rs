//! After the faults: everything comes back within the time that is documented, and then all is exact again.

use super::World;
use super::gate::ask;
use super::promises::look;
use super::step::Ran;
use crate::books::Seen;
use crate::client::Habit;
use crate::event::Event;
use crate::fault::Odds;
use crate::scenario::{Client, Owner, PATHS};
use crate::violation::{Held, Violation, hold};
use headgate::account::Order;
use headgate::limit::Kind;
use headgate::object::Ask;
use headgate::subject::{Decision, Outcome};
use serde_json::Value;

/// How many things happen at most until all requests have ended.
const MOST: u64 = 1_000_000;

/// How many alarms come at most until all is deleted.
const ALARMS: u64 = 100;

/// How long a clock may have been behind, in ms.
const BEHIND: u64 = 61_000;

impl World {
    /// Nothing goes wrong any more.
    pub(super) fn heal(&mut self) -> Held {
        self.note(|| "no more faults".to_owned());
        self.odds = Odds::none();
        self.is_open = false;
        while self.change_policy() {}
        let newest = self.put.len() - 1;
        for isolate in &mut self.isolates {
            (isolate.policy, isolate.cut_off_until) = (newest, 0);
        }
        for host in &mut self.hosts {
            (host.skew, host.cut_off) = (0, None);
        }
        self.queue.retain(|event| {
            !matches!(
                event,
                Event::Strike | Event::Fire { .. } | Event::Refresh { .. }
            )
        });
        self.steps(MOST)?;
        hold(self.requests.is_empty(), || {
            format!("requests never end: {:?}", self.requests.keys())
        })?;
        self.now += BEHIND + self.scenario.shortest_lease * 3 / 2 + 1;
        self.each_account(Self::lanes_are_free)?;
        self.each_account(Self::caps_are_true)?;
        self.now += self.scenario.longest;
        self.each_account(Self::is_unused)?;
        self.rates.all_clean(self.shard())?;
        self.each_account(Self::gives_all)?;
        self.now += self.scenario.longest;
        self.each_account(Self::is_unused)?;
        self.calm()?;
        self.clean_up()?;
        self.each_account(Self::gives_all)
    }

    fn each_account(&mut self, check: impl Fn(&mut Self, usize) -> Held) -> Held {
        (0..self.shard()).try_for_each(|account| check(self, account))
    }

    /// What an account is asked for a path under the newest policy.
    fn asked(&mut self, path: &str) -> Ask {
        self.last_request += 1;
        let newest = self.put.len() - 1;
        ask(
            &self.scenario.policies[newest],
            path,
            None,
            self.last_request,
        )
        .0
    }

    fn decide_now(&mut self, object: usize, ask: &Ask) -> Result<Decision, Violation> {
        let life = self.hosts[object].primary.life;
        let Ran::Told(decision) =
            self.step(object, life, |machine, now| machine.handle(ask, now))?
        else {
            return Err(Violation(format!("object {object} fails without a fault")));
        };
        self.rates.observe(Seen {
            object,
            ask,
            decision: &decision,
            is_charged: decision.outcome == Outcome::Admitted,
            newest: self.hosts[object].newest,
            is_told: true,
            is_primary: true,
        })?;
        Ok(decision)
    }

    fn lanes_are_free(&mut self, object: usize) -> Held {
        let ask = look(&self.asked("/slow"));
        let decision = self.decide_now(object, &ask)?;
        let taken = decision
            .standings
            .iter()
            .find(|it| it.limit.is_lane() && it.remaining < it.limit.algorithm.units());
        hold(taken.is_none(), || {
            format!("slots of account {object} are leaked: {taken:?}")
        })?;
        self.shadows_are_unused(object, "lane")
    }

    /// Nothing is used of shadow limits of a kind, which only a look tells.
    fn shadows_are_unused(&mut self, object: usize, kind: &str) -> Held {
        let look = self.operate(object, "GET", "", "")?;
        let mut limits = look["limits"].as_array().into_iter().flatten();
        let is_used =
            |it: &&Value| it["full_ms"] != 0 || kind == "lane" && it["remaining"] != it["units"];
        let used = limits.find(|it| it["shadow"] == true && it["kind"] == kind && is_used(it));
        hold(used.is_none(), || {
            format!("what account {object} has of a shadow limit never comes back: {used:?}")
        })
    }

    fn is_unused(&mut self, object: usize) -> Held {
        for path in PATHS.into_iter().filter(|path| *path != "/part") {
            self.path_is_unused(object, path)?;
        }
        (0..5).try_for_each(|part| self.path_is_unused(object, &format!("/part/{part}")))?;
        self.shadows_are_unused(object, "rate")
    }

    fn path_is_unused(&mut self, object: usize, path: &str) -> Held {
        let ask = look(&self.asked(path));
        let decision = self.decide_now(object, &ask)?;
        let mut rates = decision
            .standings
            .iter()
            .filter(|it| it.limit.algorithm.kind() == Kind::Rate);
        let used = rates.find(|it| !it.full.is_zero());
        hold(used.is_none(), || {
            format!("units of account {object} never come back: {used:?}")
        })
    }

    /// As much passes as the limits say, and then nothing.
    fn gives_all(&mut self, object: usize) -> Held {
        loop {
            let ask = self.asked("/plain");
            if ask.limits.is_empty() {
                return Ok(());
            }
            let decision = self.decide_now(object, &ask)?;
            self.keeps_promise(object, &ask, &decision)?;
            if decision.outcome != Outcome::Admitted {
                let is_empty = decision.standings.iter().any(|it| it.remaining == 0);
                return hold(is_empty, || {
                    format!("account {object} is refused for nothing: {decision:?}")
                });
            }
        }
    }

    /// What is kept of a cap is never less than what the origin did; reconciled, it is just that.
    fn caps_are_true(&mut self, object: usize) -> Held {
        let truth = self.caps.truth(object);
        let Some((settled, reserved)) = self.cap(object, "GET", "")? else {
            return hold(truth == 0, || {
                format!("account {object} has {truth} of a cap that it does not know")
            });
        };
        hold(settled + reserved >= truth, || {
            format!(
                "the cap of account {object} says {settled} and {reserved}, the origin has {truth}"
            )
        })?;
        let body = format!(r#"{{"settled":{truth},"older_than":"1ms"}}"#);
        let after = self.cap(object, "PUT", &body)?;
        hold(after == Some((truth, 0)), || {
            format!("the cap of account {object}, reconciled to {truth}, says {after:?}")
        })
    }

    /// What is settled and reserved of an account's cap, if it has met one.
    fn cap(
        &mut self,
        object: usize,
        method: &str,
        body: &str,
    ) -> Result<Option<(u64, u64)>, Violation> {
        let document = self.operate(object, method, "caps/cap", body)?;
        let figure = |key: &str| document[key].as_u64();
        Ok(figure("settled").zip(figure("reserved")))
    }

    /// What an operation on an account is answered.
    fn operate(
        &mut self,
        object: usize,
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<Value, Violation> {
        let order = Order {
            method: method.to_owned(),
            path: path.to_owned(),
            body: body.to_owned(),
            named: None,
        };
        let life = self.hosts[object].primary.life;
        let Ran::Told(reply) =
            self.step(object, life, |machine, now| machine.operate(&order, now))?
        else {
            return Err(Violation(format!("account {object} fails without a fault")));
        };
        Ok(serde_json::from_str(&reply.body).unwrap_or_default())
    }

    /// Whatever is over for long enough is deleted, but for what an account has of a cap.
    fn clean_up(&mut self) -> Held {
        self.is_open = false;
        self.steps(MOST)?;
        for object in 0..self.hosts.len() {
            for _ in 0..ALARMS {
                let host = &mut self.hosts[object];
                let Some(alarm) = host.alarm.take() else {
                    break;
                };
                self.now = self.now.max(alarm.0);
                self.alarm(object)?;
            }
            let has_cap = self.cap(object, "GET", "")?.is_some();
            hold(has_cap || self.hosts[object].rows.is_empty(), || {
                format!(
                    "object {object} keeps what is over: {:?}",
                    self.hosts[object].rows
                )
            })?;
        }
        Ok(())
    }

    /// One patient client per account, and nobody else: whoever waits as it is told is let in.
    fn calm(&mut self) -> Held {
        self.scenario.clients = (0..self.shard())
            .map(|account| Client {
                owner: Owner::Account(account),
                habit: Habit::Patient { between: 0 },
                path: "/plain",
            })
            .collect();
        self.tries = vec![0; self.scenario.clients.len()];
        (self.is_open, self.is_calm) = (true, true);
        for client in 0..self.scenario.clients.len() {
            self.queue.push(self.now, Event::Fire { client });
        }
        self.steps(500)
    }
}
