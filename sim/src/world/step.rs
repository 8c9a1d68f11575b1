//! One step of an object's machine: loaded if need be, run, and its effects applied, or not.

use super::World;
use crate::event::Event;
use crate::fault::Fault;
use crate::machine::Machine;
use crate::violation::{Held, Violation};
use headgate::object::Effect;
use headgate::time::UnixMillis;

/// What became of a step of a machine.
pub(super) enum Ran<T> {
    /// It was done, and may be told.
    Told(T),
    /// It was done and written, and the object is gone before it can tell anybody.
    Untold(T),
    /// It was not done.
    Failed,
}

/// Longest that a timer is late, in ms.
const LATE: u64 = 20_000;

impl World {
    /// Runs one step of a machine and applies its effects.
    pub(super) fn step<T>(
        &mut self,
        object: usize,
        life: u64,
        step: impl FnOnce(&mut Machine, UnixMillis) -> (T, Vec<Effect>),
    ) -> Result<Ran<T>, Violation> {
        let Some(mut machine) = self.machine(object, life)? else {
            return Ok(Ran::Failed);
        };
        let host = &mut self.hosts[object];
        let (value, effects) = step(&mut machine, host.clock(self.now));
        if !effects.is_empty() {
            if host.primary.life != life {
                host.cut_off = None;
                return Ok(Ran::Failed);
            }
            if self.fails(Fault::WriteFailed) {
                self.rates.lost(object, &[]);
                return Ok(Ran::Failed);
            }
            self.hosts[object].apply(effects, machine.shadows());
            if self.fails(Fault::GoneAfterWrite) {
                self.rates.lost(object, &[]);
                self.restart(object);
                return Ok(Ran::Untold(value));
            }
        }
        if let Some(instance) = self.hosts[object].living(life) {
            instance.machine = Some(machine);
        }
        self.set_wake(object, life);
        Ok(Ran::Told(value))
    }

    /// The machine of an instance, read from its rows if need be. One that is cut off cannot read them.
    fn machine(&mut self, object: usize, life: u64) -> Result<Option<Machine>, Violation> {
        let Some(instance) = self.hosts[object].living(life) else {
            return Ok(None);
        };
        if let Some(machine) = instance.machine.take() {
            return Ok(Some(machine));
        }
        if self.hosts[object].primary.life != life || self.fails(Fault::ReadFailed) {
            return Ok(None);
        }
        let machine = self.hosts[object].resumed();
        machine
            .map(Some)
            .ok_or_else(|| Violation(format!("object {object} cannot read its rows")))
    }

    /// Sees to it that a machine is woken when it wants to be. One timer at a time.
    fn set_wake(&mut self, object: usize, life: u64) {
        let host = &mut self.hosts[object];
        let clock = host.clock(self.now);
        let Some(instance) = host.living(life).filter(|it| !it.is_wake_set) else {
            return;
        };
        let Some(wake) = instance.machine.as_ref().and_then(Machine::next_wake) else {
            return;
        };
        instance.is_wake_set = true;
        let mut at = self.now + wake.since(clock).0;
        if self.fails(Fault::WakeLate) {
            at += self.random.below(LATE);
        }
        self.queue.push(at, Event::Wake { object, life });
        if self.fails(Fault::WakeDoubled) {
            self.queue.push(at, Event::Wake { object, life });
        }
    }

    /// The alarm has come.
    pub(super) fn alarm(&mut self, object: usize) -> Held {
        let effects = self.hosts[object].clean_up(self.now);
        let effects =
            effects.map_err(|error| Violation(format!("the alarm of object {object}: {error}")))?;
        self.hosts[object].apply(effects, None);
        Ok(())
    }

    /// A timer has come.
    pub(super) fn wake(&mut self, object: usize, life: u64) -> Held {
        let Some(instance) = self.hosts[object].living(life) else {
            return Ok(());
        };
        instance.is_wake_set = false;
        if instance.machine.is_some() {
            self.step(object, life, |machine, now| ((), machine.wake(now)))?;
        }
        Ok(())
    }
}
