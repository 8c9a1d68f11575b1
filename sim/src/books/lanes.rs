//! Exchanges with the origin that are open, per lane.

use crate::event::RequestId;
use crate::violation::{Held, hold};
use headgate::limit::Name;
use std::collections::BTreeMap;

/// By object and lane, the requests in flight, each with the slots that the lane had when it was let in.
#[derive(Debug, Default)]
pub struct Lanes {
    open: BTreeMap<(usize, Name), BTreeMap<RequestId, u64>>,
    /// Most that were open in one lane at once.
    pub most: usize,
}

impl Lanes {
    /// An exchange begins.
    ///
    /// # Errors
    ///
    /// If more are open than any of them was promised at most. A lane that was made smaller keeps who is in it.
    pub fn open(&mut self, object: usize, lane: &Name, request: RequestId, slots: u64) -> Held {
        let open = self.open.entry((object, lane.clone())).or_default();
        open.insert(request, slots);
        self.most = self.most.max(open.len());
        let most = open.values().max().copied().unwrap_or(0);
        hold(open.len() as u64 <= most, || {
            let requests: Vec<_> = open.keys().collect();
            format!(
                "{} exchanges of object {object} are open in a lane of {most}: {requests:?}",
                open.len()
            )
        })
    }

    /// An exchange has ended, at the origin.
    pub fn close(&mut self, object: usize, lane: &Name, request: RequestId) {
        if let Some(open) = self.open.get_mut(&(object, lane.clone())) {
            open.remove(&request);
        }
    }
}
