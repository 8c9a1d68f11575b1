//! What decides in an isolate in the place of an object that does not answer. Its budget is a share of the object's, and
//! as strict.

use super::World;
use super::network::Purpose;
use crate::books::Seen;
use crate::event::{CallId, RequestId};
use crate::violation::Held;
use headgate::object::{Answer, Message};
use headgate::policy::OnUnavailable;
use headgate::subject::Outcome;

/// From here on the numbers of objects are those of what stands for them in isolates.
const LOCAL: usize = 1_000;

/// Whether what has this number answers in an isolate.
pub(super) fn is_local(object: usize) -> bool {
    object >= LOCAL
}

impl World {
    /// Whether a request about which no decision was had is decided in its isolate, and asks there if so.
    pub(super) fn asks_here(&mut self, id: RequestId) -> Result<bool, crate::Violation> {
        let Some(request) = self.requests.get_mut(&id) else {
            return Ok(false);
        };
        let policy = &self.scenario.policies[request.policy];
        let route = policy.route("GET", &request.path);
        let tier = policy.tier(&request.ask.tier);
        let is_meant =
            tier.is_some_and(|tier| policy.when_unavailable(tier, route) == OnUnavailable::Local);
        if !is_meant || is_local(request.object) {
            return Ok(false);
        }
        let message = Message::Ask(request.ask.clone()).local(policy.local_share);
        if let Message::Ask(ask) = &message {
            request.ask = ask.clone();
        }
        request.object += LOCAL * (request.isolate + 1);
        request.sent = self.isolates[request.isolate].clock(self.now);
        let (isolate, object) = (request.isolate, request.object);
        self.report.local += 1;
        self.say(
            isolate,
            object,
            Purpose::Ask(id),
            message,
            u64::from(u32::MAX),
        )?;
        Ok(true)
    }

    /// The isolate answers what it has said to what stands for an object.
    pub(super) fn answer_here(&mut self, id: CallId) -> Held {
        let Some(call) = self.calls.get(&id) else {
            return Ok(());
        };
        let object = call.object;
        let isolate = &mut self.isolates[call.isolate];
        let clock = isolate.clock(self.now);
        let name = format!("object {}", object % LOCAL);
        let answer = isolate.local.answer(&name, &call.message, clock);
        if let (Message::Ask(ask), Some(Answer::Decided(decision))) = (&call.message, &answer) {
            self.rates.observe(Seen {
                object,
                ask,
                decision,
                is_charged: decision.outcome == Outcome::Admitted,
                newest: ask.version,
                is_told: true,
                is_primary: true,
            })?;
        }
        self.concluded(id, answer)
    }
}
