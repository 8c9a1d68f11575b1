//! Following an answer to its end, without a byte of its body passing through Wasm.

use super::bridge::bridged;
use super::headers::header;
use super::slot::Slot;
use super::task::Context;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, ReadableStream, Response, ResponseInit, WritableStream};

#[wasm_bindgen]
extern "C" {
    /// What is written to one side is read from the other, by the runtime itself.
    type IdentityTransformStream;
    #[wasm_bindgen(constructor)]
    fn new() -> IdentityTransformStream;
    #[wasm_bindgen(method, getter)]
    fn readable(this: &IdentityTransformStream) -> ReadableStream;
    #[wasm_bindgen(method, getter)]
    fn writable(this: &IdentityTransformStream) -> WritableStream;

    /// The same for so many bytes: an answer made of it keeps its `Content-Length`.
    #[wasm_bindgen(extends = IdentityTransformStream)]
    type FixedLengthStream;
    #[wasm_bindgen(constructor, catch)]
    fn new(length: f64) -> Result<FixedLengthStream, JsValue>;
}

/// Lengths beyond this are not exact as the runtime counts them.
const MOST_EXACT: u64 = 1 << 53;

/// What goes on to the client of an answer of the origin.
pub(crate) struct Answered {
    pub(crate) body: Option<ReadableStream>,
    /// Status, headers, encoding and socket.
    pub(crate) init: ResponseInit,
    /// What aborts the exchange, if it is followed.
    pub(crate) controller: Option<AbortController>,
}

impl Answered {
    /// An answer that nobody follows.
    pub(crate) fn plain(answer: Response) -> Self {
        Self {
            body: answer.body(),
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
    let (body, init) = match bridged(&answer, slot, context)? {
        Ok(init) => (None, init),
        Err(slot) => {
            let body = if let Some(body) = answer.body() {
                let stream = stream(&answer, is_length_certain);
                slot.until(&body.pipe_to(&stream.writable()).unchecked_into());
                Some(stream.readable())
            } else {
                slot.done();
                None
            };
            (body, answer.unchecked_into())
        }
    };
    Ok(Answered {
        body,
        init,
        controller,
    })
}

/// A stream of the length that the origin sends, where that is certain: what a Worker says of its length need not be
/// so, nor what stands beside a transfer encoding.
fn stream(answer: &Response, is_length_certain: bool) -> IdentityTransformStream {
    let headers = answer.headers();
    let length = header(&headers, "Content-Length").and_then(|length| length.parse::<u64>().ok());
    let is_certain = is_length_certain && header(&headers, "Transfer-Encoding").is_none();
    let length = length.filter(|length| is_certain && *length <= MOST_EXACT);
    #[expect(clippy::cast_precision_loss, reason = "it is exact")]
    let fixed = length.and_then(|length| FixedLengthStream::new(length as f64).ok());
    fixed.map_or_else(IdentityTransformStream::new, Into::into)
}
