//! Keys that only their beginning tells.

use super::tiers::{Tier, read_unrecorded};
use crate::bounds::{MAX_ENTRIES, MAX_KEY_BYTES};
use crate::document::{DocumentError, Field, Value};
use crate::limit::Name;
use std::iter::successors;
use std::ops::Deref;

/// What a key begins with, and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// What a key begins with; empty for every key.
    pub text: String,
    /// The tier of such a key.
    pub tier: Name,
    /// What ends the part of a key that keys share a budget by; each has its own without it.
    pub capture_until: Option<String>,
}

/// Prefixes in the order of their texts, each of them another, read as the list that they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefixes {
    prefixes: Vec<Prefix>,
    /// Of each the place of the longest other that it begins with.
    shorter: Vec<Option<usize>>,
}

/// Whose budget a key takes from that only its prefix tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing<'k> {
    /// Its own: the whole key.
    Key(&'k str),
    /// One with all keys that begin like this: the prefix and the part that is captured.
    Capture(&'k str),
}

impl Prefix {
    /// Whose budget `key` takes from if this prefix tells its tier. The key must go beyond the prefix, and what is
    /// captured must not be empty.
    pub(super) fn sharing<'k>(&self, key: &'k str) -> Option<Sharing<'k>> {
        let rest = key
            .strip_prefix(&self.text)
            .filter(|rest| !rest.is_empty())?;
        let Some(until) = &self.capture_until else {
            return Some(Sharing::Key(key));
        };
        let length = rest.find(until.as_str()).filter(|length| *length > 0)?;
        let end = self.text.len().saturating_add(length);
        key.get(..end).map(Sharing::Capture)
    }
}

impl Prefixes {
    pub(super) fn new(prefixes: Vec<Prefix>) -> Self {
        let mut table = Self::default();
        for prefix in prefixes {
            let place = table.partition_point(|known| known.text < prefix.text);
            table.prefixes.insert(place, prefix);
        }
        for (at, prefix) in table.prefixes.iter().enumerate() {
            let begins = |(_, other): &(usize, &Prefix)| prefix.text.starts_with(&other.text);
            let shorter = table.lineage(at.checked_sub(1)).find(begins);
            table.shorter.push(shorter.map(|(at, _)| at));
        }
        table
    }

    /// The longest prefix that tells whose budget `key` takes from, and whose that is.
    pub(super) fn find<'k>(&self, key: &'k str) -> Option<(&Prefix, Sharing<'k>)> {
        // Between a text that the key begins with and the key itself are only texts that begin with the former, too.
        let before = self.partition_point(|prefix| prefix.text.as_str() < key);
        self.lineage(before.checked_sub(1))
            .find_map(|(_, prefix)| Some((prefix, prefix.sharing(key)?)))
    }

    /// A prefix and all others that it begins with, the longest first, with their places.
    fn lineage(&self, from: Option<usize>) -> impl Iterator<Item = (usize, &Prefix)> {
        successors(from, |at| self.shorter.get(*at).copied().flatten())
            .filter_map(|at| Some((at, self.prefixes.get(at)?)))
    }
}

impl Deref for Prefixes {
    type Target = [Prefix];

    fn deref(&self) -> &[Prefix] {
        &self.prefixes
    }
}

/// Reads the prefixes of a document.
pub(super) fn read_prefixes(
    field: &Field<'_>,
    tiers: &[Tier],
) -> Result<Vec<Prefix>, DocumentError> {
    let mut prefixes = Vec::new();
    for (prefix, rule) in field.entries(MAX_ENTRIES)? {
        if !is_part_of_key(prefix) {
            return Err(rule.fail(format!("as a prefix, {PART}")));
        }
        let text = prefix.to_owned();
        prefixes.push(read_prefix(text, &rule, tiers)?);
    }
    Ok(prefixes)
}

/// Reads what follows from a key that begins with `text`.
pub(super) fn read_prefix(
    text: String,
    rule: &Field<'_>,
    tiers: &[Tier],
) -> Result<Prefix, DocumentError> {
    let (tier, capture_until) = match rule.value() {
        Value::Object(_) => {
            let object = rule.object(&["tier", "capture_until"])?;
            (object.required("tier")?, object.optional("capture_until"))
        }
        _ => (rule.clone(), None),
    };
    let read_until = |field: Field<'_>| match field.text()? {
        until if is_part_of_key(until) => Ok(until.to_owned()),
        _ => Err(field.fail(PART)),
    };
    Ok(Prefix {
        text,
        tier: read_unrecorded(&tier, tiers)?,
        capture_until: capture_until.map(read_until).transpose()?,
    })
}

const PART: &str = "1 to 512 visible ASCII characters";

fn is_part_of_key(text: &str) -> bool {
    (1..=MAX_KEY_BYTES).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}
