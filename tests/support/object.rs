//! An object as the platform runs it: rows that survive and memory that may not, woken when it asks to be.

use super::{START, ask, ask_slot};
use headgate::account::{Order, Reply};
use headgate::alert::Taken;
use headgate::lease::{Grant, LeaseId};
use headgate::limit::Limit;
use headgate::object::{Account, Ask, Effect, Owner, Page};
use headgate::subject::{Decision, Outcome, Renewal, Settlement};
use headgate::time::{Millis, UnixMillis};
use headgate::usage::Series;
use std::collections::BTreeMap;

#[derive(Clone)]
pub struct Object<O> {
    pub memory: Option<O>,
    pub rows: BTreeMap<u8, Vec<u8>>,
    pub rows_written: u64,
    pub rows_deleted: u64,
    pub alarm: Option<UnixMillis>,
    pub alarms_set: u64,
    pub rings: u64,
    /// When all was deleted, the last time.
    pub forgotten: Option<UnixMillis>,
}

/// An account with leases 0 to `taken`, each granted in a millisecond of its own, and the millisecond after.
pub fn taken_by(limits: &[Limit], taken: u64) -> (Object<Account>, UnixMillis) {
    let (mut object, mut now) = (Object::<Account>::new(), START);
    for number in 0..taken {
        assert!(object.admits(&ask_slot(limits, number), now), "{number}");
        now = now.after(Millis(1));
    }
    (object, now)
}

/// Free slots, or whole units left, of the first limit.
pub fn free(object: &mut Object<Account>, limits: &[Limit], now: UnixMillis) -> u64 {
    object.ask(&ask(limits, 0), now).standings[0].remaining
}

/// What goes wrong while rows are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    BeforeWrite,
    AfterWrite,
}

impl<O: Owner> Object<O> {
    pub fn new() -> Self {
        Self {
            memory: None,
            rows: BTreeMap::new(),
            rows_written: 0,
            rows_deleted: 0,
            alarm: None,
            alarms_set: 0,
            rings: 0,
            forgotten: None,
        }
    }

    /// What its rows hold but for what was counted.
    pub fn limits_in_rows(&self) -> Vec<Page> {
        let limits = |row: &Vec<u8>| Page {
            usage: Series::default(),
            ..Page::decode(row).unwrap()
        };
        self.rows.values().map(limits).collect()
    }

    pub fn ask(&mut self, ask: &Ask, now: UnixMillis) -> Decision {
        self.release(&ask.released, now);
        let (decision, effects) = self.machine().handle(ask, now);
        self.apply(effects);
        if decision.patience().is_some() {
            self.machine().give_up(&decision, ask.cost);
        }
        decision
    }

    /// An ask during which writing fails. Without a write nothing can fail and the decision stands.
    pub fn ask_with_fault(&mut self, ask: &Ask, now: UnixMillis, fault: Fault) -> Option<Decision> {
        self.release(&ask.released, now);
        let (decision, effects) = self.machine().handle(ask, now);
        if effects.is_empty() {
            return Some(decision);
        }
        if fault == Fault::AfterWrite {
            self.apply(effects);
        }
        self.lose_memory();
        None
    }

    /// The renewal of a lease that was granted in an incarnation.
    pub fn renew(&mut self, renewal: &Renewal, now: UnixMillis) -> Option<Grant> {
        let (grant, effects) = self.machine().renew(renewal, now);
        self.apply(effects);
        grant
    }

    pub fn release(&mut self, leases: &[LeaseId], now: UnixMillis) -> bool {
        let (lanes, effects) = self.machine().release(leases, now);
        self.apply(effects);
        !lanes.is_empty()
    }

    pub fn settle(&mut self, settlement: &Settlement, now: UnixMillis) {
        let effects = self.machine().settle(settlement, now);
        self.apply(effects);
    }

    /// A settlement during which writing fails.
    pub fn settle_with_fault(&mut self, settlement: &Settlement, now: UnixMillis, fault: Fault) {
        let effects = self.machine().settle(settlement, now);
        if fault == Fault::AfterWrite {
            self.apply(effects);
        }
        self.lose_memory();
    }

    pub fn operate(&mut self, order: &Order, now: UnixMillis) -> Reply {
        let (reply, effects) = self.machine().operate(order, now);
        self.apply(effects);
        reply
    }

    pub fn admits(&mut self, ask: &Ask, now: UnixMillis) -> bool {
        self.ask(ask, now).outcome == Outcome::Admitted
    }

    /// Sends what is due to a receiver; the ids and bodies that it got.
    pub fn post(
        &mut self,
        now: UnixMillis,
        mut receiver: impl FnMut(&str) -> Taken,
    ) -> Vec<(String, String)> {
        let mut got = Vec::new();
        while let Some((id, body)) = self.machine().letter(now) {
            let taken = receiver(&body);
            if taken == Taken::Yes {
                got.push((id.to_string(), body));
            }
            let effects = self.machine().sent(id, taken, now);
            self.apply(effects);
        }
        got
    }

    /// Lets time pass to `until`, with the wakes and alarms that fall due.
    pub fn rest(&mut self, until: UnixMillis) {
        let mut last = None;
        while let Some(wake) = self.memory.as_ref().and_then(Owner::next_wake) {
            if wake > until {
                break;
            }
            assert!(last < Some(wake), "woken again at once");
            last = Some(wake);
            let effects = self.machine().wake(wake);
            self.apply(effects);
        }
        self.ring_until(until);
    }

    pub fn lose_memory(&mut self) {
        self.memory = None;
    }

    pub fn machine(&mut self) -> &mut O {
        let rows = &self.rows;
        self.memory.get_or_insert_with(|| {
            let pages: Vec<Vec<u8>> = rows.values().cloned().collect();
            O::load(&pages).unwrap()
        })
    }

    fn apply(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::PutRow { page, row } => {
                    self.rows_written += 1;
                    self.rows.insert(page, row.encode().unwrap());
                }
                Effect::DeleteRow { page } => {
                    self.rows_deleted += u64::from(self.rows.remove(&page).is_some());
                }
                Effect::SetAlarm { at } => {
                    self.alarms_set += 1;
                    self.alarm = Some(at);
                }
                Effect::Forget => {
                    (self.rows, self.memory, self.alarm) = (BTreeMap::new(), None, None);
                }
            }
        }
    }

    /// What the platform does when the alarm comes, at its time or later.
    pub fn ring(&mut self, now: UnixMillis) {
        (self.alarm, self.rings) = (None, self.rings + 1);
        let rows: Vec<(u8, Vec<u8>)> = self.rows.clone().into_iter().collect();
        let effects = O::clean_up(&rows, now).unwrap();
        if effects.contains(&Effect::Forget) {
            self.forgotten = Some(now);
        }
        self.apply(effects);
    }

    /// Lets alarms come that are due by `until`.
    fn ring_until(&mut self, until: UnixMillis) {
        let end = UnixMillis(u64::MAX);
        while let Some(alarm) = self.alarm.filter(|at| *at <= until && *at < end) {
            self.ring(alarm);
            assert!(self.alarm.is_none_or(|at| at > alarm), "set to the past");
        }
    }
}
