//! When what a row keeps is over, so that it can go.
//!
//! Rows alone say so, whatever is in memory: no unit is granted beyond the marks in a row, and no lease outlives what a
//! row says. What has been over for [`FORGET_AFTER`] is deleted: a clock that steps back by less gives no unit twice.

use super::page::Page;
use crate::bounds::{ALARM_EVERY, FORGET_AFTER};
use crate::subject::Subject;
use crate::time::{Millis, UnixMillis};

/// How long until all that a row keeps is over: its units are back, its leases have ended, so has what is known of the
/// account, and what it has used is too old to be told. `None` if time alone does not bring that about. Not before the row
/// was written, since others than units and leases may have been looked at until then.
pub(super) fn over_in(row: Page, now: UnixMillis) -> Option<Millis> {
    let known = row.account.map_or(Some(Millis(0)), |it| it.over_in(now))?;
    let subjects = row.subjects.into_iter();
    // Incarnations are of no account here: nothing is granted.
    let mut waits = subjects.map(|(_, kept)| Subject::resumed(kept, 0).let_go_in(now));
    let used = row.usage.kept_for(now);
    let longest = known.max(used).max(row.clock.since(now));
    waits.try_fold(longest, |longest, wait| Some(longest.max(wait?)))
}

/// Since when all must have been over at `now` for it to be deleted.
pub(super) fn over_since(now: UnixMillis) -> UnixMillis {
    UnixMillis(now.0.saturating_sub(FORGET_AFTER.0))
}

/// The turn of the alarm that an instant lies in. The first row of each turn sets the alarm, so that it need not be
/// remembered whether it is set; 0 is that of an object that has no row yet.
pub(super) fn turn(now: UnixMillis) -> u64 {
    now.0.div_ceil(ALARM_EVERY.0)
}
