//! Requests one after the other, each under one policy or two.

use super::columns::Columns;
use super::denials::DenialLines;
use super::format::Format;
use super::judge::Judge;
use super::lines::{Line, Lines, MAX_LINE_BYTES};
use super::order::{Order, Understood};
use super::pairs::{Open, Pairs};
use super::progress::Progress;
use super::report::{Backward, ByPolicy};
use super::request::Request;
use super::skipped::{Skip, Skipped};
use super::tally::{Asked, Judged, Tally};
use super::verdict::Verdict;
use super::{access_log, csv_line};
use headgate::limit::Name;
use headgate::time::UnixMillis;
use std::collections::BTreeMap;
use std::io::BufRead;

/// How a log is to be read: its format, if that was said, and what stands where.
pub(crate) struct Reading<'a> {
    pub(crate) format: Option<Format>,
    pub(crate) fields: &'a [(String, String)],
}

/// What a replay has come to.
pub(crate) struct Replay<'p> {
    pub(crate) new: Judge<'p>,
    pub(crate) current: Option<Judge<'p>>,
    pub(crate) order: Order,
    pub(crate) pairs: Pairs,
    pub(crate) tally: Tally,
    pub(crate) skipped: Skipped,
    pub(crate) backward: Backward,
    pub(crate) csv: Option<DenialLines>,
}

impl<'p> Replay<'p> {
    /// Replays all lines; their format.
    ///
    /// # Errors
    ///
    /// The log cannot be read, or its first line does not say where what stands.
    pub(crate) fn lines<R: BufRead>(
        &mut self,
        lines: &mut Lines<R>,
        reading: &Reading<'_>,
        progress: &Progress,
    ) -> Result<Format, String> {
        let mut known: Option<(Format, Columns, usize)> = None;
        loop {
            let number = lines.number().saturating_add(1);
            let Some(line) = lines.next().map_err(|error| error.to_string())? else {
                break;
            };
            let text = match text(line) {
                Ok(text) => text,
                Err(skip) => {
                    self.skipped.note(number, skip);
                    continue;
                }
            };
            if let Some((format, columns, width)) = &known {
                self.line(number, text, *format, columns, *width)?;
            } else {
                let format = reading.format.unwrap_or_else(|| Format::of(text));
                let names = names(format, text);
                let columns = Columns::new(format, &names, reading.fields)?;
                if format != Format::Csv {
                    self.line(number, text, format, &columns, names.len())?;
                }
                known = Some((format, columns, names.len()));
            }
            progress.at(lines.number(), lines.bytes());
        }
        progress.end();
        Ok(known.map_or(Format::Access, |(format, ..)| format))
    }

    /// Replays a line, or notes why not.
    fn line(
        &mut self,
        number: u64,
        text: &str,
        format: Format,
        columns: &Columns,
        width: usize,
    ) -> Result<(), String> {
        let row = match format.row(text, width) {
            Ok(row) => row,
            Err(skip) => {
                self.skipped.note(number, skip);
                return Ok(());
            }
        };
        match Request::read(&row, columns) {
            Ok(request) => self.request(number, &request),
            Err(skip) => {
                self.skipped.note(number, skip);
                Ok(())
            }
        }
    }

    fn request(&mut self, line: u64, request: &Request<'_>) -> Result<(), String> {
        let prepared = self.new.prepare(line, request).and_then(|new| {
            let current = self.current.as_mut();
            let current = current.map(|judge| judge.prepare(line, request));
            Ok((new, current.transpose()?))
        });
        let (new, current) = match prepared {
            Ok(prepared) => prepared,
            Err(skip) => {
                self.skipped.note(line, skip);
                return Ok(());
            }
        };
        let understood = Understood {
            line,
            at: request.at,
            method: request.method.clone().into_owned(),
            new,
            current,
        };
        let Some(ended) = request.ended else {
            return self.decide(understood);
        };
        self.order.add(understood, ended);
        while let Some(next) = self.order.next() {
            self.decide(next)?;
        }
        Ok(())
    }

