//! Lines of access logs: the common and the combined format of Apache and nginx, and what may follow them.

use std::borrow::Cow;

/// What the fields are called; those that follow are called by their numbers, from 10 on.
pub(crate) const NAMES: [&str; 9] = [
    "address", "identity", "user", "time", "request", "status", "bytes", "referer", "agent",
];

/// Fewest fields of a line: those of the common format.
pub(crate) const FEWEST: usize = 7;

/// What is allowed as a line.
pub(crate) const ALLOWED: &str =
    "ADDRESS - USER [TIME] \"METHOD PATH VERSION\" STATUS BYTES, and what may follow";

/// Cuts a line at its blanks, but not those in brackets and in quotes; `None` where one of these does not end.
pub(crate) fn cut(line: &str) -> Option<Vec<Cow<'_, str>>> {
    let mut cells = Vec::with_capacity(NAMES.len());
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (cell, after) = if let Some(inner) = rest.strip_prefix('"') {
            let end = end_of_quoted(inner)?;
            let (cell, after) = inner.split_at_checked(end)?;
            (unescaped(cell), after.get(1..)?)
        } else if let Some(inner) = rest.strip_prefix('[') {
            let (cell, after) = inner.split_once(']')?;
            (Cow::Borrowed(cell), after)
        } else {
            let (cell, after) = rest.split_once(' ').unwrap_or((rest, ""));
            (Cow::Borrowed(cell), after)
        };
        cells.push(cell);
        rest = after.trim_start();
    }
    Some(cells)
}

/// Where a text in quotes ends: at the first quote that no backslash escapes.
fn end_of_quoted(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    })
}

/// The text without its escapes: `\"`, `\\`, `\xHH`, and a few controls.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut parts = text.split('\\');
    out.extend(parts.next().unwrap_or_default().bytes());
    while let Some(part) = parts.next() {
        let (first, mut after) = part.split_at_checked(1).unwrap_or((part, ""));
        let hex = after
            .get(..2)
            .and_then(|it| u8::from_str_radix(it, 16).ok());
        match (first, hex) {
            ("x", Some(byte)) => {
                out.push(byte);
                after = after.get(2..).unwrap_or_default();
            }
            ("t", _) => out.push(b'\t'),
            ("n", _) => out.push(b'\n'),
            ("r", _) => out.push(b'\r'),
            // A backslash that is escaped: what follows it stands for itself.
            ("", _) => {
                out.push(b'\\');
                after = parts.next().unwrap_or_default();
            }
            (other, _) => out.extend(other.bytes()),
        }
        out.extend(after.bytes());
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}
