//! Answers that the gate gives by itself to requests that it admits, out of what it knows of the account.

use super::style::read_content_type;
use super::template::{Facts, Template};
use super::tiers::Tier;
use crate::document::{DocumentError, Field};
use serde_json::Value as Json;

/// An answer with blanks: those of a denial, `{access_status}`, `{plan}` and `{period_end}`, and of each limit
/// `{used:NAME}`, `{limit:NAME}` and `{remaining:NAME}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// 200 to 299.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: String,
    body: Template,
    is_json: bool,
}

impl Answer {
    /// The body with its blanks filled: `known` says what stands for a blank, without its braces.
    pub fn render(&self, facts: &Facts, known: impl Fn(&str) -> Option<Json>) -> String {
        let text = self.body.render(facts);
        let (mut body, mut rest) = (String::new(), text.as_str());
        while let Some((name, at)) = next_blank(rest) {
            let (before, from) = rest.split_at(at);
            let after = from.get(name.len().saturating_add(2)..).unwrap_or_default();
            let Some(value) = known(name) else {
                body.push_str(before);
                body.push('{');
                rest = from.get(1..).unwrap_or_default();
                continue;
            };
            let open = before
                .strip_suffix('"')
                .filter(|before| !before.ends_with('\\'));
            match (open.filter(|_| self.is_json), after.strip_prefix('"')) {
                // A string that is nothing but the blank: the value stands as itself.
                (Some(before), Some(after)) => {
                    body.push_str(before);
                    body.push_str(&value.to_string());
                    rest = after;
                }
                _ => {
                    body.push_str(before);
                    body.push_str(&self.text(&value));
                    rest = after;
                }
            }
        }
        body.push_str(rest);
        body
    }

    fn text(&self, value: &Json) -> String {
        match value {
            Json::Null => String::new(),
            Json::String(text) if !self.is_json => text.clone(),
            Json::String(_) => {
                let quoted = value.to_string();
                let inside = quoted.get(1..quoted.len().saturating_sub(1));
                inside.unwrap_or_default().to_owned()
            }
            value => value.to_string(),
        }
    }
}

/// The first `{…}` without another brace in it, and where it stands.
fn next_blank(text: &str) -> Option<(&str, usize)> {
    let mut open = None;
    for (at, character) in text.char_indices() {
        match (character, open) {
            ('{', _) => open = Some(at),
            ('}', Some(from)) => {
                let name = text.get(from..at)?.strip_prefix('{')?;
                return Some((name, from));
            }
            _ => {}
        }
    }
    None
}

pub(super) fn read_answer(field: &Field<'_>, tiers: &[Tier]) -> Result<Answer, DocumentError> {
    let object = field.object(&["status", "content_type", "body"])?;
    let status = object.optional("status");
    let status = status.map_or(Ok(200), |status| status.integer(200..=299))?;
    let content_type = object.optional("content_type");
    let content_type =
        content_type.map_or(Ok("application/json".to_owned()), |f| read_content_type(&f))?;
    let body = object.required("body")?;
    let template = Template::new(body.value());
    let text = template.render(&Facts::default());
    let mut rest = text.as_str();
    while let Some((name, at)) = next_blank(rest) {
        if !is_of_some_limit(name, tiers) {
            let allowed = format!("instead of {{{name}}} the name of a limit of some tier");
            return Err(body.fail(allowed));
        }
        rest = rest.get(at.saturating_add(1)..).unwrap_or_default();
    }
    Ok(Answer {
        status: u16::try_from(status).unwrap_or(200),
        content_type,
        body: template,
        is_json: body.text().is_err(),
    })
}

/// Whether a blank that speaks of a limit speaks of one that there is.
fn is_of_some_limit(blank: &str, tiers: &[Tier]) -> bool {
    let Some(("used" | "limit" | "remaining", name)) = blank.split_once(':') else {
        return true;
    };
    let mut limits = tiers.iter().flat_map(|tier| &tier.limits);
    limits.any(|limit| limit.name.as_str() == name)
}
