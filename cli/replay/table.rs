//! The report as a table.

use super::count::number;
use super::report::Report;
use super::tally::{By, Client, Denials};
use headgate::time::UnixMillis;
use headgate::wire::iso_second;

/// The whole report.
pub(crate) fn table(report: &Report) -> String {
    let mut lines = head(report);
    lines.push(String::new());
    lines.extend(aligned(&sums(report)));
    if !report.tally.by.is_empty() {
        lines.push(String::new());
        lines.extend(aligned(&by_limit(report)));
        lines.push(String::new());
        lines.extend(clients(report));
    }
    let remarks = report.remarks();
    if !remarks.is_empty() {
        lines.push(String::new());
        lines.extend(remarks);
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n")
}

fn head(report: &Report) -> Vec<String> {
    let policy = |word: &str, (file, version): &(String, u64)| {
        format!("{word:<8} {file}, version {version}")
    };
    let mut lines = vec![policy("new", &report.policy)];
    lines.extend(report.current.iter().map(|it| policy("current", it)));
    let span = report.tally.span.map_or(String::new(), |(first, last)| {
        format!(", {} to {}", second(first), second(last))
    });
    let (file, count) = (&report.log, number(report.lines));
    let format = report.format.name();
    lines.push(format!(
        "{:<8} {file} ({format}), {count} lines{span}",
        "log"
    ));
    lines
}

fn sums(report: &Report) -> Vec<Vec<String>> {
    let tally = &report.tally;
    let Denials {
        new,
        current,
        new_alone,
        current_alone,
        ..
    } = tally.denials;
    let admitted = |denied: u64| number(tally.requests.saturating_sub(denied));
    let mut rows = vec![
        row(["", "new", "current"]),
        vec![
            "requests".to_owned(),
            number(tally.requests),
            number(tally.requests),
        ],
        vec!["admitted".to_owned(), admitted(new), admitted(current)],
        vec!["denied".to_owned(), number(new), number(current)],
        vec![
            "denied alone".to_owned(),
            number(new_alone),
            number(current_alone),
        ],
    ];
    if report.current.is_none() {
        rows.pop();
        for row in &mut rows {
            row.truncate(2);
        }
    }
    rows
}

fn by_limit(report: &Report) -> Vec<Vec<String>> {
    let has_current = report.current.is_some();
    let mut rows = vec![titles("denied by", None, has_current)];
    for (By { reason, limit }, denials) in &report.tally.by {
        let limit = limit.as_ref().map_or("", |limit| limit.as_str());
        let name = [reason, limit].join(" ").trim_end().to_owned();
        rows.push(cells(name, None, denials, has_current));
    }
    rows
}

fn clients(report: &Report) -> Vec<String> {
    let has_current = report.current.is_some();
    let (denied, all) = report.tally.clients();
    let mut rows = vec![titles("client", Some("requests"), has_current)];
    for (who, Client { requests, denials }) in denied.iter().take(report.top) {
        rows.push(cells(
            (*who).to_owned(),
            Some(*requests),
            denials,
            has_current,
        ));
    }
    let mut lines = aligned(&rows);
    let more = denied.len().saturating_sub(report.top);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.push(format!(
        "{} of {all} clients were denied something",
        denied.len()
    ));
    lines
}

fn titles(first: &str, second: Option<&str>, has_current: bool) -> Vec<String> {
    let more: &[&str] = if has_current {
        &[
            "new",
            "current",
            "new alone",
            "current alone",
            "first",
            "last",
        ]
    } else {
        &["denied", "first", "last"]
    };
    let words = [first]
        .into_iter()
        .chain(second)
        .chain(more.iter().copied());
    words.map(str::to_owned).collect()
}

fn cells(name: String, requests: Option<u64>, denials: &Denials, has_current: bool) -> Vec<String> {
    let mut cells = vec![name];
    cells.extend(requests.map(number));
    cells.push(number(denials.new));
    if has_current {
        cells.extend([denials.current, denials.new_alone, denials.current_alone].map(number));
    }
    if let Some((first, last)) = denials.span {
        cells.extend([second(first), second(last)]);
    }
    cells
}

/// Columns side by side: the first to the left, the others to the right.
fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(at, (cell, width))| match at {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ")
    };
    rows.iter().map(line).collect()
}

fn row(cells: [&str; 3]) -> Vec<String> {
    cells.map(str::to_owned).into()
}

fn second(at: UnixMillis) -> String {
    // The second that it lies in.
    iso_second(UnixMillis(at.0.saturating_sub(at.0 % 1_000)))
}
