//! Spells in which something that the gate depends on does not do its part: each is told when it begins, and again while it
//! lasts, but seldom.

use crate::time::{Millis, UnixMillis};
use serde::{Deserialize, Serialize};

/// How long nothing must have been heard of a part for its spell to be over: what fails now and then is one spell.
const QUIET: Millis = Millis(5 * 60_000);

/// How long until a spell that lasts is told again: what little keeps it alive is not to hide what came since.
const AGAIN: Millis = Millis(60 * 60_000);

/// The spells that last, one for each part at most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Spells(Vec<Spell>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Spell {
    part: Box<str>,
    /// When it was last heard of.
    heard: UnixMillis,
    /// When it was last told.
    told: UnixMillis,
}

impl Spells {
    /// Takes note that a part was heard of; whether that is to be told.
    pub(super) fn hear(&mut self, part: &str, now: UnixMillis) -> bool {
        self.0.retain(|it| now < it.heard.after(QUIET));
        if let Some(spell) = self.0.iter_mut().find(|it| *it.part == *part) {
            spell.heard = spell.heard.max(now);
            let is_due = now >= spell.told.after(AGAIN);
            if is_due {
                spell.told = now;
            }
            return is_due;
        }
        self.0.push(Spell {
            part: part.into(),
            heard: now,
            told: now,
        });
        true
    }
}
