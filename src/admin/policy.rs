//! The policy that stands, what may be put in its place, and which versions are kept.

use super::renumber::renumbered;
use super::stored::Stored;
use crate::account::{Reply, list, object, quoted};
use crate::bounds::{MAX_KEPT_POLICIES, MAX_POLICY_BYTES, MAX_VERSION};
use crate::document::{self, DocumentError, Field, Value};
use crate::policy::{Policy, Tier};
use crate::time::Millis;
use std::cmp::Reverse;

/// Under which name KV holds the policy.
pub const POLICY: &str = "policy";

/// How the names of versions begin that are kept. Twenty digits follow, so that they are in order.
pub const KEPT: &str = "policy:";

/// How long KV may tell what it told before, as a rule, in seconds.
const KV_SECONDS: u64 = 60;

/// What stands, and what is kept besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The entry of the policy; without a text the gate's default holds, which is version 0.
    pub policy: Stored,
    /// The entries of kept versions, without their texts.
    pub kept: Vec<Stored>,
}

impl Standing {
    /// The highest version that stands or ever stood, as far as it is known.
    #[must_use]
    pub fn version(&self) -> u64 {
        let kept = self.kept.iter().filter_map(version_kept).max();
        kept.max(self.standing()).unwrap_or(0)
    }

    /// The version that stands; `None` if what stands has none.
    #[must_use]
    pub fn standing(&self) -> Option<u64> {
        version_of(self.policy.text.as_ref()?)
    }

    /// Whether a policy may be put: its version.
    ///
    /// # Errors
    ///
    /// 400 for what is no policy, 409 for one that is not newer.
    pub fn admits(&self, text: &str) -> Result<u64, Reply> {
        let policy = Policy::parse(text).map_err(|error| malformed(&error))?;
        let stands = self.version();
        if policy.version > stands {
            return Ok(policy.version);
        }
        let found = policy.version;
        let message =
            format!("version: found {found}, allowed: more than {stands}, which stands or stood");
        Err(Reply::error(409, "not_newer", &message))
    }

    /// Which version a body asks to put again: `{"version": 3}`.
    ///
    /// # Errors
    ///
    /// 400 for another body, 409 for the version that stands.
    pub fn asked(&self, body: &str) -> Result<u64, Reply> {
        let read = || {
            let document = document::read(body, MAX_POLICY_BYTES)?;
            let object = Field::root(&document).object(&["version"])?;
            object.required("version")?.integer(1..=MAX_VERSION)
        };
        let asked = read().map_err(|error| malformed(&error))?;
        if self.standing() == Some(asked) {
            let message = format!("version: found {asked}, which stands, allowed: another");
            return Err(Reply::error(409, "stands", &message));
        }
        Ok(asked)
    }

    /// A text that stood before as it may be put again: with the next version.
    ///
    /// # Errors
    ///
    /// 409 if there is none: the text is no policy any more, or there is no higher version.
    pub fn again(&self, text: &str) -> Result<(String, u64), Reply> {
        let refused = |message: &str| Reply::error(409, "not_a_policy", message);
        let next = self.version().saturating_add(1);
        let text = renumbered(text, next).ok_or_else(|| refused("The text has no version."))?;
        match Policy::parse(&text) {
            Ok(policy) if policy.version == next => Ok((text, next)),
            Ok(_) => Err(refused("The text has no version.")),
            Err(error) => Err(refused(&error.to_string())),
        }
    }

    /// What is to be kept before another policy takes the place of the one that stands: the name and the text. Nothing if it
    /// is kept already, or has no version.
    #[must_use]
    pub fn former(&self) -> Option<(String, &str)> {
        let name = kept_name(self.standing()?);
        let is_kept = self.kept.iter().any(|kept| kept.name == name);
        let text = self.policy.text.as_deref().filter(|_| !is_kept)?;
        Some((name, text))
    }

    /// The names of kept versions that are too many when the standing one and another are kept as well, the oldest first.
    #[must_use]
    pub fn surplus(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.kept.iter().map(|kept| kept.name.as_str()).collect();
        names.sort_unstable();
        let more = if self.former().is_some() { 2 } else { 1 };
        let all = names.len().saturating_add(more);
        names.truncate(all.saturating_sub(MAX_KEPT_POLICIES));
        names
    }

    /// What stands, as JSON.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let has_none = self.policy.text.is_none();
        shown(self.standing().or(has_none.then_some(0)), &self.policy)
    }
}

