//! The body of a request, read before it goes on: on routes whose owner or limits look at it, up to a length and for a
//! while.

use super::deadline::within;
use super::failure::Failure;
use super::headers::Head;
use super::promise::settled;
use crate::policy::{Body, Policy, Reason};
use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::Request;

#[wasm_bindgen]
extern "C" {
    type Reader;
    #[wasm_bindgen(method)]
    fn read(this: &Reader) -> Promise;
    #[wasm_bindgen(method, js_name = releaseLock)]
    fn release_lock(this: &Reader);
    #[wasm_bindgen(method, catch)]
    fn cancel(this: &Reader) -> Result<Promise, JsValue>;
}

/// Reads the body of a request whole; `None`, and nothing is read, if it cannot be a JSON object. It may take as long as
/// the origin may: whoever sends a byte now and then holds the gate's memory no longer.
pub(crate) async fn read(
    request: &Request,
    head: &Head,
    policy: &Policy,
) -> Result<Option<Vec<u8>>, Failure> {
    let most = policy.body_limit;
    if !may_be_json(head) {
        return Ok(None);
    }
    let Some(body) = request.body() else {
        return Ok(None);
    };
    let length = head.header("Content-Length");
    if length
        .and_then(|length| length.parse().ok())
        .is_some_and(|length: u64| length > most)
    {
        return Err(too_large(most));
    }
    let reader: Reader = body.get_reader().unchecked_into();
    let Some(bytes) = within(policy.origin_timeout, read_all(&reader, most)).await else {
        // Nor does anybody wait for the rest.
        let _ = reader.cancel();
        return Err(Failure::new(Reason::Malformed, "The body is late."));
    };
    // The rest may be read by others.
    reader.release_lock();
    bytes.map(Some)
}

async fn read_all(reader: &Reader, most: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    loop {
        let chunk = settled(&reader.read()).await;
        let chunk = chunk.and_then(|chunk| Reflect::get(&chunk, &"value".into()));
        let chunk = chunk.map_err(|_| Failure::new(Reason::Malformed, "The body broke off."))?;
        let Ok(chunk) = chunk.dyn_into::<Uint8Array>() else {
            return Ok(bytes);
        };
        bytes.extend(chunk.to_vec());
        if u64::try_from(bytes.len()).is_ok_and(|length| length > most) {
            return Err(too_large(most));
        }
    }
}

/// The body of a GET goes on unread: no other request could be made that has it.
fn may_be_json(head: &Head) -> bool {
    let kind = head.header("Content-Type").unwrap_or_default();
    let encoding = head.header("Content-Encoding");
    Body::may_be_read(kind, encoding) && !matches!(head.method(), "GET" | "HEAD")
}

fn too_large(most: u64) -> Failure {
    let detail = format!("The body is longer than {most} bytes.");
    Failure::new(Reason::TooLarge, detail)
}
