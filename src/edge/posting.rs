//! How an object tells of events while it is awake, and when its alarm comes.

use super::deployment::receiver;
use super::failure::Fault;
use super::shell::Shell;
use super::{clock, log, task, webhook};
use crate::object::Owner;
use std::rc::Rc;
use wasm_bindgen::JsValue;

impl<O: Owner + 'static> Shell<O> {
    /// Sends what is due, beside whatever else the object does.
    pub(super) fn post_soon(self: &Rc<Self>) {
        if self.is_posting.get() || self.due_letter().is_none() {
            return;
        }
        let shell = Rc::clone(self);
        task::answer(async move {
            post(shell).await;
            JsValue::UNDEFINED
        });
    }
}

/// Sends what is due, one after the other.
pub(super) async fn post<O: Owner + 'static>(shell: Rc<Shell<O>>) {
    if shell.is_posting.replace(true) {
        return;
    }
    if let Err(fault) = post_all(&shell).await {
        log::fault(&fault);
    }
    shell.is_posting.set(false);
}

async fn post_all<O: Owner + 'static>(shell: &Rc<Shell<O>>) -> Result<(), Fault> {
    // Whoever was woken for this alone has no machine yet.
    shell.awaken()?;
    let Some(mut letter) = shell.due_letter() else {
        return Ok(());
    };
    // To one that is not right nothing is sent, and there is a pause.
    let receiver = receiver(&shell.env).and_then(|receiver| {
        let right = receiver.inspect_err(log::fault);
        right.ok()
    });
    loop {
        let (id, body) = letter;
        let taken = webhook::send(receiver.as_ref(), id, &body).await;
        shell.step(|machine, now| ((), machine.sent(id, taken, now)))?;
        match shell.due_letter() {
            Some(next) => letter = next,
            None => return Ok(()),
        }
    }
}

impl<O: Owner> Shell<O> {
    fn due_letter(&self) -> Option<(crate::alert::EventId, String)> {
        let machine = self.machine.borrow();
        machine.as_ref()?.letter(clock::now())
    }
}
