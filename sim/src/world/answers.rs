//! What clients are answered, and what they do then.

use super::World;
use crate::client::Heard;
use crate::event::Event;
use crate::violation::{Held, hold};
use headgate::policy::Policy;
use headgate::subject::Decision;
use headgate::wire::Denial;

impl World {
    /// A client has its answer, and asks again when it sees fit.
    pub(super) fn hear(&mut self, client: usize, heard: Heard) {
        let habit = self.scenario.clients[client].habit;
        let wait = habit.answers(heard, &mut self.tries[client], &mut self.random);
        if let Some(wait) = wait.filter(|_| self.is_open) {
            self.queue.push(self.now + wait, Event::Fire { client });
        }
    }

    /// A request was refused.
    ///
    /// # Errors
    ///
    /// If its client was alone and waited as it was told.
    pub(super) fn refuse(&mut self, client: usize, policy: usize, decision: &Decision) -> Held {
        self.report.refused += 1;
        let after = denied(&self.scenario.policies[policy], decision);
        if self.is_calm && after.is_some() {
            self.tries[client] += 1;
            hold(self.tries[client] == 1, || {
                format!("a patient client is refused twice, and alone: {decision:?}")
            })?;
        }
        self.hear(client, Heard::Refused(after));
        Ok(())
    }
}

/// The seconds of `Retry-After` that a refusal says, if it says any.
fn denied(policy: &Policy, decision: &Decision) -> Option<u64> {
    let denial = Denial::of_decision(policy, decision, "0");
    let mut headers = denial.headers.iter();
    let (_, seconds) = headers.find(|(name, _)| name == "Retry-After")?;
    seconds.parse().ok()
}
