//! Which thresholds of which limits were told of: each once in a window, and again only after what is used has fallen.

use crate::bounds::{MAX_TOLD, MAX_WINDOW};
use crate::limit::{Algorithm, Kind, Name};
use crate::subject::Standing;
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};

/// How far below a threshold what is used must fall before it counts as reached anew, in percent of the limit.
const FALL: u64 = 10;

/// Least time between two events of one threshold, however short its windows: no customer can start a flood.
const LEAST: Millis = Millis(30_000);

/// Least time between two events of one threshold where there is no window.
const PAUSE: Millis = Millis(10 * 60_000);

/// What was told of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch(Vec<Told>);

/// A threshold that was told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    limit: Name,
    percent: u8,
    /// Not again before.
    until: UnixMillis,
    /// Whether what is used has fallen since, or need not.
    has_fallen: bool,
}

/// A threshold that was reached, in which turn of its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) percent: u8,
    pub(super) used: u64,
    pub(super) most: u64,
    pub(super) turn: u64,
}

impl Watch {
    /// Which of `percents` a limit has reached that are to be told of now. One that counts something apart is not looked at.
    pub(super) fn look(
        &mut self,
        standing: &Standing,
        percents: &[u8],
        now: UnixMillis,
    ) -> Vec<Reached> {
        let limit = &standing.limit;
        let most = limit.algorithm.most_at_once();
        let used = most.saturating_sub(standing.remaining);
        let share = used.saturating_mul(100);
        let mut reached = Vec::new();
        if limit.partition.is_some() {
            return reached;
        }
        for &percent in percents {
            let threshold = most.saturating_mul(percent.into());
            // A request that needs more than is left finds the limit spent.
            let is_spent = standing.violated && percent == 100 && used > 0;
            let is_full = self.0.len() >= MAX_TOLD;
            let known = (self.0.iter_mut())
                .find(|told| told.percent == percent && told.limit == limit.name);
            if share < threshold && !is_spent {
                let least = most.saturating_mul(u64::from(percent).saturating_sub(FALL));
                if let Some(told) = known.filter(|_| share <= least) {
                    told.has_fallen = true;
                }
                continue;
            }
            let (until, turn) = turn(standing, now);
            let told = Told {
                limit: limit.name.clone(),
                percent,
                until,
                has_fallen: begins_anew(&limit.algorithm),
            };
            match known {
                Some(known) if !known.has_fallen || now < known.until => continue,
                Some(known) => *known = told,
                None if is_full => continue,
                None => self.0.push(told),
            }
            reached.push(Reached {
                percent,
                used,
                most,
                turn,
            });
        }
        reached
    }

    /// Which thresholds of which limits were told of, and until when they are not told of again.
    pub(super) fn told(&self) -> impl Iterator<Item = (&Name, u8, UnixMillis)> {
        let told = self.0.iter();
        told.map(|told| (&told.limit, told.percent, told.until))
    }

    /// Forgets what need not be remembered any more: what has fallen and may be told again.
    pub(super) fn tidy(&mut self, now: UnixMillis) {
        // Of a limit that is no more nobody will see it fall.
        let is_kept = |told: &Told| !told.has_fallen && now < told.until.after(MAX_WINDOW);
        self.0.retain(|told| now < told.until || is_kept(told));
    }
}

/// Whether a limit's windows begin with nothing used, so that nothing has to be seen to fall.
fn begins_anew(algorithm: &Algorithm) -> bool {
    matches!(
        algorithm,
        Algorithm::FixedWindow(_) | Algorithm::AnchoredWindow(_)
    )
}

/// Until when a threshold is not told of again, and what tells the time until then from others: where windows have ends,
/// the end of this one.
fn turn(standing: &Standing, now: UnixMillis) -> (UnixMillis, u64) {
    let algorithm = &standing.limit.algorithm;
    if begins_anew(algorithm) {
        let end = now.after(standing.full);
        return (end.max(now.after(LEAST)), end.0);
    }
    let window = match algorithm.kind() {
        Kind::Rate => algorithm.window(now).unwrap_or(PAUSE),
        Kind::Lane | Kind::Cap => PAUSE,
    };
    let turn = now.0.checked_div(window.0).unwrap_or(now.0);
    (now.after(window.max(LEAST)), turn)
}
