//! What is wrong with a document: where, what was found, what is allowed.

use std::fmt;

/// The first fault of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentError {
    /// The text is not JSON at all.
    Syntax {
        /// Line and column, and what the reader stumbled over.
        problem: String,
    },
    /// The text is larger than a document may be.
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// How many are allowed.
        most: usize,
    },
    /// A field holds what it may not hold, or is missing, or does not exist.
    Field {
        /// Path of the field, such as `tiers.standard.limits[1].window`.
        path: String,
        /// What was found there.
        found: String,
        /// What is allowed there.
        allowed: String,
    },
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { problem } => write!(f, "not JSON: {problem}"),
            Self::TooLarge { bytes, most } => {
                write!(f, "found {bytes} bytes, allowed: at most {most}")
            }
            Self::Field {
                path,
                found,
                allowed,
            } => write!(f, "{path}: found {found}, allowed: {allowed}"),
        }
    }
}

impl std::error::Error for DocumentError {}
