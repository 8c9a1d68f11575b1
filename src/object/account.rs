//! One account: a single subject and what is known of it, in a single row.

use super::clock::Clock;
use super::lately::Lately;
use super::over::{over_in, over_since, turn};
use super::page::{Page, PageError};
use super::room::leave_out_shadows;
use super::{Ask, Effect, Owner, SubjectId};
use crate::account::{AccountState, Order, Refusal, Reply};
use crate::alert::{Alerts, EventId, Taken};
use crate::bounds::{ALARM_EVERY, FORGET_AFTER, MAX_WINDOW};
use crate::lease::{Grant, LeaseId};
use crate::limit::Name;
use crate::loan::Unspent;
use crate::subject::{Decision, Demand, Outcome, Renewal, Row, Settlement, Subject};
use crate::time::{Millis, UnixMillis};
use crate::usage::Usage;

const PAGE: u8 = 0;
const ALONE: SubjectId = SubjectId([0; 16]);

/// The machine of an account's object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub(super) clock: Clock,
    pub(super) version: u64,
    pub(super) subject: Subject,
    pub(super) state: AccountState,
    /// The turn of the alarm that the row was written in.
    pub(super) turn: u64,
    /// What was told of the account, and what is to be.
    pub(super) alerts: Alerts,
    /// When the alarm was last told to see to letters.
    letters: Option<UnixMillis>,
    pub(super) lately: Lately,
    pub(super) usage: Usage,
}

impl Account {
    pub(super) fn effects(&mut self, row: Row) -> Vec<Effect> {
        match row {
            Row::Holds => Vec::new(),
            Row::Due => self.put_row(),
        }
    }

    #[inline(never)]
    fn put_row(&mut self) -> Vec<Effect> {
        let clock = self.clock.now();
        let mut subjects = vec![(ALONE, self.subject.kept(self.version, clock).collect())];
        leave_out_shadows(&mut subjects);
        let row = Page {
            clock,
            version: self.version,
            incarnation: self.subject.incarnation(),
            subjects,
            usage: self.usage.kept(clock).clone(),
            account: (self.state != AccountState::default()).then(|| self.state.clone().into()),
            alerts: (self.alerts != Alerts::default()).then(|| Box::new(self.alerts.clone())),
        };
        let mut effects = vec![Effect::PutRow { page: PAGE, row }];
        let before = std::mem::replace(&mut self.turn, turn(clock));
        let letters = self.alerts.outbox().alarm();
        let letters_before = std::mem::replace(&mut self.letters, letters);
        if before != self.turn || (letters.is_some() && letters != letters_before) {
            // An account in use sets it anew before it comes.
            effects.push(self.alarm(ALARM_EVERY.plus(FORGET_AFTER)));
        }
        effects
    }

    /// Sets the alarm to when all will have been over for a while, if nothing more is used.
    pub(super) fn alarm(&mut self, over_for: Millis) -> Effect {
        let wait = self
            .over_in()
            .map_or(Millis(0), |wait| wait.min(MAX_WINDOW));
        let at = self.clock.now().after(wait).after(over_for);
        let letters = self.alerts.outbox().alarm();
        Effect::SetAlarm {
            at: letters.map_or(at, |letters| letters.min(at)),
        }
    }

    /// How long until all is over, and too old what was used; `None` if time alone does not bring that about.
    pub(super) fn over_in(&mut self) -> Option<Millis> {
        let now = self.clock.now();
        let known = self.state.over_in(now)?;
        let let_go = self.subject.let_go_in(now)?;
        Some(self.usage.kept(now).kept_for(now).max(known).max(let_go))
    }

    /// Whether there is a row.
    pub(super) fn is_written(&self) -> bool {
        self.turn > 0
    }

    /// Decides, unless how the account stands refuses it: that spends nothing.
    fn decide(&mut self, ask: &Ask, now: UnixMillis, decision: &mut Decision) -> Row {
        let terms = &ask.terms;
        let overridden = self.state.overridden([&ask.limits, &ask.shadows], now);
        let demand = match &overridden {
            Some([limits, shadows]) => Demand {
                limits,
                shadows,
                ..ask.demand()
            },
            None => ask.demand(),
        };
        let Some(refusal) = self.state.refusal(terms.key, &terms.blocked, now) else {
            return self.decide_in_room(&demand, now, decision);
        };
        let limits = if refusal == Refusal::PaymentRequired {
            demand.limits
        } else {
            &[]
        };
        let look = Demand {
            limits,
            shadows: &[],
            cost: 0,
            lease: None,
            reserves: &[],
            lend: None,
            ..demand
        };
        let row = self.decide_in_room(&look, now, decision);
        for standing in &mut decision.standings {
            standing.violated = false;
        }
        decision.outcome = Outcome::Refused(refusal);
        row
    }

