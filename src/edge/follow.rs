//! Following an answer to its end, without a byte of its body passing through Wasm.

use super::bridge::bridged;
use super::headers::header;
use super::slot::Slot;
use wasm_bindgen::prelude::*;
use web_sys::{ReadableStream, Response, ResponseInit, WritableStream};
use worker::Context;

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
    #[wasm_bindgen(constructor)]
    fn new(length: f64) -> FixedLengthStream;
}

/// Lengths beyond this are not exact as the runtime counts them.
const MOST_EXACT: f64 = 9_007_199_254_740_991.0;

/// An answer of the origin and what goes on to the client of it, other than headers.
pub(crate) struct Answered {
    pub(crate) body: Option<ReadableStream>,
    /// Status, headers, encoding and socket.
    pub(crate) init: ResponseInit,
}

impl Answered {
    /// An answer that nobody follows.
    pub(crate) fn plain(answer: Response) -> Self {
        Self {
            body: answer.body(),
            init: answer.unchecked_into(),
        }
    }
}

/// What goes on to the client, such that the slot is held until the body has ended, failed, or nobody reads it any
/// more. Without a slot nothing is followed. An answer without a body has ended already.
pub(crate) fn answered(
    answer: Response,
    slot: Option<Slot>,
    context: &Context,
) -> Result<Answered, JsValue> {
    let Some(slot) = slot else {
        return Ok(Answered::plain(answer));
    };
    let slot = match bridged(&answer, slot, context)? {
        Ok(init) => return Ok(Answered { body: None, init }),
        Err(slot) => slot,
    };
    let body = answer.body().map(|body| {
        let stream = stream(&answer);
        slot.until(&body.pipe_to(&stream.writable()).unchecked_into());
        stream.readable()
    });
    let init = answer.unchecked_into();
    Ok(Answered { body, init })
}

fn stream(answer: &Response) -> IdentityTransformStream {
    let length = header(&answer.headers(), "Content-Length");
    match length.and_then(|length| length.parse::<f64>().ok()) {
        Some(length) if length <= MOST_EXACT => FixedLengthStream::new(length).into(),
        _ => IdentityTransformStream::new(),
    }
}
