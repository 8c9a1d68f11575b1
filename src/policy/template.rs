//! Bodies of denials, with blanks for what differs from one to the next.

use crate::document::Value;
use serde::Serialize;

/// A body, cut at its blanks once when the policy is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// Inside a JSON string: the value is escaped.
    Escaped(Blank),
    /// A JSON string that is nothing but the blank: the value stands as itself, a number as a number.
    Whole(Blank),
    /// In a body that is not JSON.
    Plain(Blank),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blank {
    RetryAfter,
    RetryAt,
    Remaining,
    RequestId,
    Status,
    Detail,
    Violated,
}

/// What the blanks of one denial are filled with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// `{retry_after}`: whole seconds; absent where no wait helps.
    pub retry_after: Option<u64>,
    /// `{retry_at}`: the same as an instant of ISO 8601 in UTC.
    pub retry_at: Option<String>,
    /// `{remaining}`: whole units left under the limit that refused; absent if none did or it is hidden.
    pub remaining: Option<u64>,
    /// `{request_id}`.
    pub request_id: String,
    /// `{status}`.
    pub status: u16,
    /// `{detail}`: what is wrong, in a sentence.
    pub detail: String,
    /// `{violated}`: names of the limits that refused and are not hidden, the longest wait first.
    pub violated: Vec<String>,
}

const BLANKS: [(&str, Blank); 7] = [
    ("{retry_after}", Blank::RetryAfter),
    ("{retry_at}", Blank::RetryAt),
    ("{remaining}", Blank::Remaining),
    ("{request_id}", Blank::RequestId),
    ("{status}", Blank::Status),
    ("{detail}", Blank::Detail),
    ("{violated}", Blank::Violated),
];

impl Template {
    /// The template of a body as it stands in a policy: text is taken as it is, anything else as JSON.
    pub(crate) fn new(body: &Value) -> Self {
        let mut template = Self(Vec::new());
        match body {
            Value::Text(text) => template.cut(text, Piece::Plain, str::to_owned),
            json => template.json(json),
        }
        template
    }

    /// The body with its blanks filled.
    #[must_use]
    pub fn render(&self, facts: &Facts) -> String {
        let mut body = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => body.push_str(text),
                Piece::Plain(blank) => body.push_str(&facts.text(*blank)),
                Piece::Escaped(blank) => body.push_str(&escaped(&facts.text(*blank))),
                Piece::Whole(blank) => body.push_str(&facts.json(*blank)),
            }
        }
        body
    }

    fn json(&mut self, value: &Value) {
        match value {
            Value::Null => self.text("null"),
            Value::Bool(value) => self.text(&value.to_string()),
            Value::Integer(value) => self.text(&value.to_string()),
            Value::Negative(value) => self.text(&value.to_string()),
            Value::Number(value) => self.text(&json(value)),
            Value::Text(text) => match BLANKS.iter().find(|(name, _)| name == text) {
                Some((_, blank)) => self.0.push(Piece::Whole(*blank)),
                None => self.quoted(text),
            },
            Value::List(items) => self.sequence("[", "]", items, Self::json),
            Value::Object(entries) => self.sequence("{", "}", entries, |template, (key, value)| {
                template.text(&json(key));
                template.text(":");
                template.json(value);
            }),
        }
    }

    fn sequence<T>(&mut self, open: &str, close: &str, items: &[T], each: impl Fn(&mut Self, &T)) {
        self.text(open);
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.text(",");
            }
            each(self, item);
        }
        self.text(close);
    }

    fn quoted(&mut self, text: &str) {
        self.text("\"");
        self.cut(text, Piece::Escaped, escaped);
        self.text("\"");
    }

    fn cut(&mut self, text: &str, piece: fn(Blank) -> Piece, literal: fn(&str) -> String) {
        let mut rest = text;
        while let Some((at, name, blank)) = first_blank(rest) {
            let (before, after) = rest.split_at(at);
            self.text(&literal(before));
            self.0.push(piece(blank));
            rest = after.strip_prefix(name).unwrap_or_default();
        }
        self.text(&literal(rest));
    }

    fn text(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Piece::Text(before)) => before.push_str(text),
            _ => self.0.push(Piece::Text(text.to_owned())),
        }
    }
}

impl Facts {
    fn text(&self, blank: Blank) -> String {
        match blank {
            Blank::RetryAfter => number(self.retry_after),
            Blank::RetryAt => self.retry_at.clone().unwrap_or_default(),
            Blank::Remaining => number(self.remaining),
            Blank::RequestId => self.request_id.clone(),
            Blank::Status => self.status.to_string(),
            Blank::Detail => self.detail.clone(),
            Blank::Violated => self.violated.join(", "),
        }
    }

    fn json(&self, blank: Blank) -> String {
        match blank {
            Blank::RetryAfter => json(&self.retry_after),
            Blank::RetryAt => json(&self.retry_at),
            Blank::Remaining => json(&self.remaining),
            Blank::Status => json(&self.status),
            Blank::Violated => json(&self.violated),
            Blank::RequestId | Blank::Detail => json(&self.text(blank)),
        }
    }
}

fn number(number: Option<u64>) -> String {
    number.map(|n| n.to_string()).unwrap_or_default()
}

fn first_blank(text: &str) -> Option<(usize, &'static str, Blank)> {
    let found = BLANKS
        .iter()
        .filter_map(|(name, blank)| Some((text.find(name)?, *name, *blank)));
    found.min_by_key(|(at, _, _)| *at)
}

/// A value as JSON: all kinds that occur here can be written.
fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The inside of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = json(text);
    quoted
        .get(1..quoted.len().saturating_sub(1))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        let violated = vec!["hour".to_owned(), "minute".to_owned()];
        let detail = "a \"quoted\"\nline".to_owned();
        Facts {
            retry_after: Some(30),
            retry_at: Some("2026-09-21T14:13:50Z".to_owned()),
            remaining: Some(0),
            request_id: "r1".to_owned(),
            status: 429,
            detail,
            violated,
        }
    }

    fn rendered(json: &str) -> String {
        Template::new(&serde_json::from_str(json).unwrap()).render(&facts())
    }

    #[test]
    fn a_blank_that_is_the_whole_string_keeps_its_type() {
        assert_eq!(
            rendered(r#"{"z":"{retry_after}","a":"{violated}"}"#),
            r#"{"z":30,"a":["hour","minute"]}"#
        );
    }

    #[test]
    fn a_blank_inside_a_sentence_is_text_and_escaped() {
        assert_eq!(
            rendered(r#"["in {retry_after} s: {detail}"]"#),
            r#"["in 30 s: a \"quoted\"\nline"]"#
        );
    }

    #[test]
    fn a_body_that_is_text_stands_as_it_is() {
        assert_eq!(
            rendered(r#""wait {retry_after} {unknown} \"x\"""#),
            "wait 30 {unknown} \"x\""
        );
    }

    #[test]
    fn order_numbers_and_nesting_stay_as_written() {
        let body = r#"{"b":[1,-5,2.5,null,true],"a":{"é":"ü"},"c":[]}"#;
        assert_eq!(rendered(body), body);
    }
}
