//! Who has spent of what newcomers share, so that they do not spend it again when they get a place.

use super::SubjectId;
use crate::bounds::MAX_SUBJECTS;
use std::collections::{HashMap, HashSet};

/// Per shared subject, who has spent of it since it was last full. Without an entry, as after memory loss or
/// when there were too many, anybody may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Overflow {
    spenders: HashMap<SubjectId, HashSet<SubjectId>>,
}

impl Overflow {
    /// Notes that `who` spent of `shared`, which until then `was_full`.
    pub(super) fn note(&mut self, shared: SubjectId, who: SubjectId, was_full: bool) {
        if was_full {
            self.spenders.insert(shared, HashSet::new());
        }
        let Some(spenders) = self.spenders.get_mut(&shared) else {
            return;
        };
        spenders.insert(who);
        if spenders.len() > MAX_SUBJECTS {
            self.spenders.remove(&shared);
        }
    }

    /// Whether `who` may have spent of `shared` since it was last full.
    pub(super) fn may_have_spent(&self, shared: SubjectId, who: SubjectId) -> bool {
        self.spenders
            .get(&shared)
            .is_none_or(|spenders| spenders.contains(&who))
    }
}
