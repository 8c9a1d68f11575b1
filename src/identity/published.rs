//! Keys that an issuer publishes, as an isolate knows them, and when it asks for them again.

use crate::policy::Jwk;
use crate::time::{Millis, UnixMillis};
use std::rc::Rc;

/// How long an answer may take. Who asks for keys waits for it.
pub const ASK_WITHIN: Millis = Millis(3_000);

/// How long keys are used without asking.
const FRESH_FOR: Millis = Millis(600_000);

/// How long nobody asks after an answer that did not help: without, made-up tokens would make us ask all the time.
const PAUSE: Millis = Millis(30_000);

/// The same while no key is known at all.
const SHORT_PAUSE: Millis = Millis(1_000);

/// What is known of the keys at one address.
#[derive(Clone, Debug, Default)]
pub struct PublishedKeys {
    keys: Option<Rc<[Jwk]>>,
    learnt: UnixMillis,
    /// Since when somebody has been asking.
    asking: Option<UnixMillis>,
    /// Until when nobody asks.
    paused: UnixMillis,
    has_failed: bool,
}

/// What to do for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Use these keys.
    Use {
        /// All that are known.
        keys: Rc<[Jwk]>,
        /// Whether they are old because the address does not answer.
        degraded: bool,
    },
    /// Ask the address.
    Ask,
    /// Look again in a moment: somebody is asking.
    Wait,
    /// No key is known that might be the one, and the address does not answer.
    GiveUp,
}

impl PublishedKeys {
    /// What to do for a token of which `suits` says whether a key may be the one that verifies it.
    pub fn step(&self, now: UnixMillis, suits: impl Fn(&Jwk) -> bool) -> Step {
        let is_fresh = now.since(self.learnt) < FRESH_FOR;
        // Who asks may be gone without a word.
        let is_asking = self
            .asking
            .is_some_and(|since| now.since(since) <= ASK_WITHIN);
        let suiting = self.keys.as_ref().filter(|keys| keys.iter().any(suits));
        let is_resting = is_asking || now < self.paused;
        match (suiting, &self.keys) {
            (Some(keys), _) if is_fresh || is_resting => Step::Use {
                keys: Rc::clone(keys),
                degraded: self.has_failed && !is_fresh,
            },
            _ if is_asking => Step::Wait,
            _ if now >= self.paused => Step::Ask,
            (_, Some(keys)) if !self.has_failed => Step::Use {
                keys: Rc::clone(keys),
                degraded: false,
            },
            _ => Step::GiveUp,
        }
    }

    /// Somebody begins to ask.
    pub fn ask(&mut self, now: UnixMillis) {
        self.asking = Some(now);
    }

    /// The address has answered with these; `suits` as for [`Self::step`].
    pub fn learn(&mut self, keys: Vec<Jwk>, now: UnixMillis, suits: impl Fn(&Jwk) -> bool) {
        let has_helped = keys.iter().any(suits);
        *self = Self {
            keys: Some(keys.into()),
            learnt: now,
            asking: None,
            paused: if has_helped { now } else { now.after(PAUSE) },
            has_failed: false,
        };
    }

    /// The address has not answered, or not with keys: the last ones stay.
    pub fn fail(&mut self, now: UnixMillis) {
        let pause = self.keys.as_ref().map_or(SHORT_PAUSE, |_| PAUSE);
        self.asking = None;
        self.paused = now.after(pause);
        self.has_failed = true;
    }
}
