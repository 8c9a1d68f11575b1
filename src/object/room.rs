//! What objects have room for: a shard for subjects in memory, both for bytes in their rows.

use super::pages::{ids_of, page_of};
use super::{Account, Ask, Shard, SubjectId};
use crate::bounds::{MAX_SUBJECTS, MOST_IN_ROW, ROOM_IN_ROW};
use crate::limit::{Algorithm, Cap, Name};
use crate::subject::{Demand, Kept, Subject};
use crate::time::{Millis, UnixMillis};
use std::collections::BTreeMap;

/// How often, at most, all is searched for subjects to let go.
pub(super) const SWEEP_EVERY: Millis = Millis(1_000);

impl Account {
    /// Whether the row has room for what may be used once this is decided.
    pub(super) fn has_room(&self, demand: &Demand<'_>, now: UnixMillis) -> bool {
        let limits = u64::try_from(demand.limits.len()).unwrap_or(u64::MAX);
        let most = limits.saturating_mul(Algorithm::MOST_ROW_BYTES);
        if most.saturating_add(self.subject.most_row_bytes()) <= MOST_IN_ROW {
            return true;
        }
        // Exact, and too long for every decision.
        let growth = self.subject.growth(demand, now);
        growth == 0 || self.subject.row_bytes(now).saturating_add(growth) <= MOST_IN_ROW
    }

    /// Whether the row has room for this cap.
    pub(super) fn has_room_for_cap(&self, cap: &Name) -> bool {
        let bytes = Algorithm::Cap(Cap::OPEN).most_row_bytes();
        let known = self.subject.row_bytes(self.clock.now());
        self.subject.cap_state(cap).is_some() || known.saturating_add(bytes) <= MOST_IN_ROW
    }
}

impl Shard {
    /// Whether the row of a page has room for one more subject with these limits, and for those on it to meet further ones.
    pub(super) fn has_room_on(&self, page: u8, ask: &Ask, now: UnixMillis) -> bool {
        let subjects = self.subjects.range(ids_of(page)).map(|(_, it)| it);
        let bytes = subjects
            .filter(|it| !it.is_full(now))
            .map(Subject::most_row_bytes);
        let more = ask
            .limits
            .iter()
            .map(|limit| limit.algorithm.most_row_bytes());
        bytes.chain(more).fold(0, u64::saturating_add) <= ROOM_IN_ROW
    }

    /// Whether the row of a subject's page has room for what may be used of it once it has been asked this.
    pub(super) fn has_room_for(&mut self, id: SubjectId, ask: &Ask, now: UnixMillis) -> bool {
        let subject = self.subjects.get(&id);
        let growth = subject.map_or(0, |subject| subject.growth(&ask.demand(), now));
        self.takes(page_of(id), growth, now)
    }

    /// Whether the row of a page has room for so many bytes more: those of whom nothing is used are let go for that.
    pub(super) fn takes(&mut self, page: u8, more: u64, now: UnixMillis) -> bool {
        if more == 0 || self.comes_to(page, more, now) {
            return true;
        }
        let on_page = self.subjects.range(ids_of(page));
        let full = on_page.filter(|(_, subject)| subject.is_full(now));
        let full: Vec<SubjectId> = full.map(|(id, _)| *id).collect();
        for id in &full {
            self.subjects.remove(id);
            self.behind.remove(id);
        }
        !full.is_empty() && self.comes_to(page, more, now)
    }

    fn comes_to(&self, page: u8, more: u64, now: UnixMillis) -> bool {
        let subjects = self.subjects.range(ids_of(page));
        let bytes = subjects.map(|(_, subject)| subject.row_bytes(now));
        bytes.fold(more, u64::saturating_add) <= MOST_IN_ROW
    }

    /// Lets go of the subjects of whom nothing is used any more; whether there is room for another then.
    pub(super) fn make_room(&mut self, now: UnixMillis) -> bool {
        if now < self.swept.after(SWEEP_EVERY) {
            return false;
        }
        self.swept = now;
        forget_full(&mut self.subjects, now);
        let left = &self.subjects;
        self.behind.retain(|id| left.contains_key(id));
        self.subjects.len() < MAX_SUBJECTS
    }
}

/// Leaves out of a row the shadow limits that it has no room for beside all others.
pub(super) fn leave_out_shadows(subjects: &mut [(SubjectId, Vec<Kept>)]) {
    let all = subjects.iter().flat_map(|(_, kept)| kept);
    if !all.clone().any(|kept| kept.shadow) {
        return;
    }
    let limits = all.filter(|kept| !kept.shadow);
    let mut bytes = limits.fold(0_u64, |sum, kept| {
        sum.saturating_add(kept.mark.most_row_bytes())
    });
    for (_, kept) in subjects {
        kept.retain(|kept| {
            let more = bytes.saturating_add(kept.mark.most_row_bytes());
            let stays = !kept.shadow || more <= MOST_IN_ROW;
            if kept.shadow && stays {
                bytes = more;
            }
            stays
        });
    }
}

/// Lets go of the subjects of whom nothing is used any more, shadow limits included.
pub(super) fn forget_over(subjects: &mut BTreeMap<SubjectId, Subject>, now: UnixMillis) {
    subjects.retain(|_, subject| {
        subject.expire(now);
        !subject.is_over(now)
    });
}

/// Lets go of the subjects of whom nothing is used any more.
pub(super) fn forget_full(subjects: &mut BTreeMap<SubjectId, Subject>, now: UnixMillis) {
    subjects.retain(|_, subject| {
        subject.expire(now);
        !subject.is_full(now)
    });
}
