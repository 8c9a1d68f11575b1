//! What operations do to what is known of an account.

use super::{AccountState, KeyHash, Operation, Reply, list, object, quoted};
use crate::bounds::{MAX_OVERRIDES, MAX_REVOKED_KEYS};
use crate::time::UnixMillis;

impl AccountState {
    /// Does what an operation on the plan, the suspension or the keys says; how that part then stands.
    pub fn operate(&mut self, operation: &Operation, now: UnixMillis) -> Reply {
        match operation {
            Operation::Plan(plan) => {
                if let Some(plan) = plan {
                    self.plan = plan.clone();
                }
                Reply::ok(object(&self.plan.fields()))
            }
            Operation::Suspension(None) => self.suspension_reply(now),
            Operation::Suspension(suspension) => {
                self.suspension.clone_from(suspension);
                self.suspension_reply(now)
            }
            Operation::Lift => {
                self.suspension = None;
                self.suspension_reply(now)
            }
            Operation::Revoke(key) if !self.revoke(*key) => {
                let message = format!(
                    "revoked-keys: found {MAX_REVOKED_KEYS}, allowed: as many. Delete the records of revoked keys, \
                     then take them off this list."
                );
                Reply::error(409, "too_many", &message)
            }
            Operation::Reinstate(key) => {
                self.revoked.retain(|known| known != key);
                self.revoked_reply()
            }
            Operation::Override(given) if !self.set_override(given, now) => {
                let message =
                    format!("overrides: found {MAX_OVERRIDES}, allowed: as many. End one of them.");
                Reply::error(409, "too_many", &message)
            }
            Operation::EndOverride(limit) => {
                self.overrides.retain(|it| it.limit != *limit);
                self.overrides_reply(now)
            }
            Operation::Overrides | Operation::Override(_) => self.overrides_reply(now),
            _ => self.revoked_reply(),
        }
    }

    fn suspension_reply(&self, now: UnixMillis) -> Reply {
        let suspension = self.suspended(now);
        let until = suspension.map(|it| it.until.ceil_seconds().to_string());
        Reply::ok(object(&[
            ("until", until.unwrap_or_else(|| quoted(None))),
            ("reason", quoted(suspension.map(|it| it.reason.as_str()))),
        ]))
    }

    fn overrides_reply(&self, now: UnixMillis) -> Reply {
        Reply::ok(object(&[("overrides", self.overrides_in_force(now))]))
    }

    fn revoked_reply(&self) -> Reply {
        Reply::ok(object(&[("hashes", self.revoked_hashes())]))
    }

    /// The hashes of revoked keys, as JSON.
    pub(crate) fn revoked_hashes(&self) -> String {
        let hash = |key: &KeyHash| quoted(Some(&key.to_string()));
        list(self.revoked.iter().map(hash))
    }
}
