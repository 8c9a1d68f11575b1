//! Responses to the client.

use super::origin::names;
use crate::wire::{Denial, is_dropped_on_response};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Headers, Response, ResponseInit};

/// The gate's own answer.
pub(crate) fn own(denial: &Denial) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &denial.headers {
        headers.append(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(denial.status);
    init.set_headers(&headers);
    Response::new_with_opt_str_and_init(Some(&denial.body), &init)
}

/// The origin's answer with the gate's word on limits. The body stays the same native stream: no byte of it
/// passes through Wasm, and a compressed one stays as it is.
pub(crate) fn passed_on(
    answer: &Response,
    set: &[(String, String)],
    exposed: Option<&str>,
) -> Result<Response, JsValue> {
    let same: &ResponseInit = answer.unchecked_ref();
    let response = Response::new_with_opt_readable_stream_and_init(answer.body().as_ref(), same)?;
    let headers = response.headers();
    for name in names(&headers) {
        if is_dropped_on_response(&name) {
            headers.delete(&name)?;
        }
    }
    for (name, value) in set {
        headers.set(name, value)?;
    }
    if let Some(exposed) = exposed {
        headers.append("Access-Control-Expose-Headers", exposed)?;
    }
    Ok(response)
}
