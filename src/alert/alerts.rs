//! What an account's object knows of what is to be told.

use super::{Event, EventId, Letter, Outbox, Taken, Watch, What};
use crate::subject::Standing;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// What is to be watched, as each ask says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerting {
    /// Thresholds in percent, ascending, [`crate::bounds::MAX_PERCENTS`] at most.
    pub percents: Vec<u8>,
    /// What the receiver knows the account by.
    pub account: String,
}

/// What was told of an account and what is still to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerts {
    /// The account's name, once something was to be told.
    account: String,
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
                self.tell(&alerting.account, what, it.turn, now);
                is_new = true;
            }
        }
        is_new
    }

    /// Has something told of the account.
    pub fn tell(&mut self, account: &str, what: What, turn: u64, now: UnixMillis) {
        if self.account != account {
            account.clone_into(&mut self.account);
        }
        self.watch.tidy(now);
        self.outbox.put(Event::new(account, what, turn, now), now);
    }

    /// The account's name as receivers know it; empty if nothing was ever told.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// What is on its way.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// What is to be sent by now.
    #[must_use]
    pub fn due(&self, now: UnixMillis) -> Option<&Letter> {
        self.outbox.due(now)
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
            self.account.clear();
        }
    }

    /// Sends all that waits or was given up now; how many these are.
    pub fn send_again(&mut self, now: UnixMillis) -> usize {
        self.outbox.again(now)
    }
}
