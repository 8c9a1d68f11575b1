//! What the origin's own reading of paths calls for.

/// How paths are read, so that no spelling of a path passes a route by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathRules {
    /// Match routes without regard to ASCII case, for origins that route so. The path is forwarded as it is.
    pub ignore_case: bool,
    /// `%2F` and `%5C`: origins differ in whether they split the path there.
    pub encoded_slash: Ambiguous,
    /// `;` and what follows it in a segment: some origins strip it before they route.
    pub parameters: Ambiguous,
}

/// What becomes of a path that origins read in different ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ambiguous {
    /// The request is refused.
    Refuse,
    /// It is data inside a segment, and stays as it is.
    Keep,
}

impl Default for PathRules {
    fn default() -> Self {
        let (encoded_slash, parameters) = (Ambiguous::Refuse, Ambiguous::Keep);
        Self {
            ignore_case: false,
            encoded_slash,
            parameters,
        }
    }
}
