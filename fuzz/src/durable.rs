//! An object on its platform: rows that stay, and a memory that may go.

use headgate::bounds::FORGET_AFTER;
use headgate::object::{Ask, Effect, Owner, Page};
use headgate::subject::Decision;
use headgate::time::UnixMillis;
use std::collections::BTreeMap;

#[derive(Clone)]
pub struct Durable<O> {
    pub memory: Option<O>,
    pub rows: BTreeMap<u8, Vec<u8>>,
    pub alarm: Option<UnixMillis>,
}

/// What goes wrong while rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    BeforeWrite,
    AfterWrite,
}

impl<O: Owner + Clone> Durable<O> {
    pub fn empty() -> Self {
        let (memory, rows, alarm) = (None, BTreeMap::new(), None);
        Self {
            memory,
            rows,
            alarm,
        }
    }

    pub fn machine(&mut self) -> &mut O {
        let rows = &self.rows;
        self.memory.get_or_insert_with(|| resumed(rows))
    }

    /// One step; nothing if it had to be written and could not be, and then memory is gone. Whether a row was written.
    pub fn step<T>(
        &mut self,
        fault: Fault,
        step: impl FnOnce(&mut O) -> (T, Vec<Effect>),
    ) -> (Option<T>, bool) {
        let (value, effects) = step(self.machine());
        if effects.is_empty() {
            return (Some(value), false);
        }
        let is_written = fault != Fault::BeforeWrite;
        if is_written {
            self.write(effects);
        }
        if fault == Fault::None {
            return (Some(value), true);
        }
        self.memory = None;
        (None, is_written)
    }

    /// Lets time pass to `until`, with the wakes that fall due.
    pub fn rest(&mut self, until: UnixMillis) {
        let mut last = None;
        while let Some(wake) = self.memory.as_ref().and_then(Owner::next_wake) {
            if wake > until {
                break;
            }
            assert!(last < Some(wake), "woken again at once");
            last = Some(wake);
            self.step(Fault::None, |machine| ((), machine.wake(wake)));
        }
    }

    /// A machine that lost its memory now has no unit, slot or amount more than the one that did not.
    pub fn is_no_richer_without_memory(&mut self, look: &Ask) {
        let Some(mut live) = self.memory.clone() else {
            return;
        };
        let (known, _) = live.handle(look, UnixMillis(0));
        let (resumed, _) = resumed::<O>(&self.rows).handle(look, known.now);
        for (one, other) in known.standings.iter().zip(&resumed.standings) {
            assert!(
                other.remaining <= one.remaining,
                "without memory {other:?}, with {one:?}"
            );
        }
    }

    pub fn look(&mut self, look: &Ask, now: UnixMillis) -> Decision {
        self.machine().clone().handle(look, now).0
    }

    /// The alarm comes; whether all is forgotten.
    pub fn ring(&mut self, now: UnixMillis) -> bool {
        self.alarm = None;
        let rows: Vec<(u8, Vec<u8>)> = self.rows.clone().into_iter().collect();
        let effects = O::clean_up(&rows, now).expect("rows that were written");
        let is_forgotten = effects.contains(&Effect::Forget);
        self.write(effects);
        is_forgotten
    }

    /// What is deleted at `now` has been over for so long that a clock which steps back gives no unit twice.
    pub fn is_no_richer_without_what_is_over(&mut self, look: &Ask, now: UnixMillis) {
        let back = UnixMillis(now.0.saturating_sub(FORGET_AFTER.0));
        let (before, _) = resumed::<O>(&self.rows).handle(look, back);
        self.memory = None;
        self.ring(now);
        let (after, _) = resumed::<O>(&self.rows).handle(look, back);
        for (one, other) in before.standings.iter().zip(&after.standings) {
            assert!(
                other.remaining <= one.remaining,
                "after cleaning up {other:?}, before {one:?}"
            );
        }
    }

    fn write(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::PutRow { page, row } => {
                    let bytes = row.encode().expect("a row that fits");
                    assert_eq!(Page::decode(&bytes), Ok(row));
                    self.rows.insert(page, bytes);
                }
                Effect::DeleteRow { page } => drop(self.rows.remove(&page)),
                Effect::SetAlarm { at } => self.alarm = Some(at),
                Effect::Forget => *self = Self::empty(),
            }
        }
    }
}

fn resumed<O: Owner>(rows: &BTreeMap<u8, Vec<u8>>) -> O {
    let pages: Vec<Vec<u8>> = rows.values().cloned().collect();
    O::load(&pages).expect("rows that were written")
}
