//! What must not happen, and did.

use std::fmt;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(pub String);

/// Whether everything held.
pub type Held = Result<(), Violation>;

/// Holds that something is so.
///
/// # Errors
///
/// The violation that `otherwise` tells of, if it is not.
pub fn hold(is_so: bool, otherwise: impl FnOnce() -> String) -> Held {
    if is_so {
        Ok(())
    } else {
        Err(Violation(otherwise()))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Violation {}