    fn decide(&mut self, understood: Understood) -> Result<(), String> {
        let Understood {
            line,
            at,
            method,
            new,
            current,
        } = understood;
        self.backward.note(line, at);
        self.advance(at)?;
        let said = self.new.decide(line, &new, at)?;
        let beside = match (&mut self.current, &current) {
            (Some(judge), Some(prepared)) => judge.decide(line, prepared, at)?,
            _ => None,
        };
        let asked = Asked {
            at,
            who: new.who,
            method,
            path: new.path,
        };
        let judged = self.pairs.add(Open {
            line,
            asked,
            new: said,
            current: beside,
            has_current: self.current.is_some(),
        });
        self.told(judged)
    }

    /// Lets time pass for those who wait.
    fn advance(&mut self, at: UnixMillis) -> Result<(), String> {
        let new = self.new.advance(at);
        let current = self.current.as_mut().map(|judge| judge.advance(at));
        self.late(new, current.unwrap_or_default())
    }

    /// Ends it: what nobody has decided yet is, and all that was written is in its file.
    pub(crate) fn finish(&mut self) -> Result<(), String> {
        while let Some(next) = self.order.rest() {
            self.decide(next)?;
        }
        let new = self.new.finish();
        let current = self.current.as_mut().map(Judge::finish);
        self.late(new, current.unwrap_or_default())?;
        let csv = self.csv.take().map(DenialLines::end).transpose();
        csv.map(|_| ()).map_err(|error| format!("--csv: {error}"))
    }

    fn late(
        &mut self,
        new: Vec<(u64, Verdict)>,
        current: Vec<(u64, Verdict)>,
    ) -> Result<(), String> {
        for (line, verdict) in new {
            let judged = self.pairs.new_said(line, verdict);
            self.told(judged)?;
        }
        for (line, verdict) in current {
            let judged = self.pairs.current_said(line, verdict);
            self.told(judged)?;
        }
        Ok(())
    }

    /// Counts a request of which all is decided.
    fn told(&mut self, judged: Option<Judged>) -> Result<(), String> {
        let Some(judged) = judged else { return Ok(()) };
        self.tally.add(&judged);
        let csv = self.csv.as_mut().map(|csv| csv.add(&judged)).transpose();
        csv.map(|_| ()).map_err(|error| format!("--csv: {error}"))
    }

    /// Requests that were decided without a limit, by policy and limit.
    pub(crate) fn left_out(&self) -> ByPolicy {
        self.by_policy(|judge| &judge.left_out)
    }

    /// Admitted requests that a shadow limit would have denied, by policy and limit.
    pub(crate) fn would_deny(&self) -> ByPolicy {
        self.by_policy(|judge| &judge.exchanges.would_deny)
    }

    fn by_policy(&self, counts: for<'a> fn(&'a Judge<'p>) -> &'a BTreeMap<Name, u64>) -> ByPolicy {
        let of = |word: &'static str, judge: &Judge<'p>| {
            let each = counts(judge).iter();
            let each = each.map(|(limit, count)| ((word, limit.clone()), *count));
            each.collect::<Vec<_>>()
        };
        let current = self.current.iter().flat_map(|judge| of("current", judge));
        of("new", &self.new).into_iter().chain(current).collect()
    }
}

fn text(line: Line<'_>) -> Result<&str, Skip> {
    match line {
        Line::Text(text) if text.trim().is_empty() => {
            Err(Skip::new("line", "nothing", "a request"))
        }
        Line::Text(text) => Ok(text),
        Line::TooLong => {
            let allowed = format!("at most {MAX_LINE_BYTES} bytes");
            Err(Skip::new("line", "a longer one", &allowed))
        }
        Line::NotText => Err(Skip::new("line", "other bytes", "UTF-8")),
    }
}

/// What the columns of a log are called, by its first line.
fn names(format: Format, line: &str) -> Vec<String> {
    match format {
        Format::Access => access_log::NAMES.map(str::to_owned).into(),
        Format::Json => Vec::new(),
        Format::Csv => {
            let cells = csv_line::cut(line).unwrap_or_default();
            cells.iter().map(|cell| cell.trim().to_owned()).collect()
        }
    }
}