/// What is to be known of a policy in KV without reading it, as JSON.
#[must_use]
pub fn metadata(put_at: Option<u64>, text: &str) -> String {
    let bytes = u64::try_from(text.len()).ok();
    object(&[("put_at", number(put_at)), ("bytes", number(bytes))])
}

/// What is told of a policy that was put, as JSON: also when it is in force everywhere, in seconds, as a rule.
#[must_use]
pub fn put_reply(version: u64, former: Option<u64>, max_age: Millis) -> Reply {
    // An isolate that is seldom asked uses what it has for as long again, while it looks at KV.
    let isolates = max_age.ceil_seconds().saturating_mul(2);
    let everywhere = isolates.saturating_add(KV_SECONDS);
    Reply::ok(object(&[
        ("version", version.to_string()),
        ("former", number(former)),
        ("everywhere_after", everywhere.to_string()),
    ]))
}

/// The name of a version that is kept.
#[must_use]
pub fn kept_name(version: u64) -> String {
    format!("{KEPT}{version:020}")
}

/// A version and its text as JSON.
#[must_use]
pub fn shown(version: Option<u64>, stored: &Stored) -> Reply {
    Reply::ok(object(&[
        ("version", number(version)),
        ("put_at", number(stored.put_at)),
        ("bytes", number(bytes(stored))),
        ("text", quoted(stored.text.as_deref())),
    ]))
}

/// All versions that stand or are kept, the newest first, as JSON.
#[must_use]
pub fn versions(standing: &Standing) -> Reply {
    let stands = standing.standing();
    let mut all: Vec<(u64, &Stored)> = Vec::new();
    all.extend(stands.map(|version| (version, &standing.policy)));
    for kept in &standing.kept {
        let version = version_kept(kept).filter(|version| Some(*version) != stands);
        all.extend(version.map(|version| (version, kept)));
    }
    all.sort_unstable_by_key(|(version, _)| Reverse(*version));
    let one = |(version, stored): &(u64, &Stored)| {
        object(&[
            ("version", version.to_string()),
            ("put_at", number(stored.put_at)),
            ("bytes", number(bytes(stored))),
            ("stands", (Some(*version) == stands).to_string()),
        ])
    };
    Reply::ok(object(&[("versions", list(all.iter().map(one)))]))
}

/// Whether a text is a policy, and what it comes to, or what is wrong with it, as JSON.
#[must_use]
pub fn verdict(text: &str) -> Reply {
    let policy = match Policy::parse(text) {
        Ok(policy) => policy,
        Err(error) => return Reply::ok(wrong(&error)),
    };
    let tier = |tier: &Tier| {
        let limits = tier
            .all_limits()
            .map(|limit| quoted(Some(limit.name.as_str())));
        object(&[
            ("name", quoted(Some(tier.name.as_str()))),
            ("limits", list(limits)),
        ])
    };
    Reply::ok(object(&[
        ("valid", true.to_string()),
        ("version", policy.version.to_string()),
        ("tiers", list(policy.tiers.iter().map(tier))),
        ("prefixes", policy.prefixes.len().to_string()),
        ("routes", policy.routes.len().to_string()),
    ]))
}

fn wrong(error: &DocumentError) -> String {
    let (place, found, allowed) = match error {
        DocumentError::Field {
            path,
            found,
            allowed,
        } => (Some(path), Some(found), Some(allowed)),
        _ => (None, None, None),
    };
    let text = |text: Option<&String>| quoted(text.map(String::as_str));
    object(&[
        ("valid", false.to_string()),
        ("message", text(Some(&error.to_string()))),
        ("where", text(place)),
        ("found", text(found)),
        ("allowed", text(allowed)),
    ])
}

/// The version that a document says, be it a policy or not.
fn version_of(text: &str) -> Option<u64> {
    let document = document::read(text, MAX_POLICY_BYTES).ok()?;
    let version = Field::root(&document).look("version")?;
    match version.value() {
        Value::Integer(version) => Some(*version),
        _ => None,
    }
}

fn version_kept(kept: &Stored) -> Option<u64> {
    kept.name.strip_prefix(KEPT)?.parse().ok()
}

fn bytes(stored: &Stored) -> Option<u64> {
    let known = stored.text.as_ref().map(String::len);
    known
        .and_then(|bytes| u64::try_from(bytes).ok())
        .or(stored.bytes)
}

pub(super) fn number(number: Option<u64>) -> String {
    number.map_or_else(|| quoted(None), |number| number.to_string())
}

pub(super) fn malformed(error: &DocumentError) -> Reply {
    Reply::error(400, "malformed", &error.to_string())
}
