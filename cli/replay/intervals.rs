//! Sums over time: intervals that grow with the time that a log covers, so that there are never many.

use headgate::time::UnixMillis;

/// Most intervals.
const MOST: usize = 180;

/// Lengths of an interval in milliseconds, each a whole number of the one before; longer ones are doubled.
const LENGTHS: [u64; 16] = [
    1_000,
    2_000,
    10_000,
    30_000,
    60_000,
    300_000,
    600_000,
    1_800_000,
    3_600_000,
    10_800_000,
    21_600_000,
    43_200_000,
    86_400_000,
    604_800_000,
    1_209_600_000,
    2_419_200_000,
];

/// What is counted of an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) requests: u64,
    pub(crate) new: u64,
    pub(crate) current: u64,
}

/// Intervals one after the other.
#[derive(Debug)]
pub(crate) struct Intervals {
    /// How long each is, in milliseconds.
    pub(crate) length: u64,
    /// Which the first is, counted from 1970.
    first: u64,
    pub(crate) sums: Vec<Sums>,
}

impl Default for Intervals {
    fn default() -> Self {
        Self {
            length: LENGTHS.first().copied().unwrap_or(1_000),
            first: 0,
            sums: Vec::new(),
        }
    }
}

impl Intervals {
    /// When an interval begins.
    pub(crate) fn start(&self, at: usize) -> UnixMillis {
        let at = u64::try_from(at).unwrap_or(u64::MAX);
        UnixMillis(self.first.saturating_add(at).saturating_mul(self.length))
    }

    /// Counts a request.
    pub(crate) fn add(&mut self, at: UnixMillis, new: bool, current: bool) {
        let sums = Sums {
            requests: 1,
            new: u64::from(new),
            current: u64::from(current),
        };
        self.put(at, sums);
    }

    fn put(&mut self, at: UnixMillis, sums: Sums) {
        if self.sums.is_empty() {
            self.first = self.index(at);
        }
        while !self.reaches(at) {
            self.widen();
        }
        let index = self.index(at);
        if index < self.first {
            let more = usize::try_from(self.first.saturating_sub(index)).unwrap_or(0);
            self.sums
                .splice(..0, std::iter::repeat_n(Sums::default(), more));
            self.first = index;
        }
        let place = usize::try_from(index.saturating_sub(self.first)).unwrap_or(0);
        if self.sums.len() <= place {
            self.sums.resize(place.saturating_add(1), Sums::default());
        }
        if let Some(known) = self.sums.get_mut(place) {
            known.requests = known.requests.saturating_add(sums.requests);
            known.new = known.new.saturating_add(sums.new);
            known.current = known.current.saturating_add(sums.current);
        }
    }

    fn index(&self, at: UnixMillis) -> u64 {
        at.0.checked_div(self.length).unwrap_or(0)
    }

    /// Whether there are not too many intervals with the one at that time.
    fn reaches(&self, at: UnixMillis) -> bool {
        let len = u64::try_from(self.sums.len()).unwrap_or(u64::MAX);
        let end = self.first.saturating_add(len.saturating_sub(1));
        let index = self.index(at);
        let most = u64::try_from(MOST).unwrap_or(u64::MAX);
        end.max(index).saturating_sub(self.first.min(index)) < most
    }

    fn widen(&mut self) {
        let longer = LENGTHS.iter().find(|length| **length > self.length);
        let length = longer.copied().unwrap_or(self.length.saturating_mul(2));
        let narrow = std::mem::take(self);
        self.length = length;
        for (at, sums) in narrow.sums.iter().enumerate() {
            if sums.requests > 0 {
                self.put(narrow.start(at), *sums);
            }
        }
    }
}
