//! Denials that isolates repeat by themselves.

use super::World;
use crate::event::RequestId;
use crate::machine::Kind;
use crate::violation::{Held, hold};
use headgate::cache::Asked;
use headgate::object::Ask;
use headgate::subject::{Decision, Outcome};

impl World {
    /// What an isolate knows that an object would refuse.
    pub(super) fn known(
        &mut self,
        isolate: usize,
        object: usize,
        ask: &mut Ask,
    ) -> Option<Decision> {
        let asked = Asked::of(&object.to_string(), ask);
        let now = self.isolates[isolate].clock(self.now);
        let denial = self.isolates[isolate].denials.known(&asked, now)?;
        self.report.repeated_denials += 1;
        Some(denial)
    }

    /// An isolate takes note of what was decided on its request.
    pub(super) fn learn(&mut self, id: RequestId, decision: &Decision) {
        let Some(request) = self.requests.get_mut(&id) else {
            return;
        };
        let asked = || Asked::of(&request.object.to_string(), &mut request.ask);
        let most = self.scenario.policies[request.policy].deny_cache;
        let denials = &mut self.isolates[request.isolate].denials;
        denials.learn(asked, decision, request.sent, most);
    }

    /// What an isolate refuses by itself its object would refuse at that instant, under no newer policy.
    pub(super) fn would_refuse(&mut self, object: usize, ask: &Ask, denial: &Decision) -> Held {
        let host = &self.hosts[object];
        let machine = host.primary.machine.clone().or_else(|| host.resumed());
        // What comes back of loans nobody knew of.
        let is_newest =
            host.newest <= ask.version && host.kind == Kind::Account && !self.scenario.lends;
        let Some(mut machine) = machine.filter(|_| is_newest) else {
            return Ok(());
        };
        let (truth, _) = machine.handle(ask, denial.now);
        let is_then = truth.now == denial.now;
        hold(!is_then || truth.outcome != Outcome::Admitted, || {
            format!(
                "object {object} would let in what an isolate refuses: {denial:?}, but {truth:?}"
            )
        })
    }
}
