//! The formats of logs.

use super::row::Row;
use super::skipped::Skip;
use super::{access_log, csv_line};
use serde_json::Value;

/// How the lines of a log are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Common or combined access log.
    Access,
    /// An object in JSON per line.
    Json,
    /// Comma-separated values, names first.
    Csv,
}

const FORMATS: [(&str, Format); 3] = [
    ("access", Format::Access),
    ("json", Format::Json),
    ("csv", Format::Csv),
];

impl Format {
    /// The format of that name.
    pub(crate) fn named(name: &str) -> Result<Self, String> {
        let found = FORMATS.iter().find(|(word, _)| *word == name);
        let format = found.map(|(_, format)| *format);
        format.ok_or_else(|| format!("--format: found {name:?}, allowed: access, json or csv"))
    }

    /// What the format is called.
    pub(crate) fn name(self) -> &'static str {
        let mut formats = FORMATS.iter();
        let found = formats.find(|(_, format)| *format == self);
        found.map_or("", |(word, _)| word)
    }

    /// The format that a first line has.
    pub(crate) fn of(line: &str) -> Self {
        if line.trim_start().starts_with('{') {
            Self::Json
        } else if line.contains(" [") || line.contains(" \"") {
            Self::Access
        } else {
            Self::Csv
        }
    }

    /// Reads a line; `columns` is how many there are in CSV.
    pub(crate) fn row(self, line: &str, columns: usize) -> Result<Row<'_>, Skip> {
        match self {
            Self::Access => {
                let fail = |found: &str| Skip::new("line", found, access_log::ALLOWED);
                let cells = access_log::cut(line)
                    .ok_or_else(|| fail("a bracket or a quote that does not end"))?;
                if cells.len() < access_log::FEWEST {
                    return Err(fail(&format!("{} fields", cells.len())));
                }
                Ok(Row::Cells(cells))
            }
            Self::Csv => {
                let allowed = format!("{columns} cells");
                let cells = csv_line::cut(line).ok_or_else(|| {
                    Skip::new("line", "a quote that does not end in this line", &allowed)
                })?;
                if cells.len() == columns {
                    return Ok(Row::Cells(cells));
                }
                let found = format!("{} cells", cells.len());
                Err(Skip::new("line", &found, &allowed))
            }
            Self::Json => match serde_json::from_str(line) {
                Ok(value @ Value::Object(_)) => Ok(Row::Json(value)),
                Ok(_) => Err(Skip::new("line", "JSON that is no object", OBJECT)),
                Err(error) => {
                    // Not what stands there: it may be a key.
                    let found = format!("a fault at column {}", error.column());
                    Err(Skip::new("line", &found, OBJECT))
                }
            },
        }
    }
}

const OBJECT: &str = "an object in JSON";
