//! How request paths are read before they are matched and forwarded.

use crate::document::DocumentError;
use crate::document::Field;

/// What the origin's own reading of paths calls for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PathRules {
    /// Match routes without regard to ASCII case, for origins that route so. The path is forwarded as it is.
    pub ignore_case: bool,
    /// What becomes of a path with an encoded slash or backslash in a segment.
    pub encoded_slash: EncodedSlash,
}

/// What becomes of `%2F` and `%5C`: origins differ in whether they split the path there, so that a route
/// could be passed by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EncodedSlash {
    /// The request is refused.
    #[default]
    Refuse,
    /// They are data inside a segment, and stay encoded.
    Keep,
}

pub(super) fn read_paths(field: &Field<'_>) -> Result<PathRules, DocumentError> {
    let object = field.object(&["ignore_case", "encoded_slash"])?;
    let ignore_case = object
        .optional("ignore_case")
        .map_or(Ok(false), |f| f.boolean())?;
    let words = [
        ("refuse", EncodedSlash::Refuse),
        ("keep", EncodedSlash::Keep),
    ];
    let encoded_slash = object
        .optional("encoded_slash")
        .map_or(Ok(EncodedSlash::Refuse), |f| f.choice(&words))?;
    Ok(PathRules {
        ignore_case,
        encoded_slash,
    })
}
