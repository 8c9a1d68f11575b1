//! Following an answer to its end, without a byte of its body passing through Wasm.

use super::bridge::bridged;
use super::headers::AnswerHead;
use super::slot::Slot;
use super::task::Context;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, ReadableStream, Response, ResponseInit};

/// Lengths beyond this are not exact as the runtime counts them.
const MOST_EXACT: u64 = 1 << 53;

/// What goes on to the client of an answer of the origin.
pub(crate) struct Answered {
    pub(crate) body: Option<ReadableStream>,
    /// Status, headers, encoding and socket.
    pub(crate) init: ResponseInit,
    /// What the origin says before the body.
    pub(crate) head: AnswerHead,
    /// What aborts the exchange, if it is followed.
    pub(crate) controller: Option<AbortController>,
}

impl Answered {
    /// An answer that nobody follows.
    pub(crate) fn plain(answer: Response) -> Self {
        Self {
            body: answer.body(),
            head: AnswerHead::of(&answer),
            init: answer.unchecked_into(),
            controller: None,
        }
    }
}

/// What goes on to the client, such that the slot is held until the body has ended, failed, or nobody reads it any
/// more. Without a slot nothing is followed. An answer without a body has ended already.
pub(crate) fn answered(
    answer: Response,
    slot: Option<Slot>,
    is_length_certain: bool,
    context: &Context,
) -> Result<Answered, JsValue> {
    let Some(slot) = slot else {
        return Ok(Answered::plain(answer));
    };
    let controller = Some(slot.controller().clone());
    let head = AnswerHead::of(&answer);
    let (body, init) = if head.has_socket() {
        (None, bridged(&answer, slot, context)?)
    } else {
        let body = if let Some(body) = answer.body() {
            let length = length(&head).filter(|_| is_length_certain);
            Some(slot.piped(&body, length)?)
        } else {
            slot.done();
            None
        };
        (body, answer.unchecked_into())
    };
    Ok(Answered {
        body,
        init,
        head,
        controller,
    })
}

/// The length that the origin sends. What stands beside a transfer encoding need not be it.
fn length(head: &AnswerHead) -> Option<f64> {
    let length = head.header("Content-Length")?.parse::<u64>().ok()?;
    let is_certain = head.header("Transfer-Encoding").is_none() && length <= MOST_EXACT;
    #[expect(clippy::cast_precision_loss, reason = "it is exact")]
    is_certain.then_some(length as f64)
}
