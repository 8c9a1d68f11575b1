//! Which page a shard's subject is on.

use super::SubjectId;
use crate::bounds::SHARD_PAGES;
use std::ops::RangeInclusive;

/// First bytes of ids that fall on one page.
const IDS_PER_PAGE: u8 = u8::MAX / SHARD_PAGES + 1;

/// The page of a subject: pages are ranges of ids, so that a page is a range of the map.
pub(super) fn page_of(id: SubjectId) -> u8 {
    let [first, ..] = id.0;
    first / IDS_PER_PAGE
}

/// The ids of a page.
pub(super) fn ids_of(page: u8) -> RangeInclusive<SubjectId> {
    let first = page.saturating_mul(IDS_PER_PAGE);
    let (mut low, mut high) = ([0; 16], [u8::MAX; 16]);
    low[0] = first;
    high[0] = first.saturating_add(IDS_PER_PAGE - 1);
    SubjectId(low)..=SubjectId(high)
}
