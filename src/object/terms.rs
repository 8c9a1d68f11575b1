//! What an ask says that concerns an account alone.

use crate::account::KeyHash;
use crate::alert::Alerting;
use crate::limit::Name;
use crate::loan::Lend;
use serde::{Deserialize, Serialize};

/// The terms of a request of an account. The default says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The key that it was made with.
    pub key: Option<KeyHash>,
    /// How much it reserves of which caps.
    pub reserves: Vec<(Name, u64)>,
    /// Whether its units may be given back when its outcome is known.
    pub refundable: bool,
    /// The access statuses under which it is refused.
    pub blocked: Vec<String>,
    /// Whether the decision is to tell the account's plan and what is settled of the caps that were asked for.
    pub tells: bool,
    /// What is to be watched and told of.
    pub alerting: Option<Alerting>,
    /// Whether it only looks, so that it is not counted.
    pub looks: bool,
    /// What the isolate has refused by itself since it last asked, by the limits that refused it.
    pub repeated: Vec<(Name, u64)>,
    /// What is to be lent beside, if it passes.
    pub lend: Option<Lend>,
}
