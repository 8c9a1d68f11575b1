//! The floor: the calls to the platform that a limiter in Rust cannot do without, and no limit. A request is read, an
//! object is asked by its account's name, the request goes on to the origin, the answer gets a header.

use js_sys::{Promise, Uint8Array};
use js_sys::futures::JsFuture;
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};
use worker::{Context, Env, State, durable_object, event};

#[wasm_bindgen]
extern "C" {
    type Namespace;
    #[wasm_bindgen(method, catch, js_name = getByName)]
    fn get_by_name(this: &Namespace, name: &str) -> Result<Stub, JsValue>;

    type Stub;
    #[wasm_bindgen(method, catch)]
    fn answer(this: &Stub, message: &Uint8Array) -> Result<Promise, JsValue>;

    type Fetcher;
    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Fetcher, request: &Request) -> Result<Promise, JsValue>;

    type Bindings;
    #[wasm_bindgen(method, getter, js_name = ACCOUNTS)]
    fn accounts(this: &Bindings) -> Namespace;
    #[wasm_bindgen(method, getter, js_name = ORIGIN)]
    fn origin(this: &Bindings) -> Fetcher;
}

/// As many bytes as a question about one limit has.
const QUESTION: [u8; 60] = [1; 60];

/// As many bytes as the answer has.
const ANSWER: [u8; 50] = [1; 50];

#[event(fetch)]
async fn fetch(request: Request, env: Env, _: Context) -> worker::Result<Response> {
    Ok(answer(&request, env.unchecked_ref()).await?)
}

async fn answer(request: &Request, bindings: &Bindings) -> Result<Response, JsValue> {
    let Some(key) = request.headers().get("X-Api-Key")? else {
        return Response::new_with_opt_str(Some("An API key is required."));
    };
    let object = bindings.accounts().get_by_name(&key)?;
    let question = Uint8Array::from(QUESTION.as_slice());
    let decided = JsFuture::from(object.answer(&question)?).await?;
    let decided = decided.dyn_into::<Uint8Array>()?.to_vec();
    let forwarded = Request::new_with_str_and_init(&request.url(), request.unchecked_ref())?;
    forwarded.headers().set("X-Headgate-Account", &key)?;
    let answer = sent(&bindings.origin(), &forwarded).await?;
    let body = answer.body();
    let answer =
        Response::new_with_opt_readable_stream_and_init(body.as_ref(), answer.unchecked_ref())?;
    let limit = format!("\"minute\";r={};t=1", decided.len());
    answer.headers().set("RateLimit", &limit)?;
    Ok(answer)
}

async fn sent(to: &Fetcher, request: &Request) -> Result<Response, JsValue> {
    JsFuture::from(to.fetch(request)?).await?.dyn_into()
}

/// The object of one account.
#[durable_object(fetch)]
pub struct AccountObject;

impl worker::DurableObject for AccountObject {
    fn new(_: State, _: Env) -> Self {
        Self
    }

    async fn fetch(&self, _: worker::Request) -> worker::Result<worker::Response> {
        worker::Response::error("An object answers messages.", 405)
    }
}

#[wasm_bindgen]
impl AccountObject {
    /// The answer to a question.
    #[must_use]
    pub fn answer(&self, question: &[u8]) -> Uint8Array {
        debug_assert_eq!(question, QUESTION);
        Uint8Array::from(ANSWER.as_slice())
    }
}
