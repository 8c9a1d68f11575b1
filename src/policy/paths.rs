//! The policy's word on paths.

use crate::document::{DocumentError, Field};
use crate::path::{Ambiguous, PathRules};

pub(super) fn read_paths(field: &Field<'_>) -> Result<PathRules, DocumentError> {
    let object = field.object(&["ignore_case", "encoded_slash", "parameters"])?;
    let usual = PathRules::default();
    let ambiguous = |key: &str, usual: Ambiguous| {
        let words = [("refuse", Ambiguous::Refuse), ("keep", Ambiguous::Keep)];
        object
            .optional(key)
            .map_or(Ok(usual), |field| field.choice(&words))
    };
    Ok(PathRules {
        ignore_case: object
            .optional("ignore_case")
            .map_or(Ok(false), |field| field.boolean())?,
        encoded_slash: ambiguous("encoded_slash", usual.encoded_slash)?,
        parameters: ambiguous("parameters", usual.parameters)?,
    })
}
