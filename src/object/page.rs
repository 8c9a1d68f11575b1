//! The bytes of a row: a format version, then [postcard](https://postcard.jamesmunns.com/wire-format).
//!
//! A page holds some subjects with the marks of their limits. The limits are listed once per page, since
//! the subjects of a page mostly share them.

use super::SubjectId;
use crate::account::AccountState;
use crate::alert::Alerts;
use crate::bounds::MAX_ROW_BYTES;
use crate::limit::{Algorithm, Counted, Level, Log, Name, Partition};
use crate::subject::{Kept, Leases, Mark, Tally};
use crate::time::UnixMillis;
use crate::usage::Series;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The first byte of every row. A change of the format takes the next number and keeps reading this one.
pub(super) const FORMAT: u8 = 1;

/// What a row holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The latest instant that the object had seen.
    pub clock: UnixMillis,
    /// The newest policy that the object had seen.
    pub version: u64,
    /// The incarnation that wrote it; 0 for a shard, which grants no leases.
    pub incarnation: u64,
    /// The subjects and what is kept of each.
    pub subjects: Vec<(SubjectId, Vec<Kept>)>,
    /// What is known of the account, if anything is.
    pub account: Option<Box<AccountState>>,
    /// What was told of the account, and what is to be, if anything.
    pub alerts: Option<Box<Alerts>>,
    /// What was used of the account.
    pub usage: Series,
}

#[derive(Serialize, Deserialize)]
struct Body {
    clock: UnixMillis,
    version: u64,
    incarnation: u64,
    rules: Vec<Rule>,
    subjects: Vec<(SubjectId, Vec<Listed>)>,
    account: Option<Box<AccountState>>,
    alerts: Option<Box<Alerts>>,
}

/// One limit of a subject.
#[derive(Serialize, Deserialize)]
struct Listed {
    /// Where its rule stands in the list.
    rule: u16,
    partition: Option<Partition>,
    used: Used,
}

/// How far a rule is used. The order of the variants is part of the format.
#[derive(Serialize, Deserialize)]
enum Used {
    Level(Level),
    Leases(Leases),
    Log(Log),
    Counted(Counted),
    Tally(Tally),
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Rule {
    version: u64,
    record: u64,
    name: Name,
    algorithm: Algorithm,
    shadow: bool,
}

/// A row that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageError {
    /// The row is of a format that this version does not know.
    Format {
        /// Its first byte, if it has one.
        found: Option<u8>,
    },
    /// The row is of a known format and yet does not read.
    Corrupt,
    /// The page is larger than the format can say or a row can hold.
    TooLarge,
}

impl Page {
    /// The bytes of the row.
    ///
    /// # Errors
    ///
    /// [`PageError::TooLarge`] if it holds more than 65,536 different limits or comes to more than [`MAX_ROW_BYTES`].
    pub fn encode(&self) -> Result<Vec<u8>, PageError> {
        let mut rules: Vec<Rule> = Vec::new();
        let mut subjects = Vec::with_capacity(self.subjects.len());
        for (id, kept) in &self.subjects {
            let marks: Result<Vec<_>, _> =
                kept.iter().map(|kept| listed(&mut rules, kept)).collect();
            subjects.push((*id, marks?));
        }
        let body = Body {
            clock: self.clock,
            version: self.version,
            incarnation: self.incarnation,
            rules,
            subjects,
            account: self.account.clone(),
            alerts: self.alerts.clone(),
        };
        // What was used comes last, so that it need not be copied.
        postcard::to_extend(&body, vec![FORMAT])
            .and_then(|bytes| postcard::to_extend(&self.usage, bytes))
            .ok()
            .filter(|bytes: &Vec<u8>| bytes.len() <= MAX_ROW_BYTES)
            .ok_or(PageError::TooLarge)
    }

