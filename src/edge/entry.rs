//! Where the runtime comes in.

use super::deployment::Deployment;
use super::failure::Fault;
use super::gate::Gate;
use super::{admin, log, policy_store};
use crate::policy::Reason;
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response, ResponseInit};
use worker::{Context, Env, event};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID)]
    fn random_uuid() -> String;
}

#[event(start)]
fn start() {
    std::panic::set_hook(Box::new(|info| worker::console_error!("{info}")));
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    let answered = answer(&request, &env, &context).await;
    let fault = match answered {
        Ok(response) => return Ok(response),
        Err(fault) => fault,
    };
    log::fault(&fault);
    Ok(unavailable(&fault)?)
}

/// The answer while no policy says how answers look.
fn unavailable(fault: &Fault) -> Result<Response, JsValue> {
    let message = match fault.part {
        "deployment" => "The gate is not set up; its log says what is missing.",
        _ => "Whether the request may pass cannot be found out now.",
    };
    let body = format!(r#"{{"error":{{"code":"unavailable","message":"{message}"}}}}"#);
    let init = ResponseInit::new();
    init.set_status(503);
    let response = Response::new_with_opt_str_and_init(Some(&body), &init)?;
    response.headers().set("Content-Type", "application/json")?;
    response.headers().set("Cache-Control", "no-store")?;
    response
        .headers()
        .set("X-Headgate-Reason", Reason::Unavailable.name())?;
    Ok(response)
}

async fn answer(request: &Request, env: &Env, context: &Context) -> Result<Response, Fault> {
    let deployment = Deployment::of(env)?;
    if let Some(answered) = admin::answer(request, &deployment).await {
        return answered.map_err(|error| Fault::new("gate", error));
    }
    let current = policy_store::current(&deployment, context).await?;
    let gate = Gate {
        request,
        context,
        request_id: &random_uuid(),
        policy: &current.policy,
        deployment: &deployment,
        policy_degraded: current.degraded,
    };
    gate.answer()
        .await
        .map_err(|error| Fault::new("gate", error))
}
