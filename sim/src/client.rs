//! How clients ask, and what they do when they are refused.

use crate::random::Random;

/// How a client asks. Times are in ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are what the variant speaks of")]
pub enum Habit {
    /// One request every so often, whatever the answers.
    Steady { every: u64 },
    /// So many at once, then a pause.
    Bursts { size: u64, pause: u64 },
    /// So many workers, each of which asks again as soon as it has its answer.
    Closed { workers: u64 },
    /// Waits as long as it is told, and then asks again.
    Patient { between: u64 },
    /// Doubles its wait from the first on, so often, and then gives up for a while. Seats.io's SDKs begin with 400 ms and
    /// give up after five; with jitter it waits somewhere between half of that and all.
    Backoff {
        first: u64,
        tries: u32,
        has_jitter: bool,
    },
    /// Asks again at once, whatever it is told.
    Hammer,
}

/// What a client has been answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The origin's answer, to its end or not.
    Passed,
    /// A refusal, with the seconds of its `Retry-After`.
    Refused(Option<u64>),
    /// That nobody can say.
    Unavailable,
}

impl Habit {
    /// Any of them.
    pub fn random(random: &mut Random) -> Self {
        match random.below(8) {
            0 | 1 => Self::Steady {
                every: 10 << random.below(11),
            },
            2 => Self::Bursts {
                size: random.between(2, 60),
                pause: *random.pick(&[1_500, 11_000, 61_000]),
            },
            3 | 4 => Self::Closed {
                workers: random.between(1, 14),
            },
            5 => Self::Patient {
                between: random.below(500),
            },
            6 => Self::Backoff {
                first: *random.pick(&[400, 500, 1_000]),
                tries: 5,
                has_jitter: random.one_in(2),
            },
            _ => Self::Hammer,
        }
    }

    /// How many requests it begins with.
    #[must_use]
    pub fn begins_with(self) -> u64 {
        match self {
            Self::Closed { workers } => workers,
            _ => 1,
        }
    }

    /// How many it sends when its time has come, and how long after that it comes again, if that is known by then.
    #[must_use]
    pub fn fires(self) -> (u64, Option<u64>) {
        match self {
            Self::Steady { every } => (1, Some(every)),
            Self::Bursts { size, pause } => (size, Some(pause)),
            _ => (1, None),
        }
    }

    /// How long after an answer it asks again, if answers are what it waits for; `tries` counts the refusals in a row.
    pub fn answers(self, heard: Heard, tries: &mut u32, random: &mut Random) -> Option<u64> {
        if heard == Heard::Passed {
            *tries = 0;
        }
        let told = match heard {
            Heard::Refused(Some(seconds)) => seconds.saturating_mul(1_000),
            _ => 1_000,
        };
        match self {
            Self::Steady { .. } | Self::Bursts { .. } => None,
            Self::Closed { .. } | Self::Hammer => Some(match heard {
                Heard::Passed => random.below(3),
                Heard::Refused(_) | Heard::Unavailable => random.between(10, 400),
            }),
            Self::Patient { between } => Some(if heard == Heard::Passed {
                between
            } else {
                told
            }),
            Self::Backoff {
                first,
                tries: most,
                has_jitter,
            } => {
                if heard == Heard::Passed {
                    return Some(random.below(200));
                }
                if *tries >= most {
                    *tries = 0;
                    return Some(10_000);
                }
                let wait = first << *tries;
                *tries += 1;
                let jitter = if has_jitter {
                    random.below(wait / 2)
                } else {
                    0
                };
                Some(wait - jitter)
            }
        }
    }
}
