//! What shadow limits mean: each has what was admitted and finds room in it, and would deny the rest.

use super::slots::Slots;
use crate::oracle::{Definition, definition};
use crate::violation::{Held, hold};
use headgate::lease::LeaseId;
use headgate::limit::{Algorithm, Limit, Name};
use headgate::object::Ask;
use headgate::subject::{Decision, Outcome, Renewal};
use std::collections::BTreeMap;

/// The shadow limits of an account. A copy that is put aside with a row is what is known once memory is lost.
#[derive(Clone, Debug)]
pub struct Shadows {
    now: u64,
    /// How long anything of them may be used after a request, whatever they were before.
    longest: u64,
    limits: BTreeMap<Name, Shadow>,
}

/// One of them, by the newest policy.
#[derive(Clone, Debug)]
struct Shadow {
    version: u64,
    limit: Limit,
    used: Used,
}

#[derive(Debug)]
enum Used {
    Units(Box<dyn Definition>),
    /// Of another rule; when it was last asked for.
    Unknown(u64),
    Slots(Slots),
}

impl Clone for Used {
    fn clone(&self) -> Self {
        match self {
            Self::Units(meaning) => Self::Units(meaning.copied()),
            Self::Unknown(last) => Self::Unknown(*last),
            Self::Slots(slots) => Self::Slots(slots.clone()),
        }
    }
}

impl Used {
    fn nothing(limit: &Limit) -> Self {
        match limit.algorithm {
            Algorithm::Concurrency(rule) => Self::Slots(Slots::new(rule.slots(), rule.lease().0)),
            _ => Self::Units(definition(limit)),
        }
    }
}

impl Shadow {
    fn adopt(&mut self, version: u64, limit: &Limit, now: u64) {
        if version <= self.version {
            return;
        }
        self.version = version;
        if self.limit == *limit {
            return;
        }
        self.limit = limit.clone();
        match &mut self.used {
            // Who is in a lane stays in it.
            Used::Slots(slots) => slots.most = limit.algorithm.units(),
            used => *used = Used::Unknown(now),
        }
    }
}

impl Shadows {
    /// Those of an account that nobody has asked for anything.
    #[must_use]
    pub fn new(longest: u64) -> Self {
        Self {
            now: 0,
            longest,
            limits: BTreeMap::new(),
        }
    }

    /// The object resumes at the row with which this was put aside.
    #[must_use]
    pub fn resumed(&self) -> Self {
        let mut resumed = self.clone();
        for shadow in resumed.limits.values_mut() {
            if let Used::Slots(slots) = &mut shadow.used {
                slots.resume();
            }
        }
        resumed
    }

    /// Nothing is known of the account any more.
    pub fn forget(&mut self) {
        *self = Self::new(self.longest);
    }

    /// It is later. The time of an object does not go back.
    pub fn pass(&mut self, now: u64) {
        self.now = self.now.max(now);
        for slots in self.limits.values_mut().filter_map(slots) {
            slots.pass(self.now);
        }
    }

    /// Holds what a decision says of shadow limits against what they mean. A request that is asked again is not judged again.
    ///
    /// # Errors
    ///
    /// A limit that would deny what it has room for, or lets in what it has not; and one that was not to be judged.
    pub fn judge(&mut self, ask: &Ask, decision: &Decision, is_again: bool) -> Held {
        let now = self.now;
        for limit in &ask.shadows {
            let nothing = || Shadow {
                version: ask.version,
                limit: limit.clone(),
                used: Used::nothing(limit),
            };
            let shadow = self
                .limits
                .entry(limit.name.clone())
                .or_insert_with(nothing);
            shadow.adopt(ask.version, limit, now);
        }
        let is_charged = ask.cost > 0 || ask.lease.is_some();
        if decision.outcome != Outcome::Admitted || !is_charged || is_again {
            return hold(decision.would_deny.is_empty(), || {
                format!("shadow limits judge what is not theirs to judge: {decision:?}")
            });
        }
        for limit in &ask.shadows {
            self.judges(&limit.name, ask, decision)?;
        }
        Ok(())
    }

    fn judges(&mut self, name: &Name, ask: &Ask, decision: &Decision) -> Held {
        let (now, longest) = (self.now, self.longest);
        let Some(shadow) = self.limits.get_mut(name) else {
            return Ok(());
        };
        let denies = decision.would_deny.contains(name);
        if let Used::Unknown(last) = shadow.used
            && now >= last + longest
        {
            shadow.used = Used::nothing(&shadow.limit);
        }
        match &mut shadow.used {
            Used::Slots(slots) => match ask.lease {
                Some(lease) => {
                    let grant = decision.grant.map(|grant| grant.incarnation);
                    slots.ask(lease, grant.filter(|_| !denies), now)
                }
                None => Ok(()),
            },
            Used::Unknown(last) => {
                *last = now;
                Ok(())
            }
            Used::Units(meaning) => {
                let (cost, room) = (ask.cost, meaning.room(now));
                hold(denies == (cost > room), || {
                    format!("shadow limit {name} has {room} for {cost}, and says: {decision:?}")
                })?;
                if cost > 0 && !denies {
                    meaning.admit(cost, now);
                }
                Ok(())
            }
        }
    }

    /// Holds the answer to a holder of a lease against who has a slot.
    ///
    /// # Errors
    ///
    /// A lease that has ended and is renewed, or the other way round.
    pub fn renew(&mut self, renewal: &Renewal, grant: Option<u64>) -> Held {
        let now = self.now;
        let shadow = self.limits.get_mut(&renewal.lane);
        let renew = |slots: &mut Slots| slots.renew(renewal.lease, renewal.incarnation, grant, now);
        shadow.and_then(slots).map_or(Ok(()), renew)
    }

    /// Leases have ended.
    pub fn release(&mut self, leases: &[LeaseId]) {
        for slots in self.limits.values_mut().filter_map(slots) {
            slots.release(leases);
        }
    }
}

fn slots(shadow: &mut Shadow) -> Option<&mut Slots> {
    match &mut shadow.used {
        Used::Slots(slots) => Some(slots),
        _ => None,
    }
}
