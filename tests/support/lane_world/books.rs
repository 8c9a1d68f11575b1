//! What is documented of a lane, counted naively: who has a slot and until when, and what a row keeps of that.

use super::{Model, Set, Tick, members};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default)]
pub struct Books {
    /// Which incarnation this is, as far as rows tell.
    lives: u64,
    /// Whose slot is taken.
    alive: BTreeMap<usize, Lease>,
    /// Slots that a crash keeps from use, until which tick.
    lost: Vec<(u64, Tick)>,
    /// How many leases more the next row allows without their names, at most, and until when.
    unnamed: (u64, Tick),
    row: Row,
}

#[derive(Clone, Debug, Default)]
struct Row {
    lives: u64,
    /// Each until when it may be renewed without another row.
    named: BTreeMap<usize, Tick>,
    /// How many others, until when.
    unnamed: (u64, Tick),
    lost: Vec<(u64, Tick)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Lease {
    until: Tick,
    /// Whether it was granted or renewed in this life.
    is_fresh: bool,
}

impl Books {
    /// Those of an object that has no row yet.
    pub fn fresh() -> Self {
        Self {
            lives: 1,
            ..Self::default()
        }
    }

    /// A lease is granted, or renewed: it lasts from now, and no shorter than before.
    pub fn take(&mut self, request: usize, incarnation: u64, now: Tick, model: &Model) {
        assert_eq!(incarnation, self.lives, "an incarnation that is another's");
        let lease = self.alive.entry(request).or_default();
        lease.until = lease.until.max(now + model.lease);
        lease.is_fresh = true;
    }

    pub fn release(&mut self, leases: Set) {
        members(leases).for_each(|request| {
            self.alive.remove(&request);
        });
    }

    /// A row is written because of a grant: it may allow for more than are there.
    pub fn write_ahead(&mut self, now: Tick, model: &Model) {
        self.unnamed = (model.most_unnamed(), now + model.lease + model.slack());
        self.write(model);
    }

    /// A row is written because of a renewal, or because many have left.
    pub fn write_on(&mut self, model: &Model) {
        self.write(model);
    }

    /// A row is written because all is quiet: it allows for nothing more.
    pub fn write_quietly(&mut self, model: &Model) {
        self.unnamed.0 = 0;
        self.write(model);
    }

    fn write(&mut self, model: &Model) {
        let until = |lease: &Lease| lease.until + if lease.is_fresh { model.slack() } else { 0 };
        let named = self.alive.iter().map(|(at, lease)| (*at, until(lease)));
        self.row = Row {
            lives: self.lives,
            named: named.collect(),
            unnamed: self.unnamed,
            lost: self.lost.clone(),
        };
    }

    /// Memory is lost: what the row names or allows counts until its time.
    pub fn crash(&mut self, now: Tick) {
        let is_fresh = false;
        let named = self.row.named.iter();
        let resumed = named.map(|(at, until)| {
            (
                *at,
                Lease {
                    until: *until,
                    is_fresh,
                },
            )
        });
        self.alive = resumed.collect();
        self.lost.clone_from(&self.row.lost);
        self.lost.push(self.row.unnamed);
        self.unnamed = (0, 0);
        self.lives = self.row.lives + 1;
        self.tidy(now);
    }

    /// Those of an instance whose rows are out of its reach.
    pub fn cut_off(&self) -> Self {
        let row = Row::default();
        Self {
            row,
            ..self.clone()
        }
    }

    /// Holds what the answer to a renewal must be: a lease that is alive is renewed, and else only one that may be
    /// among those whose names a crash lost.
    pub fn check_renewal(&self, request: usize, incarnation: u64, is_granted: bool) {
        let is_alive = self.alive.contains_key(&request) && incarnation <= self.lives;
        let may_be_lost = incarnation < self.lives && !self.lost.is_empty();
        assert!(
            is_granted || !is_alive,
            "lease {request} is alive and not renewed"
        );
        assert!(
            is_alive || may_be_lost || !is_granted,
            "lease {request} has ended and is renewed"
        );
    }

    /// Forgets what has ended: an object does before it decides anything.
    pub fn tidy(&mut self, now: Tick) {
        self.alive.retain(|_, lease| lease.until > now);
        self.lost
            .retain(|(count, until)| *count > 0 && *until > now);
    }

    /// The least and the most slots that may be free: the same number unless memory was lost.
    pub fn free(&self, now: Tick, model: &Model) -> (u64, u64) {
        let alive = self
            .alive
            .values()
            .filter(|lease| lease.until > now)
            .count() as u64;
        let lost = self.lost.iter().filter(|(_, until)| *until > now);
        let lost: u64 = lost.map(|(count, _)| count).sum();
        let most = model.slots.saturating_sub(alive);
        // How far ahead a row was written is not known here, only how far it may be.
        (most.saturating_sub(lost), most)
    }

    /// When all slots are free if nothing more happens.
    pub fn all_free(&self) -> Tick {
        let lost = self.lost.iter().map(|(_, until)| *until);
        let alive = self.alive.values().map(|lease| lease.until);
        alive.chain(lost).max().unwrap_or(0)
    }

    /// The same if memory is lost as well.
    pub fn all_free_after_a_crash(&self, now: Tick) -> Tick {
        let mut crashed = self.clone();
        crashed.crash(now);
        crashed.all_free()
    }
}
