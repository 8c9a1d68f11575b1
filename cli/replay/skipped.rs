//! What of a log was not replayed, and why.

use std::collections::BTreeMap;

/// Why a line cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skip {
    /// What is wrong.
    pub(crate) what: &'static str,
    /// What was found there.
    pub(crate) found: String,
    /// What is allowed there.
    pub(crate) allowed: String,
}

/// Most characters that are shown of what was found.
const SHOWN: usize = 60;

impl Skip {
    pub(crate) fn new(what: &'static str, found: &str, allowed: &str) -> Self {
        Self {
            what,
            found: found.to_owned(),
            allowed: allowed.to_owned(),
        }
    }

    /// That something is not what is allowed there, and is shown.
    pub(crate) fn shown(what: &'static str, found: Option<&str>, allowed: &str) -> Self {
        let found = found.map_or("nothing".to_owned(), |found| {
            let short: String = found.chars().take(SHOWN).collect();
            let more = if short.len() < found.len() { "…" } else { "" };
            format!("{short:?}{more}")
        });
        Self::new(what, &found, allowed)
    }
}

/// How many lines were not replayed for one cause, and the first of them.
#[derive(Debug, Default)]
pub(crate) struct Cause {
    pub(crate) count: u64,
    /// The first ones: the number of the line, what was found, what is allowed.
    pub(crate) first: Vec<(u64, String, String)>,
}

/// Most lines that are named of each cause.
const NAMED: usize = 3;

/// All that was not replayed, or not as it stands.
#[derive(Debug, Default)]
pub(crate) struct Skipped {
    /// By what is wrong.
    pub(crate) causes: BTreeMap<&'static str, Cause>,
}

impl Skipped {
    pub(crate) fn note(&mut self, line: u64, skip: Skip) {
        let cause = self.causes.entry(skip.what).or_default();
        cause.count = cause.count.saturating_add(1);
        if cause.first.len() < NAMED {
            cause.first.push((line, skip.found, skip.allowed));
        }
    }

    /// How many lines.
    pub(crate) fn count(&self) -> u64 {
        let counts = self.causes.values().map(|cause| cause.count);
        counts.fold(0, u64::saturating_add)
    }

    /// One line per cause and per line that is named.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (what, cause) in &self.causes {
            for (line, found, allowed) in &cause.first {
                lines.push(format!(
                    "line {line}: {what}: found {found}, allowed: {allowed}"
                ));
            }
            let named = u64::try_from(cause.first.len()).unwrap_or(u64::MAX);
            let more = cause.count.saturating_sub(named);
            if more > 0 {
                lines.push(format!("{more} more: {what}"));
            }
        }
        lines
    }
}
