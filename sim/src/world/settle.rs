//! What requests come to under caps.

use super::World;
use super::request::Request;
use crate::violation::Violation;
use headgate::object::Message;
use headgate::subject::Settlement;

impl World {
    /// The origin does what a request asked for; what that comes to, if it comes to anything.
    pub(super) fn act(&mut self, request: &Request, cap: u64) -> Result<Option<i64>, Violation> {
        let Some(change) = request.takes else {
            return Ok(None);
        };
        self.caps.act(request.object, change, cap).map(Some)
    }

    /// What is told of that.
    pub(super) fn settlement(request: &Request, came: i64) -> Message {
        let reserves = request.ask.terms.reserves.iter();
        Message::Settle(Settlement {
            request: request.ask.lease.unwrap_or(super::request::lease(0)),
            caps: reserves.map(|(cap, _)| (cap.clone(), came)).collect(),
            refund: false,
        })
    }
}
