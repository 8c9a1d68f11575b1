//! By what the receiver of events knows an account, or an API.

use serde::{Deserialize, Serialize};

/// What an event is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The API, where a deployment serves several and this one has a name.
    pub api: Option<String>,
    /// The account in it, if it is about one.
    pub account: Option<String>,
}
