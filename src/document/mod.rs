//! JSON documents that people write: read field by field, so that every error says where, what was found and
//! what is allowed.

mod duration;
mod error;
mod field;
mod size;
mod value;

pub use error::DocumentError;
pub(crate) use field::{Field, Object};
pub(crate) use value::{Value, short};

/// Reads the text of a document of at most `most` bytes.
pub(crate) fn read(text: &str, most: usize) -> Result<Value, DocumentError> {
    if text.len() > most {
        return Err(DocumentError::TooLarge {
            bytes: text.len(),
            most,
        });
    }
    // As bytes everywhere: a reader of text would be most of a second reader in the Wasm.
    serde_json::from_slice(text.as_bytes()).map_err(|error| DocumentError::Syntax {
        problem: error.to_string(),
    })
}
