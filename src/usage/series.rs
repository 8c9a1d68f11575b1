//! What was counted, by minute, hour and day: what a row keeps.

use super::{Counts, MINUTE};
use crate::account::Day;
use crate::bounds::{KEPT_DAYS, KEPT_DAYS_BY_LIMIT, KEPT_HOURS, KEPT_MINUTES, MAX_LIMITS_COUNTED};
use crate::limit::Name;
use crate::subject::Denied;
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};

/// What was counted lately, without what nothing was counted in. The order of fields is part of the format of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// The last [`KEPT_MINUTES`], oldest first.
    pub(super) minutes: Vec<Use>,
    /// The last [`KEPT_HOURS`].
    pub(super) hours: Vec<Use>,
    /// The last [`KEPT_DAYS`], of UTC.
    pub(super) days: Vec<DayUse>,
}

/// What was counted in a minute or hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// Its number since the Unix epoch.
    pub at: u64,
    /// What was counted in it.
    pub counts: Counts,
}

/// What was counted in a day of UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayUse {
    /// Its number since the Unix epoch.
    pub at: u64,
    /// What was counted in it.
    pub counts: Counts,
    /// Why requests were refused: each of [`Denied::ALL`], in their order, up to the last that there was.
    pub reasons: Vec<u64>,
    /// Which limits refused how many; of more than [`MAX_LIMITS_COUNTED`] only the first that did, and nothing before the last [`KEPT_DAYS_BY_LIMIT`] such days.
    pub limits: Vec<(Name, u64)>,
}

impl Series {
    /// Adds what was counted in the minute of an instant.
    pub(super) fn add(&mut self, counts: &Counts, at: UnixMillis) {
        if counts.is_zero() {
            return;
        }
        let minute = at.0 / MINUTE;
        add_to(&mut self.minutes, minute, counts);
        add_to(&mut self.hours, minute / 60, counts);
        self.on(Day::of(at), |day| day.counts.add(counts));
    }

    /// Counts so many refusals of the day of an instant, and which limit made them.
    pub(super) fn deny(
        &mut self,
        denied: Denied,
        limit: Option<&Name>,
        times: u64,
        now: UnixMillis,
    ) {
        self.on(Day::of(now), |day| day.deny(denied, limit, times));
    }

    /// Counts on a day, which is that of the last entry or later.
    fn on(&mut self, Day(at): Day, count: impl FnOnce(&mut DayUse)) {
        if self.days.last().is_none_or(|last| last.at < at) {
            self.days.push(DayUse::empty(Day(at)));
            if let Some(day) = self.days.iter_mut().nth_back(KEPT_DAYS_BY_LIMIT) {
                day.limits.clear();
            }
        }
        if let Some(day) = self.days.last_mut() {
            count(day);
        }
    }

    /// Lets go of what has become old.
    pub(super) fn forget(&mut self, now: UnixMillis) {
        let minute = now.0 / MINUTE;
        drop_old(&mut self.minutes, minute, KEPT_MINUTES, |it| it.at);
        drop_old(&mut self.hours, minute / 60, KEPT_HOURS, |it| it.at);
        drop_old(&mut self.days, Day::of(now).0, KEPT_DAYS, |it| it.at);
    }

    /// Takes off what was not spent, of the latest minute, hour and day.
    pub(super) fn take_back(&mut self, requests: u64, units: u64) {
        let (minute, hour) = (self.minutes.last_mut(), self.hours.last_mut());
        let day = self.days.last_mut().map(|it| &mut it.counts);
        let uses = minute.into_iter().chain(hour).map(|it| &mut it.counts);
        for counts in uses.chain(day) {
            counts.take_back(requests, units);
        }
    }

    /// How long until the last of it is old enough to be let go.
    #[must_use]
    pub fn kept_for(&self, now: UnixMillis) -> Millis {
        let last = self.days.last();
        let ends = last.map_or(0, |day| day.at.saturating_add(KEPT_DAYS));
        Day(ends).start().since(now)
    }
}

impl DayUse {
    /// A day in which nothing was counted.
    pub(super) fn empty(Day(at): Day) -> Self {
        Self {
            at,
            counts: Counts::default(),
            reasons: Vec::new(),
            limits: Vec::new(),
        }
    }

    fn deny(&mut self, denied: Denied, limit: Option<&Name>, times: u64) {
        let at = denied as usize;
        if self.reasons.len() <= at {
            self.reasons.resize(at.saturating_add(1), 0);
        }
        if let Some(count) = self.reasons.get_mut(at) {
            *count = count.saturating_add(times);
        }
        let Some(limit) = limit else { return };
        let known = self.limits.iter_mut().find(|(known, _)| known == limit);
        if let Some((_, count)) = known {
            *count = count.saturating_add(times);
        } else if self.limits.len() < MAX_LIMITS_COUNTED {
            self.limits.push((limit.clone(), times));
        }
    }
}

fn add_to(uses: &mut Vec<Use>, at: u64, counts: &Counts) {
    match uses.last_mut().filter(|last| last.at >= at) {
        Some(last) => last.counts.add(counts),
        None => uses.push(Use {
            at,
            counts: *counts,
        }),
    }
}

fn drop_old<T>(uses: &mut Vec<T>, now: u64, kept: u64, at: impl Fn(&T) -> u64) {
    uses.retain(|it| at(it).saturating_add(kept) > now);
}
