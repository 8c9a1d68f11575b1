//! What a client is still sending when its answer is already known.

use super::deadline::within;
use super::headers::Head;
use super::promise::settled;
use crate::time::Millis;
use js_sys::Reflect;
use web_sys::{Request, WritableStream};

/// How long the rest of an upload is waited for.
const LINGER: Millis = Millis(5_000);

/// Up to this many bytes are read by workerd itself before it closes a connection.
const LITTLE: u64 = 65_536;

/// Reads what is left of the body of a request that is not passed on, and forgets it. workerd would reset the
/// connection instead, and most clients that are cut off while they send never look at the answer.
pub(crate) async fn linger(request: &Request, head: &Head) {
    if !is_sending_much(head) || is_fronted(request) {
        return;
    }
    let Some(body) = request.body() else { return };
    let Ok(sink) = WritableStream::new() else {
        return;
    };
    // Not aborted when it is late: that waits for the client, too. One that is gone or too slow loses nothing
    // that it would have had.
    let _ = within(LINGER, settled(&body.pipe_to(&sink))).await;
}

/// Whether more may be on its way than workerd reads. A client that expects a 100 sends nothing before it.
fn is_sending_much(head: &Head) -> bool {
    let length = head.header("Content-Length");
    // A GET says so if it has a body, in every version of HTTP that a runtime on its own speaks.
    let may_send = head.method() != "GET" || length.or(head.header("Transfer-Encoding")).is_some();
    let length = length.and_then(|length| length.parse::<u64>().ok());
    may_send && length.is_none_or(|length| length > LITTLE) && head.header("Expect").is_none()
}

/// Whether Cloudflare's network took the request, which it tells by the place where it did: its front deals
/// with uploads, and reading them here would cost CPU time for a denial.
fn is_fronted(request: &Request) -> bool {
    let cf = Reflect::get(request, &"cf".into());
    let colo = cf.and_then(|cf| Reflect::get(&cf, &"colo".into()));
    colo.is_ok_and(|colo| colo.is_string())
}