    /// Reads the bytes of a row back.
    ///
    /// # Errors
    ///
    /// Any byte string that [`Self::encode`] did not write.
    pub fn decode(bytes: &[u8]) -> Result<Self, PageError> {
        let Some((&FORMAT, bytes)) = bytes.split_first() else {
            return Err(PageError::Format {
                found: bytes.first().copied(),
            });
        };
        let (body, rest) =
            postcard::take_from_bytes::<Body>(bytes).map_err(|_| PageError::Corrupt)?;
        let (usage, rest) =
            postcard::take_from_bytes::<Series>(rest).map_err(|_| PageError::Corrupt)?;
        if !rest.is_empty() {
            return Err(PageError::Corrupt);
        }
        let mut page = Self {
            clock: body.clock,
            version: body.version,
            incarnation: body.incarnation,
            subjects: Vec::new(),
            account: body.account,
            alerts: body.alerts,
            usage,
        };
        for (id, limits) in body.subjects {
            let kept: Option<Vec<Kept>> = limits
                .into_iter()
                .map(|listed| unlisted(&body.rules, listed))
                .collect();
            page.subjects.push((id, kept.ok_or(PageError::Corrupt)?));
        }
        Ok(page)
    }
}

fn listed(rules: &mut Vec<Rule>, kept: &Kept) -> Result<Listed, PageError> {
    let rule = Rule {
        version: kept.version,
        record: kept.record,
        name: kept.name.clone(),
        algorithm: kept.mark.algorithm(),
        shadow: kept.shadow,
    };
    let at = rules
        .iter()
        .position(|known| *known == rule)
        .unwrap_or_else(|| {
            rules.push(rule);
            rules.len().saturating_sub(1)
        });
    let used = match &kept.mark {
        Mark::TokenBucket(_, level) => Used::Level(*level),
        Mark::Concurrency(_, leases) => Used::Leases(leases.clone()),
        Mark::SlidingLog(_, log) | Mark::SlidingWindow(_, log) => Used::Log(log.clone()),
        Mark::FixedWindow(_, counted)
        | Mark::AnchoredWindow(_, counted)
        | Mark::Lifetime(_, counted) => Used::Counted(*counted),
        Mark::Cap(_, tally) => Used::Tally(tally.clone()),
    };
    Ok(Listed {
        rule: u16::try_from(at).map_err(|_| PageError::TooLarge)?,
        partition: kept.partition,
        used,
    })
}

fn unlisted(rules: &[Rule], listed: Listed) -> Option<Kept> {
    let Rule {
        version,
        record,
        name,
        algorithm,
        shadow,
    } = rules.get(usize::from(listed.rule))?.clone();
    let mark = match (algorithm, listed.used) {
        (Algorithm::TokenBucket(rule), Used::Level(level)) => Mark::TokenBucket(rule, level),
        (Algorithm::Concurrency(rule), Used::Leases(leases)) => Mark::Concurrency(rule, leases),
        (Algorithm::SlidingLog(rule), Used::Log(log)) => Mark::SlidingLog(rule, log),
        (Algorithm::SlidingWindow(rule), Used::Log(log)) => Mark::SlidingWindow(rule, log),
        (Algorithm::FixedWindow(rule), Used::Counted(counted)) => Mark::FixedWindow(rule, counted),
        (Algorithm::AnchoredWindow(rule), Used::Counted(counted)) => {
            Mark::AnchoredWindow(rule, counted)
        }
        (Algorithm::Lifetime(rule), Used::Counted(counted)) => Mark::Lifetime(rule, counted),
        (Algorithm::Cap(rule), Used::Tally(tally)) => Mark::Cap(rule, tally),
        _ => return None,
    };
    Some(Kept {
        version,
        record,
        name,
        partition: listed.partition,
        shadow,
        mark,
    })
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format { found: Some(found) } => write!(
                f,
                "row of format {found}; this version reads format {FORMAT}"
            ),
            Self::Format { found: None } => f.write_str("row without a single byte"),
            Self::Corrupt => f.write_str("row does not read as its format says"),
            Self::TooLarge => f.write_str("page larger than a row can be"),
        }
    }
}

impl std::error::Error for PageError {}
