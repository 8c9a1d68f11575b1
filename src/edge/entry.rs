//! Where the runtime comes in.

use super::deployment::Deployment;
use super::failure::Fault;
use super::gate::{Gate, Noted};
use super::headers::Head;
use super::task::{self, Context};
use super::{admin, collectors, log, policy_store, respond};
use crate::collector::Seen;
use crate::policy::Reason;
use crate::wire::Denial;
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};
use worker::{Env, event};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID)]
    pub(super) fn random_uuid() -> String;
}

#[event(start)]
fn start() {
    std::panic::set_hook(Box::new(|info| worker::console_error!("{info}")));
}

/// The gate as `worker.js` calls it. The build exposes classes alone.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Gateway;

#[wasm_bindgen]
impl Gateway {
    /// Answers a request, with a response or a promise of one.
    #[must_use]
    pub fn fetch(request: Request, env: Env, context: Context) -> JsValue {
        task::answer(async move {
            let answered = answer(&request, &env, &context).await;
            let response = answered.or_else(|fault| unavailable(&fault));
            // Status and headers are right: nothing throws.
            response.map_or(JsValue::UNDEFINED, Into::into)
        })
    }
}

/// Of an answer that no policy shapes.
const HEADERS: [(&str, &str); 3] = [
    ("Content-Type", "application/json"),
    ("Cache-Control", "no-store"),
    ("X-Headgate-Reason", "unavailable"),
];

/// The answer while no policy says how answers look.
fn unavailable(fault: &Fault) -> Result<Response, JsValue> {
    log::fault(fault);
    let message = match fault.part {
        "deployment" => "The gate is not set up; its log says what is missing.",
        _ => "Whether the request may pass cannot be found out now.",
    };
    let denial = Denial {
        status: 503,
        headers: HEADERS.map(owned).into(),
        body: format!(r#"{{"error":{{"code":"unavailable","message":"{message}"}}}}"#),
        problem: None,
    };
    respond::own(&denial)
}

/// The answer to a request for a host that is not served (RFC 9110 §15.5.20): it tells of none that is.
fn misdirected() -> Result<Response, JsValue> {
    let headers = [
        ("Content-Type", "application/problem+json"),
        ("Cache-Control", "no-store"),
        ("X-Headgate-Reason", "misdirected"),
    ];
    respond::own(&Denial {
        status: 421,
        headers: headers.map(owned).into(),
        body: r#"{"type":"about:blank","title":"Misdirected Request","status":421,"detail":"This host is not served here."}"#.to_owned(),
        problem: None,
    })
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

async fn answer(request: &Request, env: &Env, context: &Context) -> Result<Response, Fault> {
    let head = Head::of(request);
    let Some(deployment) = Deployment::of(env, head.url())? else {
        return misdirected().map_err(|error| Fault::new("gate", error));
    };
    if let Some(answered) = admin::answer(request, &head, &deployment).await {
        return answered.map_err(|error| Fault::new("gate", error));
    }
    let current = policy_store::current(&deployment, context).await;
    if current.is_err() {
        let seen = Seen {
            denied: Some(Reason::Unavailable),
            ..Seen::default()
        };
        collectors::note(&deployment, context, &seen);
    }
    let current = current?;
    let gate = Gate {
        request,
        head: &head,
        context,
        request_id: &random_uuid(),
        policy: &current.policy,
        deployment: &deployment,
        policy_degraded: current.degraded,
        noted: Noted::default(),
    };
    gate.answer()
        .await
        .map_err(|error| Fault::new("gate", error))
}
