//! What an object knows of what is to be told.

use super::{Event, EventId, Outbox, Taken, Watch, What};
use crate::account::Named;
use crate::limit::Name;
use crate::subject::Standing;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// What is to be watched, as each ask says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerting {
    /// Thresholds in percent, ascending, [`crate::bounds::MAX_PERCENTS`] at most.
    pub percents: Vec<u8>,
    /// What the receiver knows the account by.
    pub named: Named,
}

/// What was told of an account or the API, and what is still to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerts {
    /// What it is about, while something is to be told.
    named: Named,
    watch: Watch,
    outbox: Outbox,
}

impl Alerts {
    /// Looks at where an account stands; whether something is to be told that was not before.
    pub fn look(&mut self, standings: &[Standing], alerting: &Alerting, now: UnixMillis) -> bool {
        let mut is_new = false;
        for standing in standings {
            for it in self.watch.look(standing, &alerting.percents, now) {
                let what = What::Reached {
                    limit: standing.limit.name.clone(),
                    kind: standing.limit.algorithm.kind(),
                    percent: it.percent,
                    used: it.used,
                    most: it.most,
                };
                self.tell(&alerting.named, what, it.turn, now);
                is_new = true;
            }
        }
        is_new
    }

    /// Has something told.
    pub fn tell(&mut self, named: &Named, what: What, turn: u64, now: UnixMillis) {
        if self.named != *named {
            self.named.clone_from(named);
        }
        self.watch.tidy(now);
        self.outbox.put(Event::new(named, what, turn, now), now);
    }

    /// What it is about; of no account if nothing is to be told.
    #[must_use]
    pub fn named(&self) -> &Named {
        &self.named
    }

    /// Which thresholds of which limits were told of, in percent, and until when they are not told of again.
    pub fn told(&self) -> impl Iterator<Item = (&Name, u8, UnixMillis)> {
        self.watch.told()
    }

    /// What is on its way.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// What is to be sent by now: its id and its body.
    #[must_use]
    pub fn due(&self, now: UnixMillis) -> Option<(EventId, String)> {
        let event = &self.outbox.due(now)?.event;
        Some((event.id, event.body(&self.named)))
    }

    /// Takes note of how sending an event ended.
    pub fn sent(&mut self, id: EventId, taken: Taken, now: UnixMillis) {
        self.outbox.sent(id, taken, now);
        let is_empty = self
            .outbox
            .letters()
            .chain(self.outbox.given_up())
            .next()
            .is_none();
        if is_empty {
            self.named = Named::default();
        }
    }

    /// Sends all that waits or was given up now; how many these are.
    pub fn send_again(&mut self, now: UnixMillis) -> usize {
        self.outbox.again(now)
    }
}
