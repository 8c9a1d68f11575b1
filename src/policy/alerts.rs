//! What is told without being asked.

use crate::bounds::MAX_PERCENTS;
use crate::document::{DocumentError, Object};

/// Thresholds where a policy names none.
const USUAL: [u8; 2] = [80, 100];

/// Reads at how many percent of a limit something is told.
pub(super) fn read_alerts(policy: &Object<'_>) -> Result<Vec<u8>, DocumentError> {
    let Some(field) = policy.optional("alerts") else {
        return Ok(Vec::new());
    };
    let object = field.object(&["percent"])?;
    let Some(percents) = object.optional("percent") else {
        return Ok(USUAL.into());
    };
    let mut read: Vec<u8> = Vec::new();
    for item in percents.list(MAX_PERCENTS)? {
        let percent = item.integer(1..=100)?;
        let percent = u8::try_from(percent).unwrap_or(u8::MAX);
        if read.last().is_some_and(|last| *last >= percent) {
            return Err(item.fail("more than the one before"));
        }
        read.push(percent);
    }
    if read.is_empty() {
        return Err(percents.fail("one threshold at least"));
    }
    Ok(read)
}
