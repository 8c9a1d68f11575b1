//! How far it is, for whoever looks on.

use super::count::number;
use std::io::{IsTerminal, Write};

/// Lines between two looks.
const EVERY: u64 = 50_000;

/// What is shown on a terminal, and nowhere else.
pub(crate) struct Progress {
    is_seen: bool,
    length: Option<u64>,
}

impl Progress {
    pub(crate) fn new(length: Option<u64>) -> Self {
        Self {
            is_seen: std::io::stderr().is_terminal(),
            length,
        }
    }

    /// After so many lines and bytes.
    pub(crate) fn at(&self, lines: u64, bytes: u64) {
        if !self.is_seen || !lines.is_multiple_of(EVERY) {
            return;
        }
        let percent = |length: u64| bytes.saturating_mul(100).checked_div(length);
        let done = self.length.and_then(percent);
        let done = done.map_or(String::new(), |done| format!(", {done} %"));
        show(&format!("\r{} lines{done} ", number(lines)));
    }

    /// Takes it away.
    pub(crate) fn end(&self) {
        if self.is_seen {
            show("\r\u{1b}[K");
        }
    }
}

fn show(text: &str) {
    let mut to = std::io::stderr();
    // Nobody is worse off who does not see it.
    let _ = to.write_all(text.as_bytes()).and_then(|()| to.flush());
}
