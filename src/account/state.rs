//! The state of an account, and whom it refuses.

use super::{Override, RefundId, quoted};
#[cfg(doc)]
use crate::bounds::{MAX_OVERRIDES, MAX_REFUNDED};
use crate::bounds::{MAX_REVOKED_KEYS, MAX_WOULD_DENY};
use crate::limit::Name;
use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is known of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountState {
    /// What it pays for.
    pub plan: Plan,
    /// Until when nothing of it passes; may have ended.
    pub suspension: Option<Suspension>,
    /// Keys that are nobody's any more, [`MAX_REVOKED_KEYS`] at most.
    pub revoked: Vec<KeyHash>,
    /// Limits that hold otherwise, [`MAX_OVERRIDES`] at most, each of another limit; some may have ended.
    pub overrides: Vec<Override>,
    /// How many requests shadow limits would have denied, each once, [`MAX_WOULD_DENY`] limits at most.
    pub would_deny: Vec<(Name, u64)>,
    /// The latest refunds by hand, [`MAX_REFUNDED`] at most, each with how many units it gave back.
    pub refunded: Vec<(RefundId, u64)>,
}

/// What an account pays for, in the words of whoever bills it. Each is 1 to 64 bytes of text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Whether it does, such as `active` or `past_due`.
    pub access_status: Option<String>,
    /// The plan's code.
    pub plan: Option<String>,
    /// When what is paid for ends.
    pub period_end: Option<String>,
}

/// A time in which nothing of an account passes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// When it ends by itself.
    pub until: UnixMillis,
    /// Why, as its clients are told: at most 256 bytes of text, or nothing.
    pub reason: String,
}

/// A keyed hash that stands for an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyHash(pub [u8; 16]);

/// Why an account's request is refused whatever its limits say of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Its key is revoked.
    Revoked,
    /// The account is suspended.
    Suspended,
    /// A cap is spent, or what the account pays for does not allow it.
    PaymentRequired,
}

impl AccountState {
    /// Why a request under `key` is refused; those whose routes reserve are, too, while the access status is one of
    /// `blocked`.
    #[must_use]
    pub fn refusal(
        &self,
        key: Option<KeyHash>,
        blocked: &[String],
        now: UnixMillis,
    ) -> Option<Refusal> {
        if key.is_some_and(|key| self.revoked.contains(&key)) {
            return Some(Refusal::Revoked);
        }
        if self.suspended(now).is_some() {
            return Some(Refusal::Suspended);
        }
        let status = self.plan.access_status.as_ref();
        let is_blocked = status.is_some_and(|status| blocked.contains(status));
        is_blocked.then_some(Refusal::PaymentRequired)
    }

    /// The suspension, unless it has ended.
    #[must_use]
    pub fn suspended(&self, now: UnixMillis) -> Option<&Suspension> {
        self.suspension.as_ref().filter(|it| now < it.until)
    }

    /// How long until nothing is known any more; `None` if time alone does not bring that about.
    #[must_use]
    pub fn over_in(&self, now: UnixMillis) -> Option<Millis> {
        let stays = self.plan != Plan::default() || !self.revoked.is_empty();
        let suspension = self.suspension.iter().map(|it| it.until);
        let ends = suspension.chain(self.overrides.iter().map(|it| it.until));
        let wait = ends.map(|end| end.since(now)).max();
        wait.or(Some(Millis(0))).filter(|_| !stays)
    }

    /// Erases the plan, the overrides, what shadow limits would have denied, the reason of a suspension, and one that has
    /// ended; what there was of these. A suspension holds without its reason, revoked keys stay revoked, and no refund is
    /// made again.
    pub fn erase(&mut self, now: UnixMillis) -> Vec<&'static str> {
        let mut erased = Vec::new();
        if self.plan != Plan::default() {
            self.plan = Plan::default();
            erased.push("plan");
        }
        if !std::mem::take(&mut self.overrides).is_empty() {
            erased.push("overrides");
        }
        if !std::mem::take(&mut self.would_deny).is_empty() {
            erased.push("would_deny");
        }
        let has_ended = self.suspended(now).is_none();
        if self.suspension.take_if(|_| has_ended).is_some() {
            erased.push("suspension");
        } else if let Some(suspension) = self.suspension.as_mut()
            && !suspension.reason.is_empty()
        {
            suspension.reason.clear();
            erased.push("suspension_reason");
        }
        erased
    }

    /// Counts a request that these shadow limits would have denied. Of too many limits the first that was counted is
    /// forgotten.
    #[cold]
    pub fn count(&mut self, would_deny: &[Name]) {
        for name in would_deny {
            if let Some((_, requests)) = self.would_deny.iter_mut().find(|it| it.0 == *name) {
                *requests = requests.saturating_add(1);
                continue;
            }
            if self.would_deny.len() >= MAX_WOULD_DENY {
                self.would_deny.remove(0);
            }
            self.would_deny.push((name.clone(), 1));
        }
    }

    /// Revokes a key; whether there was room for it.
    pub(super) fn revoke(&mut self, key: KeyHash) -> bool {
        if self.revoked.contains(&key) {
            return true;
        }
        let has_room = self.revoked.len() < MAX_REVOKED_KEYS;
        if has_room {
            self.revoked.push(key);
        }
        has_room
    }
}

impl Plan {
    /// Its fields with their names, each as JSON.
    #[must_use]
    pub fn fields(&self) -> [(&str, String); 3] {
        [
            ("access_status", quoted(self.access_status.as_deref())),
            ("plan", quoted(self.plan.as_deref())),
            ("period_end", quoted(self.period_end.as_deref())),
        ]
    }
}

impl KeyHash {
    /// The hash of 32 hexadecimal digits, or of the 64 in the name of a key's record, of which it is the first half.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let is_hex = text.bytes().all(|b| b.is_ascii_hexdigit());
        let half = text.get(..32).filter(|_| matches!(text.len(), 32 | 64));
        let half = half.filter(|_| is_hex)?;
        let number = u128::from_str_radix(half, 16).ok()?;
        Some(Self(number.to_be_bytes()))
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}
