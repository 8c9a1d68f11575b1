//! The only place that reads the time.

use crate::time::UnixMillis;

/// Now. In production the clock stands still between I/O, so one event has one time.
pub(crate) fn now() -> UnixMillis {
    UnixMillis(worker::Date::now().as_millis())
}
