//! What a refusal promises: it cost nothing, and whoever waits as long as it says is let in. Both are tried out on a
//! copy of the machine.

use super::World;
use crate::machine::{Kind, Machine};
use crate::violation::{Held, hold};
use headgate::limit;
use headgate::object::Ask;
use headgate::subject::{Decision, Outcome};
use headgate::time::{Millis, UnixMillis};

impl World {
    /// The machine before a decision, now and then.
    pub(super) fn before(&mut self, object: usize, life: u64) -> Option<Machine> {
        let is_looked_at = self.random.one_in(8);
        let instance = self.hosts[object].living(life)?;
        instance.machine.clone().filter(|_| is_looked_at)
    }

    /// After a refusal everything stands as before.
    pub(super) fn costs_nothing(
        &mut self,
        object: usize,
        before: Option<Machine>,
        ask: &Ask,
        decision: &Decision,
    ) -> Held {
        let clock = self.hosts[object].clock(self.now);
        let after = self.hosts[object].primary.machine.clone();
        let (Some(mut before), Some(mut after)) = (before, after) else {
            return Ok(());
        };
        if decision.outcome == Outcome::Admitted {
            return Ok(());
        }
        let (was, _) = before.handle(&look(ask), clock);
        let (is, _) = after.handle(&look(ask), clock);
        hold(was.standings == is.standings, || {
            format!("a refusal of object {object} costs something: {was:?} before, {is:?} after")
        })
    }

    /// Whoever waits as long as a refusal by rates says is let in, and a millisecond earlier is not.
    pub(super) fn keeps_promise(&mut self, object: usize, ask: &Ask, decision: &Decision) -> Held {
        let Outcome::NotYet(wait) = decision.outcome else {
            return Ok(());
        };
        let mut violated = decision.standings.iter().filter(|it| it.violated);
        let machine = self.hosts[object].primary.machine.clone();
        let is_promise = violated.all(|it| it.limit.algorithm.kind() == limit::Kind::Rate);
        // A shard that has let a subject go knows no newer policy than the one it is asked under.
        let is_promise =
            is_promise && (self.kind(object) == Kind::Account || is_newest(ask, decision));
        let Some(machine) = machine.filter(|_| is_promise && ask.terms.reserves.is_empty()) else {
            return Ok(());
        };
        self.report.waits += 1;
        let clock = self.hosts[object].clock(self.now);
        let then = clock.after(decision.behind).after(wait);
        let comes_at = |at: UnixMillis| machine.clone().handle(ask, at).0;
        let late = comes_at(then);
        hold(late.outcome == Outcome::Admitted, || {
            format!(
                "object {object} says to wait {wait:?} and then refuses: {decision:?}, then {late:?}"
            )
        })?;
        let early = comes_at(UnixMillis(then.0.saturating_sub(1)));
        let is_early = self.kind(object) == Kind::Account && early.outcome == Outcome::Admitted;
        hold(!is_early || wait == Millis(0), || {
            format!(
                "object {object} says to wait {wait:?}, and a millisecond less does: {decision:?}"
            )
        })
    }
}

/// Whether the object enforces the limits that it was asked under.
fn is_newest(ask: &Ask, decision: &Decision) -> bool {
    let limits = decision.standings.iter().zip(&ask.limits);
    limits
        .into_iter()
        .all(|(standing, asked)| standing.limit.algorithm == asked.algorithm)
}

/// The same ask for nothing.
pub(crate) fn look(ask: &Ask) -> Ask {
    Ask {
        cost: 0,
        lease: None,
        released: Vec::new(),
        terms: headgate::object::Terms::default(),
        ..ask.clone()
    }
}
