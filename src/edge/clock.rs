//! The only place that reads the time.

use crate::time::UnixMillis;

/// Now. In production the clock stands still between I/O, so one event has one time.
pub(crate) fn now() -> UnixMillis {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole milliseconds since 1970, far below 2^53"
    )]
    UnixMillis(js_sys::Date::now() as u64)
}
