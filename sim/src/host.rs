//! An object as the platform keeps it: rows that survive, and instances whose memory does not.

use crate::books::Shadows;
use crate::event::CallId;
use crate::machine::{Kind, Machine};
use headgate::limit::{Name, Partition};
use headgate::object::{Account, Ask, Effect, Owner, PageError, Shard};
use headgate::subject::Decision;
use headgate::time::UnixMillis;
use std::collections::BTreeMap;

/// One object.
#[derive(Clone, Debug)]
pub struct Host {
    /// What it is.
    pub kind: Kind,
    /// Its rows, by their page.
    pub rows: BTreeMap<u8, Vec<u8>>,
    /// How many were written.
    pub rows_written: u64,
    /// How far the clock of its machine is ahead, in ms.
    pub skew: i64,
    /// The instance that has the storage.
    pub primary: Instance,
    /// One before it, which does not know that it has lost it.
    pub cut_off: Option<Instance>,
    /// What its shadow limits mean, as its rows know it, if it has some.
    pub aside: Option<Shadows>,
    /// When its alarm comes, on its machine's clock.
    pub alarm: Option<UnixMillis>,
    lives: u64,
    /// The number of the call that arrived last, to see which were overtaken.
    pub last_call: CallId,
    /// The newest policy that it was asked under.
    pub newest: u64,
    /// The newest policy that it was asked under when a row was written.
    pub written: u64,
    /// Units of loans that came back in this life: marks from before still count them.
    pub returned: u64,
    /// What was asked of an account, last under each set of limits.
    pub asked: BTreeMap<Vec<(Name, Option<Partition>)>, Ask>,
}

/// A running instance of an object.
#[derive(Clone, Debug, Default)]
pub struct Instance {
    /// No two instances live the same life.
    pub life: u64,
    /// The machine; without it the rows are read at the next call.
    pub machine: Option<Machine>,
    /// Whether a timer is set.
    pub is_wake_set: bool,
    /// Who waits for a slot, in the order in which they came.
    pub waiting: Vec<Waiting>,
    tickets: u64,
}

/// Somebody who waits for a slot.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// A place in the order.
    pub ticket: u64,
    /// Whom to answer.
    pub call: CallId,
    /// Which lane.
    pub lane: Name,
    /// What was asked.
    pub ask: Ask,
    /// What it was refused with last.
    pub refused: Decision,
    /// When it is answered at the latest.
    pub until: u64,
}

impl Instance {
    /// A place behind all others.
    pub fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }
}

impl Host {
    /// An object that nobody has called yet.
    #[must_use]
    pub fn new(kind: Kind, aside: Option<Shadows>) -> Self {
        Self {
            kind,
            rows: BTreeMap::new(),
            rows_written: 0,
            skew: 0,
            primary: Instance::default(),
            cut_off: None,
            aside,
            alarm: None,
            lives: 0,
            last_call: 0,
            newest: 0,
            written: 0,
            returned: 0,
            asked: BTreeMap::new(),
        }
    }

    /// What its machine says the time is.
    #[must_use]
    pub fn clock(&self, now: u64) -> UnixMillis {
        UnixMillis(now.saturating_add_signed(self.skew))
    }

    /// A new instance; what the one before it had in memory is lost, and returned.
    pub fn restart(&mut self) -> Instance {
        self.lives += 1;
        self.newest = self.written;
        let next = Instance {
            life: self.lives,
            ..Instance::default()
        };
        std::mem::replace(&mut self.primary, next)
    }

    /// The instance that lives that life.
    pub fn living(&mut self, life: u64) -> Option<&mut Instance> {
        if self.primary.life == life {
            return Some(&mut self.primary);
        }
        self.cut_off.as_mut().filter(|it| it.life == life)
    }

    /// The machine as it would be after memory loss.
    #[must_use]
    pub fn resumed(&self) -> Option<Machine> {
        let pages: Vec<Vec<u8>> = self.rows.values().cloned().collect();
        Machine::load(self.kind, &pages, self.aside.as_ref()).ok()
    }

    /// Stores what a machine wants stored. `shadows` is what its shadow limits mean, as it knows them.
    pub fn apply(&mut self, effects: Vec<Effect>, shadows: Option<&Shadows>) {
        for effect in effects {
            match effect {
                Effect::PutRow { page, row } => {
                    let Ok(bytes) = row.encode() else { continue };
                    self.rows_written += 1;
                    self.written = self.newest;
                    self.rows.insert(page, bytes);
                    self.aside = shadows.cloned();
                }
                Effect::DeleteRow { page } => {
                    self.rows.remove(&page);
                }
                Effect::SetAlarm { at } => self.alarm = Some(at),
                Effect::Forget => {
                    self.rows.clear();
                    (self.alarm, self.primary.machine) = (None, None);
                    self.aside.iter_mut().for_each(Shadows::forget);
                }
            }
        }
    }

    /// What is to be done when the alarm comes.
    ///
    /// # Errors
    ///
    /// A row that does not read.
    pub fn clean_up(&self, now: u64) -> Result<Vec<Effect>, PageError> {
        let rows: Vec<(u8, Vec<u8>)> = self.rows.clone().into_iter().collect();
        let clock = self.clock(now);
        match self.kind {
            Kind::Account => Account::clean_up(&rows, clock),
            Kind::Shard => Shard::clean_up(&rows, clock),
        }
    }
}
