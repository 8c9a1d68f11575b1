//! Asks with shadow limits beside, and decisions with and without what these say.

use headgate::limit::{Limit, Name};
use headgate::object::Ask;
use headgate::subject::Decision;

/// The same ask with shadow limits beside.
pub fn beside(ask: &Ask, shadows: &[Limit]) -> Ask {
    Ask {
        shadows: shadows.to_vec(),
        ..ask.clone()
    }
}

pub fn names(decision: &Decision) -> Vec<&str> {
    decision.would_deny.iter().map(Name::as_str).collect()
}

/// The decision, but for what shadow limits say.
pub fn enforced(decision: Decision) -> Decision {
    Decision {
        would_deny: Vec::new(),
        grant: None,
        ..decision
    }
}
