//! What an isolate is asked that decides by itself.

use super::ask;
use headgate::limit::{Limit, Share};
use headgate::object::{Answer, Ask, Local, Message, SubjectId};
use headgate::subject::{Decision, Outcome};
use headgate::time::UnixMillis;

pub const MINUTE: u64 = 60_000;

pub fn decided(local: &mut Local, name: &str, ask: &Ask, now: UnixMillis) -> Option<Decision> {
    match local.answer(name, &Message::Ask(ask.clone()), now) {
        Some(Answer::Decided(decision)) => Some(decision),
        None => None,
        other => unreachable!("an ask is decided or not answered, not {other:?}"),
    }
}

pub fn admits(local: &mut Local, name: &str, ask: &Ask, now: UnixMillis) -> bool {
    decided(local, name, ask, now).unwrap().outcome == Outcome::Admitted
}

/// What an isolate is asked that gives out a tenth of limits.
pub fn local(ask: Ask) -> Ask {
    match Message::Ask(ask).local(Share::TENTH) {
        Message::Ask(ask) => ask,
        other => unreachable!("an ask stays one, and is not {other:?}"),
    }
}

/// A tenth of these limits.
pub fn tenth(limits: &[Limit]) -> Ask {
    local(ask(limits, 1))
}

pub fn of_subject(number: u64, limits: &[Limit]) -> Ask {
    let mut id = [7; 16];
    id[..8].copy_from_slice(&number.to_le_bytes());
    Ask {
        subject: Some(SubjectId(id)),
        ..tenth(limits)
    }
}
