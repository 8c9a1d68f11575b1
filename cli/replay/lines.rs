//! The lines of a log, one at a time, none longer than what a line of a log may be.

use std::io::{BufRead, Read, Result};

/// Longest line that is read, in bytes. The usual servers take 8 KiB of a request's line and of each header.
pub(crate) const MAX_LINE_BYTES: usize = 65_536;

/// Lines out of some bytes.
pub(crate) struct Lines<R> {
    input: R,
    line: Vec<u8>,
    number: u64,
    bytes: u64,
}

/// A line without its end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Line<'l> {
    /// What it says.
    Text(&'l str),
    /// It is longer than [`MAX_LINE_BYTES`].
    TooLong,
    /// It is not UTF-8.
    NotText,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            line: Vec::new(),
            number: 0,
            bytes: 0,
        }
    }

    /// How many bytes have been read.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many lines have been read.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The next line; `None` after the last.
    ///
    /// # Errors
    ///
    /// The input cannot be read.
    pub(crate) fn next(&mut self) -> Result<Option<Line<'_>>> {
        self.line.clear();
        let most = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
        let mut part = (&mut self.input).take(most.saturating_add(2));
        let read = part.read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        self.number = self.number.saturating_add(1);
        self.count(read);
        let ends = self.line.pop_if(|last| *last == b'\n').is_some();
        self.line.pop_if(|last| *last == b'\r');
        if self.line.len() > MAX_LINE_BYTES {
            if !ends {
                self.skip_rest()?;
            }
            return Ok(Some(Line::TooLong));
        }
        let Ok(line) = str::from_utf8(&self.line) else {
            return Ok(Some(Line::NotText));
        };
        // The mark of an order of bytes is no part of what a file says.
        let said = line.strip_prefix('\u{feff}').filter(|_| self.number == 1);
        Ok(Some(Line::Text(said.unwrap_or(line))))
    }

    fn skip_rest(&mut self) -> Result<()> {
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(buffer.len(), |at| at.saturating_add(1));
            self.input.consume(used);
            self.count(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }

    fn count(&mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(bytes);
    }
}
