//! What the origin has in fact done under a cap.

use crate::violation::{Held, hold};
use std::collections::BTreeMap;

/// By object, how much there is at the origin, and the most that was allowed of it.
#[derive(Debug, Default)]
pub struct Caps {
    truth: BTreeMap<usize, (u64, u64)>,
}

impl Caps {
    /// What there is of an account.
    #[must_use]
    pub fn truth(&self, object: usize) -> u64 {
        self.truth.get(&object).map_or(0, |(is, _)| *is)
    }

    /// The origin does what a request asked for, which was let in under a cap of `amount`; what that came to.
    ///
    /// # Errors
    ///
    /// If there is more then than any cap allowed by which a request was let in.
    pub fn act(
        &mut self,
        object: usize,
        change: i64,
        amount: u64,
    ) -> Result<i64, crate::Violation> {
        let (is, most) = self.truth.entry(object).or_default();
        let Some(after) = is.checked_add_signed(change) else {
            return Ok(0);
        };
        if change > 0 {
            *most = (*most).max(amount);
        }
        *is = after;
        self.holds(object)?;
        Ok(change)
    }

    fn holds(&self, object: usize) -> Held {
        let (is, most) = self.truth.get(&object).copied().unwrap_or_default();
        hold(is <= most, || {
            format!("the origin has {is} of account {object}, whose cap is {most}")
        })
    }
}
