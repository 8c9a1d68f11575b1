//! Asks that are not sent, since their object has more to do than it can.

use super::clock;
use super::decide::Undecided;
use super::failure::Fault;
use super::owner::Owner;
use crate::cache::{Heard, Pressure, Ticket};
use crate::limit::Limit;
use crate::object::{Answer, Ask, Message, Trouble};
use crate::time::Millis;
use std::cell::RefCell;

thread_local! {
    static PRESSURE: RefCell<Pressure> = RefCell::default();
}

/// An ask that the owner has to decide within `limit`, unless it is better not sent: nobody has heard of it then.
#[expect(clippy::result_large_err, reason = "it is handed on at once")]
pub(super) fn sendable(owner: &Owner, ask: Ask, limit: Millis) -> Result<Ask, Undecided> {
    let now = clock::now();
    if !PRESSURE.with_borrow_mut(|pressure| pressure.is_high(&owner.name, limit, now)) {
        return Ok(ask);
    }
    Err(Undecided {
        fault: Fault {
            trouble: Trouble::Overloaded,
            ..Fault::said("object", "overloaded: it is not asked").owners()
        },
        owner: owner.clone(),
        message: Message::Ask(ask),
    })
}

/// Notes that something is said to an object. Only asks count: all else makes room, and comes from who was admitted.
pub(super) fn asked(name: &str, message: &Message, limit: Millis) -> Option<Ticket> {
    let Message::Ask(ask) = message else {
        return None;
    };
    let patience = ask.limits.iter().filter_map(Limit::patience).max();
    Some(PRESSURE.with_borrow_mut(|pressure| {
        pressure.ask(name, limit, patience.unwrap_or_default(), clock::now())
    }))
}

/// Notes what came of it; `is_late` if that was nothing in time.
pub(super) fn heard(name: &str, ticket: &Ticket, answer: &Result<Answer, Fault>, is_late: bool) {
    let heard = match answer {
        _ if is_late => Heard::Nothing,
        Err(fault) if fault.trouble == Trouble::Overloaded => Heard::Overloaded,
        _ => Heard::Answer,
    };
    PRESSURE.with_borrow_mut(|pressure| pressure.hear(name, ticket, heard, clock::now()));
}
