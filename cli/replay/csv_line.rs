//! Lines of CSV (RFC 4180), a record each: no cell holds the end of a line.

use std::borrow::Cow;

/// Cuts a line at its commas, but not those in quotes; `None` where a quote does not end, or something follows it.
pub(crate) fn cut(line: &str) -> Option<Vec<Cow<'_, str>>> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let (cell, after) = if let Some(inner) = rest.strip_prefix('"') {
            quoted(inner)?
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            let (cell, after) = rest.split_at_checked(end)?;
            (Cow::Borrowed(cell), after)
        };
        cells.push(cell);
        match after.strip_prefix(',') {
            Some(after) => rest = after,
            None if after.is_empty() => return Some(cells),
            None => return None,
        }
    }
}

/// What stands in quotes, where two are one, and what follows.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut cell = Cow::Borrowed("");
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        if cell.is_empty() {
            cell = Cow::Borrowed(part);
        } else {
            cell.to_mut().push_str(part);
        }
        let Some(after_two) = after.strip_prefix('"') else {
            return Some((cell, after));
        };
        cell.to_mut().push('"');
        rest = after_two;
    }
}
