//! Headers of real requests and responses.

use crate::wire::{is_dropped_on_request, is_dropped_on_response};
use wasm_bindgen::prelude::*;
use web_sys::{Headers, Request, Response};

#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    fn told(request: &Request) -> String;
    fn seen(answer: &Response) -> String;
}

/// What a request says of itself before its body, read in one call.
pub(crate) struct Head(Lines);

impl Head {
    pub(crate) fn of(request: &Request) -> Self {
        Self(Lines::of(told(request)))
    }

    pub(crate) fn method(&self) -> &str {
        self.0.line(0)
    }

    pub(crate) fn url(&self) -> &str {
        self.0.line(1)
    }

    /// The value of a header; several of one name are joined by ", ".
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.0.header(name)
    }

    /// All of them, their names in small letters.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.headers()
    }

    /// The names of those that the origin is not to see.
    pub(crate) fn dropped(&self) -> Vec<&str> {
        self.0.dropped(is_dropped_on_request)
    }
}

/// What an answer says of itself before its body, read in one call.
pub(crate) struct AnswerHead(Lines);

impl AnswerHead {
    pub(crate) fn of(answer: &Response) -> Self {
        Self(Lines::of(seen(answer)))
    }

    /// Whether it opens a WebSocket.
    pub(crate) fn has_socket(&self) -> bool {
        self.0.line(0) == "socket"
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.0.header(name)
    }

    /// The names of those that the client is not to see.
    pub(crate) fn dropped(&self) -> Vec<&str> {
        self.0.dropped(is_dropped_on_response)
    }
}

/// Two lines, and name and value of each header, each on a line of its own.
struct Lines {
    text: String,
    /// Where each line ends. They are looked through many times.
    ends: Vec<usize>,
}

impl Lines {
    fn of(text: String) -> Self {
        let mut ends = Vec::with_capacity(64);
        ends.extend(
            text.bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n')
                .map(|(at, _)| at),
        );
        ends.push(text.len());
        Self { text, ends }
    }

    fn line(&self, at: usize) -> &str {
        let begin = match at.checked_sub(1) {
            Some(before) => self
                .ends
                .get(before)
                .map_or(usize::MAX, |end| end.saturating_add(1)),
            None => 0,
        };
        let end = self.ends.get(at).copied().unwrap_or_default();
        self.text.get(begin..end).unwrap_or_default()
    }

    fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let names = (2..self.ends.len()).step_by(2);
        names.map(|at| (self.line(at), self.line(at.saturating_add(1))))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut names = (2..self.ends.len()).step_by(2);
        let found = names.find(|at| self.line(*at).eq_ignore_ascii_case(name))?;
        Some(self.line(found.saturating_add(1)))
    }

    fn dropped(&self, is_dropped: fn(&str) -> bool) -> Vec<&str> {
        let names = self.headers().map(|(name, _)| name);
        names.filter(|name| is_dropped(name)).collect()
    }
}

/// What changes of the headers of a message as one text: the names of those that are taken away, an empty line, and name
/// and value of those that are set by turns, each on a line. One that holds a line end is none.
pub(crate) fn changes<N: AsRef<str>, V: AsRef<str>>(
    taken: &[&str],
    set: &[(N, V)],
) -> Result<String, JsValue> {
    let mut text = String::with_capacity(512);
    for name in taken {
        text.push_str(name);
        text.push('\n');
    }
    for part in set
        .iter()
        .flat_map(|(name, value)| [name.as_ref(), value.as_ref()])
    {
        if part.contains('\n') {
            return Err(JsValue::from_str("a header holds a line end"));
        }
        text.push('\n');
        text.push_str(part);
    }
    Ok(text)
}

/// The value of a header; several of one name are joined by ", ".
pub(crate) fn header(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name).ok().flatten()
}

/// The names of all headers.
#[cfg(test)]
pub(super) fn names(headers: &Headers) -> Vec<String> {
    let names = headers.keys().into_iter();
    names.filter_map(|name| name.ok()?.as_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn a_header_that_holds_a_line_end_is_none() {
        let said = changes(&["X"], &[("A", "1"), ("B", "2")]).unwrap();
        assert_eq!(said, "X\n\nA\n1\nB\n2");
        for broken in [("A\nB", "1"), ("A", "1\nB: 2")] {
            assert!(changes(&[], &[broken]).is_err());
        }
    }

    #[wasm_bindgen_test]
    fn a_request_says_its_method_its_url_and_its_headers() {
        let request = Request::new_with_str("https://gate.example/v1?q=1").unwrap();
        for (name, value) in [("X-Api-Key", "k1"), ("Accept", "a"), ("Accept", "b")] {
            request.headers().append(name, value).unwrap();
        }
        let head = Head::of(&request);
        assert_eq!(
            (head.method(), head.url()),
            ("GET", "https://gate.example/v1?q=1")
        );
        assert_eq!(head.header("x-API-key"), Some("k1"));
        assert_eq!(head.header("ACCEPT"), Some("a, b"));
        assert_eq!(head.header("Origin"), None);
    }
}
