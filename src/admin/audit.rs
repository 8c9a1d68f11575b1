//! Who changed what: one entry before a change is made, and another if it then was not.

use super::stored::Page;
use crate::account::{object, quoted};
use crate::bounds::MAX_OPERATION_BYTES;
use crate::document;
use crate::object::SubjectId;
use crate::time::UnixMillis;

/// How the names of entries begin in KV.
pub const AUDIT: &str = "audit:";

/// What the milliseconds of an entry are taken from, so that the newest is the first by name. Thirteen digits last until 2286.
const LAST: u64 = 9_999_999_999_999;

/// A change, or one that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// When it was asked for, or failed.
    pub when: UnixMillis,
    /// The method.
    pub what: &'a str,
    /// The path behind `/_headgate/`.
    pub place: &'a str,
    /// What else is to be known of it; no key, and nothing that people wrote.
    pub detail: Option<&'a str>,
    /// What stands for the network that it came from, where the platform tells it.
    pub network: Option<SubjectId>,
    /// How it ended, in an entry that says so.
    pub outcome: Option<Outcome<'a>>,
}

/// How a change ended that was not made, or of which nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// The entry of the change.
    pub id: &'a str,
    /// The status that it was answered with.
    pub status: u16,
}

impl Entry<'_> {
    /// A name for the entry, behind [`AUDIT`]. What is `random` tells entries of one instant apart.
    #[must_use]
    pub fn id(&self, random: &str) -> String {
        let random: String = random.chars().take(8).collect();
        format!("{:013}-{random}", LAST.saturating_sub(self.when.0))
    }

    /// The entry as JSON, under its name.
    #[must_use]
    pub fn json(&self, id: &str) -> String {
        let network = self.network.map(|SubjectId(id)| u128::from_be_bytes(id));
        let network = network.map(|number| format!("{number:032x}"));
        let failed = self.outcome.map(|outcome| {
            object(&[
                ("id", quoted(Some(outcome.id))),
                ("status", outcome.status.to_string()),
            ])
        });
        object(&[
            ("id", quoted(Some(id))),
            ("when", self.when.0.to_string()),
            ("what", quoted(Some(self.what))),
            ("where", quoted(Some(self.place))),
            ("detail", quoted(self.detail)),
            // No other scope changes anything.
            ("scope", quoted(Some("write"))),
            ("network", quoted(network.as_deref())),
            ("failed", failed.unwrap_or_else(|| quoted(None))),
        ])
    }
}

/// The entries of a page, which are JSON as they lie in KV, the newest first.
#[must_use]
pub fn entries(page: Page) -> Vec<String> {
    let entries = page.entries.into_iter();
    let texts = entries.filter_map(|stored| stored.text);
    // One that is not would make the whole answer none.
    let is_json = |text: &String| document::read(text, MAX_OPERATION_BYTES).is_ok();
    texts.filter(is_json).collect()
}
