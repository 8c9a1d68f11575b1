//! Paths of requests: one reading of them, for matching and for the origin.

mod normalised;
mod reserved;
mod rules;

pub use normalised::{PathError, decoded_for_matching, normalised, unescaped};
pub use reserved::{OwnPaths, USUAL_PREFIX, decoded};
pub use rules::{Ambiguous, PathRules};
