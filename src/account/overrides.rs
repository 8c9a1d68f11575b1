//! Limits that hold otherwise for one account, for a while: "2,000 a minute until Friday".

use super::{AccountState, list, object, quoted};
use crate::bounds::MAX_OVERRIDES;
use crate::limit::{Limit, Name};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// So many units, slots, or so high an amount of one limit instead of what the policy says, whatever its rule is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Which limit.
    pub limit: Name,
    /// As [`crate::limit::Algorithm::with_units`] takes them.
    pub units: u64,
    /// When it ends by itself.
    pub until: UnixMillis,
}

impl AccountState {
    /// Lists of limits as they hold for this account, if that is otherwise than the policy says.
    #[must_use]
    pub fn overridden<const N: usize>(
        &self,
        limits: [&[Limit]; N],
        now: UnixMillis,
    ) -> Option<[Vec<Limit>; N]> {
        let units = |limit: &Limit| {
            let mut named = self.overrides.iter().filter(|it| it.limit == limit.name);
            named.find(|it| now < it.until).map(|it| it.units)
        };
        if self.overrides.is_empty() {
            return None;
        }
        let mut all = limits.iter().copied().flatten();
        if all.all(|limit| units(limit).is_none()) {
            return None;
        }
        let held = |limit: &Limit| Limit {
            algorithm: units(limit)
                .map_or(limit.algorithm, |units| limit.algorithm.with_units(units)),
            ..limit.clone()
        };
        Some(limits.map(|limits| limits.iter().map(held).collect()))
    }

    /// Sets an override in the place of the one before, and lets go of those that have ended; whether there was room.
    pub(super) fn set_override(&mut self, given: &Override, now: UnixMillis) -> bool {
        self.overrides
            .retain(|it| it.limit != given.limit && now < it.until);
        let has_room = self.overrides.len() < MAX_OVERRIDES;
        if has_room {
            self.overrides.push(given.clone());
        }
        has_room
    }

    /// The overrides that have not ended, as JSON.
    pub(crate) fn overrides_in_force(&self, now: UnixMillis) -> String {
        let in_force = self.overrides.iter().filter(|it| now < it.until);
        list(in_force.map(|it| {
            object(&[
                ("limit", quoted(Some(it.limit.as_str()))),
                ("units", it.units.to_string()),
                ("until", it.until.ceil_seconds().to_string()),
            ])
        }))
    }
}
