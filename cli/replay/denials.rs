//! The denials as CSV, one line each.

use super::tally::Judged;
use super::verdict::{Denied, Verdict};
use headgate::time::UnixMillis;
use headgate::wire::iso_second;
use std::fs::File;
use std::io::{BufWriter, Result, Write};

/// Writes them as they come.
pub(crate) struct DenialLines(BufWriter<File>);

impl DenialLines {
    pub(crate) fn new(mut to: BufWriter<File>) -> Result<Self> {
        to.write_all(b"time,line,client,method,path,policy,reason,limits,retry_after\n")?;
        Ok(Self(to))
    }

    /// Writes what of a request was denied.
    pub(crate) fn add(&mut self, judged: &Judged) -> Result<()> {
        let current = judged.current.as_ref().and_then(Verdict::denied);
        for (policy, denied) in [("new", judged.new.denied()), ("current", current)] {
            if let Some(denied) = denied {
                self.line(judged, policy, denied)?;
            }
        }
        Ok(())
    }

    fn line(&mut self, judged: &Judged, policy: &str, denied: &Denied) -> Result<()> {
        let limits: Vec<&str> = denied
            .limits
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let wait = denied.retry_after.map(|it| it.to_string());
        writeln!(
            self.0,
            "{},{},{},{},{},{policy},{},{},{}",
            instant(judged.asked.at),
            judged.line,
            cell(&judged.asked.who),
            cell(&judged.asked.method),
            cell(&judged.asked.path),
            denied.reason.name(),
            limits.join(" "),
            wait.unwrap_or_default()
        )
    }

    pub(crate) fn end(mut self) -> Result<()> {
        self.0.flush()
    }
}

/// An instant to the millisecond, in UTC by ISO 8601.
fn instant(at: UnixMillis) -> String {
    let (seconds, ms) = (at.0 / 1_000, at.0 % 1_000);
    let second = iso_second(UnixMillis(seconds.saturating_mul(1_000)));
    format!("{}.{ms:03}Z", second.trim_end_matches('Z'))
}

/// A cell, in quotes where it needs them. What a spreadsheet would run is no formula behind a quote.
fn cell(text: &str) -> String {
    let text = text.replace(char::is_control, "\u{fffd}");
    let is_formula = text.starts_with(['=', '+', '-', '@']);
    let guard = if is_formula { "'" } else { "" };
    if is_formula || text.contains([',', '"']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}
