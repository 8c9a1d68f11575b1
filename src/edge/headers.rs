//! Headers of real requests and responses.

use crate::wire::is_dropped_on_request;
use wasm_bindgen::prelude::*;
use web_sys::{Headers, Request};

#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    fn told(request: &Request) -> String;
}

/// What a request says of itself before its body, read in one call.
pub(crate) struct Head {
    /// The method, the URL, and name and value of each header, each on a line of its own.
    lines: String,
}

impl Head {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            lines: told(request),
        }
    }

    pub(crate) fn method(&self) -> &str {
        self.lines.lines().next().unwrap_or_default()
    }

    pub(crate) fn url(&self) -> &str {
        self.lines.lines().nth(1).unwrap_or_default()
    }

    /// The value of a header; several of one name are joined by ", ".
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    /// All of them, their names in small letters.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut lines = self.lines.split('\n').skip(2);
        std::iter::from_fn(move || Some((lines.next()?, lines.next()?)))
    }

    /// Those that the origin is not to see, each on a line.
    pub(crate) fn dropped(&self) -> String {
        joined(self.headers().map(|(name, _)| name), is_dropped_on_request)
    }
}

/// The names that are dropped, each on a line.
pub(crate) fn joined<'n>(
    names: impl Iterator<Item = &'n str>,
    is_dropped: fn(&str) -> bool,
) -> String {
    let mut dropped = String::new();
    for name in names.filter(|name| is_dropped(name)) {
        if !dropped.is_empty() {
            dropped.push('\n');
        }
        dropped.push_str(name);
    }
    dropped
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
