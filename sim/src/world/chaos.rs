//! What goes wrong by itself.

use super::World;
use super::request::Stage;
use crate::client::Heard;
use crate::event::{Event, RequestId};
use crate::fault::{Fault, TIMED};
use crate::violation::Held;

/// How far a clock is behind at most, in ms, where no leases depend on it.
const BEHIND: u64 = 60_000;

/// How far it is ahead.
const AHEAD: u64 = 5_000;

impl World {
    /// Sets when something goes wrong the next time.
    pub(super) fn strike_again(&mut self) {
        if self.odds.every > 0 {
            let at = self.now + 1 + self.random.below(2 * self.odds.every);
            self.queue.push(at, Event::Strike);
        }
    }

    /// Something goes wrong.
    pub(super) fn strike(&mut self) -> Held {
        self.strike_again();
        let likely: Vec<Fault> = TIMED
            .into_iter()
            .filter(|fault| self.odds.of(*fault) > 0)
            .collect();
        if likely.is_empty() {
            return Ok(());
        }
        let fault = *self.random.pick(&likely);
        let object = usize::try_from(self.random.below(self.hosts.len() as u64)).unwrap_or(0);
        self.note(|| format!("{} (object {object})", fault.words()));
        let happened = match fault {
            Fault::AlarmStray => self.alarm(object).map(|()| true),
            Fault::Evicted => self.evict(object).map(|()| true),
            Fault::SecondInstance => self.lose_memory(object).map(|old| {
                let host = &mut self.hosts[object];
                host.cut_off = Some(old).filter(|old| old.machine.is_some());
                host.cut_off.is_some()
            }),
            Fault::ClockAhead | Fault::ClockBack => {
                Ok(self.step_clock(object, fault == Fault::ClockAhead))
            }
            Fault::IsolateKilled => {
                self.kill_isolate();
                Ok(true)
            }
            Fault::IsolateCutOff => {
                let isolate = self.current();
                let until = self.now + self.random.below(3 * self.scenario.shortest_lease);
                self.isolates[isolate].cut_off_until = until;
                Ok(true)
            }
            Fault::Panic => self.panic().map(|()| true),
            Fault::Deploy => self.deploy().map(|()| true),
            _ => Ok(self.change_policy()),
        };
        if happened? {
            self.report.injected.count(fault);
        }
        Ok(())
    }

    /// The clock of an object's machine steps. Where leases depend on it, all clocks together keep within a tenth of one.
    fn step_clock(&mut self, object: usize, is_ahead: bool) -> bool {
        let tight = self.scenario.shortest_lease / 50;
        let (behind, ahead) = if self.scenario.has_lane {
            (tight, tight)
        } else {
            (BEHIND, AHEAD)
        };
        let most = if is_ahead { ahead } else { behind };
        let step = i64::try_from(self.random.below(most + 1)).unwrap_or(0);
        let skew = &mut self.hosts[object].skew;
        let before = *skew;
        *skew = if is_ahead {
            step.max(*skew)
        } else {
            (-step).min(*skew)
        };
        *skew != before
    }

    fn current(&mut self) -> usize {
        let current: Vec<usize> = (0..self.isolates.len())
            .filter(|at| self.isolates[*at].is_current)
            .collect();
        *self.random.pick(&current)
    }

    /// An isolate dies, its connections with it.
    fn kill_isolate(&mut self) {
        let isolate = self.current();
        self.isolates[isolate].is_current = false;
        self.isolates[isolate].is_alive = false;
        for id in self.of_isolate(isolate) {
            self.orphan(id);
            self.break_off(id);
        }
        self.add_isolate();
    }

    /// A Wasm instance panics: some objects and an isolate that share it. What aborts its exchanges is the runtime's.
    fn panic(&mut self) -> Held {
        for object in 0..self.hosts.len() {
            if self.random.one_in(2) {
                self.evict(object)?;
            }
        }
        let isolate = self.current();
        for id in self.of_isolate(isolate) {
            self.orphan(id);
        }
        self.isolates[isolate].is_current = false;
        self.isolates[isolate].ended.clear();
        self.calls.retain(|_, call| call.isolate != isolate);
        self.add_isolate();
        Ok(())
    }

    fn of_isolate(&self, isolate: usize) -> Vec<RequestId> {
        let requests = self.requests.iter().filter(|(_, it)| it.isolate == isolate);
        requests.map(|(id, _)| *id).collect()
    }

    /// Nobody follows a request any more. One that was not let in yet will not be.
    fn orphan(&mut self, id: RequestId) {
        let Some(request) = self.requests.get_mut(&id) else {
            return;
        };
        request.is_orphan = true;
        let client = request.client;
        if request.stage == Stage::Asked {
            self.requests.remove(&id);
            self.hear(client, Heard::Unavailable);
        }
    }

    /// New code everywhere. What is on its way goes on in the isolates of the old.
    fn deploy(&mut self) -> Held {
        for object in 0..self.hosts.len() {
            self.evict(object)?;
        }
        let count = self.isolates.iter().filter(|it| it.is_current).count();
        for isolate in &mut self.isolates {
            isolate.is_current = false;
        }
        for _ in 0..count {
            self.add_isolate();
        }
        Ok(())
    }

    /// The next policy is put, if there is one.
    pub(super) fn change_policy(&mut self) -> bool {
        let is_next = self.put.len() < self.scenario.policies.len();
        if is_next {
            self.put.push(self.now);
        }
        is_next
    }
}
