//! What a holder knows of its lease.

use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};

/// What an object says when it grants or renews a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// How long the lease lasts from when the object was asked.
    pub lasts: Millis,
    /// Which incarnation of the object granted it: one more than the one that its rows tell of. A renewal names the
    /// one in which the lease was last granted or renewed.
    pub incarnation: u64,
}

/// A holder's view of its lease, on the holder's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holder {
    incarnation: u64,
    ends: UnixMillis,
    renew: UnixMillis,
    tenth: Millis,
}

impl Holder {
    /// A lease that was asked for at `sent`.
    #[must_use]
    pub fn new(grant: Grant, sent: UnixMillis) -> Self {
        let tenth = Millis(grant.lasts.0.div_ceil(10));
        Self {
            incarnation: grant.incarnation,
            ends: sent.after(Millis(grant.lasts.0.saturating_sub(tenth.0))),
            renew: sent.after(Millis(grant.lasts.0 / 3)),
            tenth,
        }
    }

    /// The incarnation of the object that granted or last renewed it.
    #[must_use]
    pub fn incarnation(&self) -> u64 {
        self.incarnation
    }

    /// When the call to the origin must have ended unless the lease is renewed before: a tenth of the lease
    /// before the object gives the slot away.
    #[must_use]
    pub fn ends(&self) -> UnixMillis {
        self.ends
    }

    /// When to renew: after a third of the lease, and again each tenth while that fails.
    #[must_use]
    pub fn renew(&self) -> UnixMillis {
        self.renew
    }

    /// How long an attempt to renew it may take, so that there is time for another.
    #[must_use]
    pub fn attempt(&self) -> Millis {
        self.tenth
    }

    /// The same lease after an attempt to renew it failed at `now`.
    #[must_use]
    pub fn put_off(self, now: UnixMillis) -> Self {
        let renew = now.after(self.tenth);
        Self { renew, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_renews_after_a_third_and_ends_a_tenth_before_the_object_does() {
        let (sent, lasts) = (UnixMillis(1_000), Millis(30_000));
        let grant = Grant {
            lasts,
            incarnation: 7,
        };
        let holder = Holder::new(grant, sent);
        assert_eq!(holder.incarnation(), 7);
        assert_eq!(holder.renew(), UnixMillis(11_000));
        assert_eq!(holder.ends(), UnixMillis(28_000));
        let put_off = holder.put_off(UnixMillis(12_000));
        assert_eq!(put_off.renew(), UnixMillis(15_000));
        assert_eq!(put_off.ends(), holder.ends());
    }
}
