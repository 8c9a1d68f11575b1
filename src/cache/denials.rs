//! Denials that an isolate repeats by itself.

use super::Cache;
use crate::object::Ask;
use crate::subject::Decision;
use crate::time::{Millis, UnixMillis};
use std::rc::Rc;

/// Entries per generation.
const MOST: usize = 2_048;

/// What objects have refused lately, and to whom. The same is refused until then: time alone gives back what was spent.
#[derive(Clone, Debug)]
pub struct Denials(Cache<Asked, Denied>);

/// A question, whoever puts it: the object's name and what it was asked, but for what differs from request to request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asked(Vec<u8>);

#[derive(Clone, Debug)]
struct Denied {
    /// From before the object was called, so that the isolate's time is never behind the object's.
    since: UnixMillis,
    lasts: Millis,
    decision: Rc<Decision>,
}

impl Default for Denials {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl Asked {
    /// What is asked of the object of that name. The ask comes back as it was.
    #[must_use]
    pub fn of(name: &str, ask: &mut Ask) -> Self {
        let (lease, lend) = (ask.lease.take(), ask.terms.lend.take());
        let released = std::mem::take(&mut ask.released);
        let repeated = std::mem::take(&mut ask.terms.repeated);
        let mut bytes = ask.encode();
        bytes.extend_from_slice(name.as_bytes());
        (ask.lease, ask.terms.lend) = (lease, lend);
        (ask.released, ask.terms.repeated) = (released, repeated);
        Self(bytes)
    }
}

impl Denials {
    /// Whether nothing is remembered, so that nobody needs to ask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Remembers a decision that came of a call begun at `since` on what was asked, if it is a denial that stands for a while; for `most` at
    /// most, since units may be given back otherwise than by time. It ends a sixteenth before it would: this isolate's clock
    /// may be slower than the object's.
    pub fn learn(
        &mut self,
        asked: impl FnOnce() -> Asked,
        decision: &Decision,
        since: UnixMillis,
        most: Millis,
    ) {
        let Some(stands_for) = decision.stands_for() else {
            return;
        };
        let early = (stands_for.0 / 16).max(1);
        let lasts = Millis(stands_for.0.saturating_sub(early)).min(most);
        if !lasts.is_zero() {
            let decision = Rc::new(decision.clone());
            let denied = Denied {
                since,
                lasts,
                decision,
            };
            self.0.put(asked(), denied);
        }
    }

    /// The object's denial as it stands at `now`, if one is known that still does.
    pub fn known(&mut self, asked: &Asked, now: UnixMillis) -> Option<Decision> {
        let denied = self.0.get(asked)?;
        let passed = Millis(now.0.checked_sub(denied.since.0)?);
        (passed < denied.lasts).then(|| denied.decision.later(passed))
    }
}