    /// Decides, if the row has room for what may be used then.
    fn decide_in_room(
        &mut self,
        demand: &Demand<'_>,
        now: UnixMillis,
        decision: &mut Decision,
    ) -> Row {
        if !self.has_room(demand, now) {
            self.subject.make_room(now);
            if !self.has_room(demand, now) {
                return Row::Holds;
            }
        }
        if self.subject.has_beside(demand) {
            return self.subject.decide_beside(demand, now, decision);
        }
        self.subject.decide_alone(demand, now, decision)
    }

    /// Takes note of a decision for those who ask what there was.
    fn count(&mut self, ask: &Ask, decision: &Decision) {
        let terms = &ask.terms;
        self.usage.note_repeated(&terms.repeated, decision.now);
        if !terms.looks && decision.patience().is_none() {
            self.give_up(decision, ask.cost);
        }
    }
}

impl Owner for Account {
    fn load(pages: &[Vec<u8>]) -> Result<Self, PageError> {
        let page = pages
            .first()
            .map_or_else(|| Ok(Page::default()), |bytes| Page::decode(bytes))?;
        let kept = page
            .subjects
            .into_iter()
            .flat_map(|(_, kept)| kept)
            .collect();
        Ok(Self {
            clock: Clock::resumed(page.clock),
            turn: turn(page.clock),
            version: page.version,
            subject: Subject::resumed(kept, page.incarnation.saturating_add(1)),
            state: page.account.map(|state| *state).unwrap_or_default(),
            alerts: page.alerts.map(|it| *it).unwrap_or_default(),
            letters: None,
            lately: Lately::default(),
            usage: Usage::resumed(page.usage),
        })
    }

    fn handle(&mut self, ask: &Ask, now: UnixMillis) -> (Decision, Vec<Effect>) {
        let now = self.clock.advance(now);
        self.version = self.version.max(ask.version);
        let mut handled = (Decision::no_room(now), Vec::new());
        let (decision, effects) = (&mut handled.0, &mut handled.1);
        let row = self.decide(ask, now, decision);
        let row = self.watched(ask, decision, row);
        decision.behind = self.clock.behind();
        self.count(ask, decision);
        if !decision.would_deny.is_empty() {
            self.state.count(&decision.would_deny);
        }
        if let Some(statement) = self.statement(ask, decision) {
            decision.statement = Some(statement);
        }
        if row == Row::Due {
            *effects = self.put_row();
        }
        handled
    }

    fn give_up(&mut self, decision: &Decision, cost: u64) {
        self.lately.note(decision, cost);
        self.usage.note(decision, cost);
    }

    fn renew(&mut self, renewal: &Renewal, now: UnixMillis) -> (Option<Grant>, Vec<Effect>) {
        let now = self.clock.advance(now);
        let (grant, row) = self.subject.renew(renewal, now);
        (grant, self.effects(row))
    }

    fn release(&mut self, leases: &[LeaseId], now: UnixMillis) -> (Vec<Name>, Vec<Effect>) {
        let (lanes, row) = self.subject.release(leases, self.clock.advance(now));
        (lanes, self.effects(row))
    }

    fn settle(&mut self, settlement: &Settlement, now: UnixMillis) -> Vec<Effect> {
        let now = self.clock.advance(now);
        let stayed = self.over_in().is_none();
        let row = self.subject.conclude(settlement, now);
        if stayed && self.over_in().is_some() {
            // The alarm of this turn may have come and found that it stays.
            self.turn = 0;
        }
        self.effects(row)
    }

    fn take_back(&mut self, unspent: &[Unspent], now: UnixMillis) {
        let now = self.clock.advance(now);
        self.subject.take_back(unspent, now);
        self.usage.take_back(unspent, now);
    }

    fn operate(&mut self, order: &Order, now: UnixMillis) -> (Reply, Vec<Effect>) {
        self.operated(order, now)
    }

    fn wake(&mut self, now: UnixMillis) -> Vec<Effect> {
        let row = self.subject.settle(self.clock.advance(now));
        self.effects(row)
    }

    fn letter(&self, now: UnixMillis) -> Option<(EventId, String)> {
        self.alerts.due(now.max(self.clock.now()))
    }

    fn sent(&mut self, id: EventId, taken: Taken, now: UnixMillis) -> Vec<Effect> {
        self.letter_sent(id, taken, now)
    }

    fn next_wake(&self) -> Option<UnixMillis> {
        self.clock.wake(self.subject.next_wake(self.clock.now()))
    }

    fn clean_up(rows: &[(u8, Vec<u8>)], now: UnixMillis) -> Result<Vec<Effect>, PageError> {
        let Some((_, row)) = rows.first() else {
            return Ok(Vec::new());
        };
        let page = Page::decode(row)?;
        let alerts = page.alerts.as_ref();
        if let Some(at) = alerts.and_then(|it| it.outbox().next_alarm(now)) {
            return Ok(vec![Effect::SetAlarm { at }]);
        }
        Ok(match over_in(page, over_since(now)) {
            Some(Millis(0)) => vec![Effect::Forget],
            Some(wait) => vec![Effect::SetAlarm {
                at: now.after(wait.min(MAX_WINDOW)),
            }],
            // What is known of it stays, and whoever takes that back sets the alarm.
            None => Vec::new(),
        })
    }
}
