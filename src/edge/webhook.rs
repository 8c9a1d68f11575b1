//! Sending events to their receiver, by Standard Webhooks 1.0.

use super::deadline::Deadline;
use super::failure::Fault;
use super::promise::settled;
use super::{clock, log};
use crate::alert::{EventId, Receiver, SIGNATURE_HEADERS, Taken};
use crate::time::Millis;
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::{Headers, RequestInit, RequestRedirect, Response};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(address: &str, init: &RequestInit) -> Result<Promise, JsValue>;
}

/// How long a receiver may take: the recommendations of Standard Webhooks say 15 to 30 seconds.
const LIMIT: Millis = Millis(15_000);

/// Sends an event; its body is what [`Event::body`](crate::alert::Event::body) says. Without a receiver it is as if that one were down.
pub(super) async fn send(receiver: Option<&Receiver>, id: EventId, body: &str) -> Taken {
    let Some(receiver) = receiver else {
        let problem = "no receiver to send to, and events wait to be told";
        log::fault(&Fault::said("webhook", problem));
        return Taken::Down(None);
    };
    match answer(receiver, &id.to_string(), body).await {
        Ok(answer) => {
            let taken = taken(&answer);
            if taken != Taken::Yes {
                log::fault(&Fault::said(
                    "webhook",
                    format!("status {}", answer.status()),
                ));
            }
            taken
        }
        Err(problem) => {
            log::fault(&Fault::new("webhook", problem));
            Taken::Down(None)
        }
    }
}

/// The receiver's answer. Where a redirect leads nobody has promised anything.
async fn answer(receiver: &Receiver, id: &str, body: &str) -> Result<Response, JsValue> {
    let deadline = Deadline::after(LIMIT, "the receiver of events is late")?;
    let seconds = clock::now().0 / 1_000;
    let [id_name, time_name, signature_name] = SIGNATURE_HEADERS;
    let headers = Headers::new()?;
    headers.set("Content-Type", "application/json")?;
    headers.set("User-Agent", "Headgate")?;
    headers.set(id_name, id)?;
    headers.set(time_name, &seconds.to_string())?;
    headers.set(signature_name, &receiver.signatures(id, seconds, body))?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&body.into());
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&deadline.signal()));
    let answer: Response = settled(&fetch(receiver.url(), &init)?).await?.dyn_into()?;
    // What is in it concerns nobody, and an unread body would hold its connection.
    if let Some(body) = answer.body() {
        let _ = body.cancel();
    }
    Ok(answer)
}

/// What an answer says.
fn taken(answer: &Response) -> Taken {
    let asked = || {
        let seconds = answer.headers().get("Retry-After").ok().flatten();
        let seconds = seconds.and_then(|seconds| seconds.parse().ok());
        seconds.map(Millis::from_seconds)
    };
    match answer.status() {
        200..=299 => Taken::Yes,
        410 => Taken::NoMore,
        408 | 429 | 500..=599 => Taken::Down(asked()),
        _ => Taken::NotThis,
    }
}
