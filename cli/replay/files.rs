//! Files: what is read, and what is written without harm to that.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, IsTerminal, Write};

/// A log, and its length in bytes if that is known.
pub(crate) type Log = (Box<dyn BufRead>, Option<u64>);

const BUFFER: usize = 1 << 20;

/// Opens a log; `-` is standard input.
pub(crate) fn log(file: &str) -> Result<Log, String> {
    let (mut input, length): Log = if file == "-" {
        if std::io::stdin().is_terminal() {
            eprintln!("The log is read from the terminal; --log FILE reads a file.");
        }
        (
            Box::new(BufReader::with_capacity(BUFFER, std::io::stdin())),
            None,
        )
    } else {
        let opened = File::open(file).map_err(|error| format!("{file}: {error}"))?;
        let about = opened
            .metadata()
            .map_err(|error| format!("{file}: {error}"))?;
        let length = about.is_file().then_some(about.len());
        (Box::new(BufReader::with_capacity(BUFFER, opened)), length)
    };
    let start = input
        .fill_buf()
        .map_err(|error| format!("{file}: {error}"))?;
    if start.is_empty() {
        return Err(format!(
            "{file}: found no line, allowed: a log of at least one"
        ));
    }
    if start.starts_with(&[0x1f, 0x8b]) {
        return Err(format!(
            "{file}: found gzip, allowed: text. Try: gzip --decompress --stdout FILE | npm run --silent replay -- --log - …"
        ));
    }
    Ok((input, length))
}

/// Reads a document.
pub(crate) fn text(file: &str) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))
}

/// Opens a file to write, which must be none of those that are read.
pub(crate) fn output(option: &str, file: &str, read: &[&str]) -> Result<BufWriter<File>, String> {
    let place = std::fs::canonicalize(file).ok();
    let same = |other: &&&str| place.is_some() && std::fs::canonicalize(other).ok() == place;
    if let Some(other) = read.iter().find(same) {
        return Err(format!(
            "{option}: found {file}, allowed: a file of its own, not {other}"
        ));
    }
    let file = File::create(file).map_err(|error| format!("{option}: {file}: {error}"));
    file.map(BufWriter::new)
}

/// Writes all of a file.
pub(crate) fn write(option: &str, mut to: BufWriter<File>, text: &str) -> Result<(), String> {
    let written = to.write_all(text.as_bytes()).and_then(|()| to.flush());
    written.map_err(|error| format!("{option}: {error}"))
}
