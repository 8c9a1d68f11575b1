//! Answers that the gate gives by itself to requests that it admits, out of what it knows of the account.

use super::style::read_content_type;
use super::template::{Facts, Template};
use super::tiers::Tier;
use crate::document::{self, DocumentError, Field};

/// An answer with blanks: those of a denial, `{access_status}`, `{plan}` and `{period_end}`, and of each limit
/// `{used:NAME}`, `{limit:NAME}` and `{remaining:NAME}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// 200 to 299.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: String,
    /// Whether the body is where all limits of the account stand, instead of what is written. Such a request only looks.
    pub tells_standings: bool,
    body: Template,
    is_json: bool,
}

impl Answer {
    /// The body with its blanks filled: `known` says what stands for a blank, without its braces, as JSON.
    pub fn render(&self, facts: &Facts, known: impl Fn(&str) -> Option<String>) -> String {
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
            let close = after.strip_prefix('"');
            // A string that is nothing but the blank: the value stands as itself.
            if let (Some(before), Some(after), true) = (open, close, self.is_json) {
                body.push_str(before);
                body.push_str(&value);
                rest = after;
            } else {
                body.push_str(before);
                body.push_str(&self.text(&value));
                rest = after;
            }
        }
        body.push_str(rest);
        body
    }

    /// What stands inside a text.
    fn text(&self, value: &str) -> String {
        let inside = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        match inside {
            Some(_) if !self.is_json => serde_json::from_str(value).unwrap_or_default(),
            Some(inside) => inside.to_owned(),
            None if value == "null" => String::new(),
            None => value.to_owned(),
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
    if let Ok(word) = field.text() {
        if word != "standings" {
            return Err(field.fail("an object, or \"standings\""));
        }
        return Ok(Answer {
            status: 200,
            content_type: "application/json".to_owned(),
            tells_standings: true,
            body: Template::new(field.value()),
            is_json: true,
        });
    }
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
            let blank = document::short(name);
            let allowed = format!("instead of {{{blank}}} the name of a limit of some tier");
            return Err(body.fail(allowed));
        }
        rest = rest.get(at.saturating_add(1)..).unwrap_or_default();
    }
    Ok(Answer {
        status: u16::try_from(status).unwrap_or(200),
        content_type,
        tells_standings: false,
        body: template,
        is_json: body.text().is_err(),
    })
}

/// Whether a blank that speaks of a limit speaks of one that there is.
fn is_of_some_limit(blank: &str, tiers: &[Tier]) -> bool {
    let Some(("used" | "limit" | "remaining", name)) = blank.split_once(':') else {
        return true;
    };
    let mut limits = tiers.iter().flat_map(Tier::all_limits);
    limits.any(|limit| limit.name.as_str() == name)
}
