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
        Self(Lines(told(request)))
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

    /// Those that the origin is not to see, each on a line.
    pub(crate) fn dropped(&self) -> String {
        self.0.dropped(is_dropped_on_request)
    }
}

/// What an answer says of itself before its body, read in one call.
pub(crate) struct AnswerHead(Lines);

impl AnswerHead {
    pub(crate) fn of(answer: &Response) -> Self {
        Self(Lines(seen(answer)))
    }

    /// Whether it opens a WebSocket.
    pub(crate) fn has_socket(&self) -> bool {
        self.0.line(0) == "socket"
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.0.header(name)
    }

    /// The headers that the client is not to see, each on a line.
    pub(crate) fn dropped(&self) -> String {
        self.0.dropped(is_dropped_on_response)
    }
}

/// Two lines, and name and value of each header, each on a line of its own.
struct Lines(String);

impl Lines {
    fn line(&self, at: usize) -> &str {
        self.0.split('\n').nth(at).unwrap_or_default()
    }

    fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut lines = self.0.split('\n').skip(2);
        std::iter::from_fn(move || Some((lines.next()?, lines.next()?)))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    fn dropped(&self, is_dropped: fn(&str) -> bool) -> String {
        let names = self.headers().map(|(name, _)| name);
        let dropped: Vec<&str> = names.filter(|name| is_dropped(name)).collect();
        dropped.join("\n")
    }
}

/// Headers as one text, name and value by turns, each on a line. One that holds a line end is none.
pub(crate) fn lines<N: AsRef<str>, V: AsRef<str>>(headers: &[(N, V)]) -> Result<String, JsValue> {
    let mut text = String::with_capacity(512);
    let parts = headers
        .iter()
        .flat_map(|(name, value)| [name.as_ref(), value.as_ref()]);
    for part in parts {
        if part.contains('\n') {
            return Err(JsValue::from_str("a header holds a line end"));
        }
        if !text.is_empty() {
            text.push('\n');
        }
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
        assert_eq!(lines(&[("A", "1"), ("B", "2")]).unwrap(), "A\n1\nB\n2");
        for broken in [("A\nB", "1"), ("A", "1\nB: 2")] {
            assert!(lines(&[broken]).is_err());
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
