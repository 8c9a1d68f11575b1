//! What denials look like.

use super::reason::Reason;
use super::template::Template;
use crate::bounds::MAX_NAME_BYTES;
use crate::document::{DocumentError, Field, Value};

/// Status, content type and body of a denial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// 400 to 599.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: String,
    /// The body.
    pub body: Template,
}

/// Which of the gate's own answers have a body of `application/problem+json` (RFC 9457).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemJson {
    /// All.
    Always,
    /// Those to a client whose `Accept` prefers it to the policy's own body.
    OnAccept,
    /// None.
    Never,
}

impl ProblemJson {
    pub(super) const WORDS: [(&str, Self); 3] = [
        ("always", Self::Always),
        ("on_accept", Self::OnAccept),
        ("never", Self::Never),
    ];
}

/// What a denial looks like that is no problem of RFC 9457, where the policy has no style for it.
pub(super) fn plain_style(reason: Reason) -> Style {
    let text = |text: &str| Value::Text(text.to_owned());
    let entry = |key: &str, value: Value| (key.to_owned(), value);
    let error = vec![
        entry("code", text(reason.name())),
        entry("message", text("{detail}")),
        entry("request_id", text("{request_id}")),
    ];
    let body = Value::Object(vec![entry("error", Value::Object(error))]);
    Style {
        status: reason.status(),
        content_type: "application/json".to_owned(),
        body: Template::new(&body),
    }
}

/// A style; `usual` is its status unless it says another.
pub(super) fn read_style(field: &Field<'_>, usual: u16) -> Result<Style, DocumentError> {
    let object = field.object(&["status", "content_type", "body"])?;
    let status = object
        .optional("status")
        .map_or(Ok(u64::from(usual)), |f| f.integer(400..=599))?;
    let content_type = object.optional("content_type");
    let content_type =
        content_type.map_or(Ok("application/json".to_owned()), |f| read_content_type(&f))?;
    let body = Template::new(object.required("body")?.value());
    Ok(Style {
        status: u16::try_from(status).unwrap_or(usual),
        content_type,
        body,
    })
}

pub(super) fn read_content_type(field: &Field<'_>) -> Result<String, DocumentError> {
    let text = field.text()?;
    let plain = text.bytes().all(|b| (b' '..=b'~').contains(&b));
    if plain && text.contains('/') && text.len() <= MAX_NAME_BYTES {
        Ok(text.to_owned())
    } else {
        Err(field.fail("a content type such as \"application/json\""))
    }
}
