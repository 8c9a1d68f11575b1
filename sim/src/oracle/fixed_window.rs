//! Fixed windows: those of the clock by their numbers, those of the calendar by counting days from the epoch.

use super::{Admitted, Definition, first};

/// Windows of equal length.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    units: u64,
    window: u64,
    admitted: Vec<Admitted>,
}

impl Clock {
    pub(super) fn new(units: u64, window: u64) -> Self {
        let admitted = Vec::new();
        Self {
            units,
            window,
            admitted,
        }
    }
}

impl Definition for Clock {
    fn copied(&self) -> Box<dyn Definition> {
        Box::new(self.clone())
    }

    fn most(&self) -> u64 {
        self.units
    }

    fn room(&self, now: u64) -> u64 {
        let number = now / self.window;
        let is_same = |(at, _): &&Admitted| at / self.window == number;
        let used: u64 = self.admitted.iter().filter(is_same).map(|one| one.1).sum();
        self.units.saturating_sub(used)
    }

    fn admit(&mut self, cost: u64, now: u64) {
        self.admitted
            .retain(|(at, _)| at / self.window == now / self.window);
        self.admitted.push((now, cost));
    }

    fn when(&self, units: u64, now: u64) -> Option<u64> {
        let next = (now / self.window + 1) * self.window;
        first(vec![next], now, |at| self.room(at) >= units)
    }
}

const DAY: u64 = 86_400_000;

/// Calendar months.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    units: u64,
    admitted: Vec<Admitted>,
    /// The first day of each month since the epoch, in days.
    months: Vec<u64>,
}

impl Calendar {
    pub(super) fn new(units: u64) -> Self {
        let admitted = Vec::new();
        let months = months(2_400);
        Self {
            units,
            admitted,
            months,
        }
    }

    fn month(&self, at: u64) -> usize {
        self.months.partition_point(|first| first * DAY <= at)
    }
}

/// The first days of all months before `year`, walking through them day by day.
pub(super) fn months(year: u64) -> Vec<u64> {
    let (mut of_year, mut of_month, mut of_day) = (1970, 1, 1);
    let mut firsts = Vec::new();
    for day in 0.. {
        if of_day == 1 {
            firsts.push(day);
        }
        of_day += 1;
        if of_day > length(of_year, of_month) {
            (of_month, of_day) = (of_month + 1, 1);
        }
        if of_month > 12 {
            (of_year, of_month) = (of_year + 1, 1);
        }
        if of_year == year {
            break;
        }
    }
    firsts
}

fn length(year: u64, month: u64) -> u64 {
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Definition for Calendar {
    fn copied(&self) -> Box<dyn Definition> {
        Box::new(self.clone())
    }

    fn most(&self) -> u64 {
        self.units
    }

    fn room(&self, now: u64) -> u64 {
        let month = self.month(now);
        let is_same = |(at, _): &&Admitted| self.month(*at) == month;
        let used: u64 = self.admitted.iter().filter(is_same).map(|one| one.1).sum();
        self.units.saturating_sub(used)
    }

    fn admit(&mut self, cost: u64, now: u64) {
        let month = self.month(now);
        let (months, admitted) = (&self.months, &mut self.admitted);
        admitted.retain(|(at, _)| months.partition_point(|first| first * DAY <= *at) == month);
        admitted.push((now, cost));
    }

    fn when(&self, units: u64, now: u64) -> Option<u64> {
        let next = self.months[self.month(now)] * DAY;
        first(vec![next], now, |at| self.room(at) >= units)
    }
}
