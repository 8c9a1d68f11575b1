//! KV.

use super::deadline::within;
use super::deployment::{Deployment, fault};
use super::failure::Fault;
use super::promise::settled;
use crate::admin::{Page, Stored};
use crate::bounds::MAX_PAGE;
use crate::time::Millis;
use js_sys::{Promise, Reflect};
use std::borrow::Cow;
use wasm_bindgen::prelude::*;
use worker::Env;

/// How long KV itself may answer from its cache, in seconds. Its least is 30; older runtimes take no less
/// than this.
pub(crate) const CACHE_SECONDS: u32 = 60;

/// How long a call may take. Who waits for a policy or a record has a last good one or none.
const WITHIN: Millis = Millis(5_000);

#[wasm_bindgen]
extern "C" {
    /// A namespace.
    #[derive(Clone)]
    pub(crate) type Namespace;
}

// They throw nothing at once.
#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    #[wasm_bindgen(js_name = kvText)]
    fn text(kv: &Namespace, name: &str, seconds: u32) -> Promise;
    #[wasm_bindgen(js_name = kvEntry)]
    fn entry_json(kv: &Namespace, name: &str) -> Promise;
    #[wasm_bindgen(js_name = kvPage)]
    fn page_json(
        kv: &Namespace,
        prefix: &str,
        limit: u32,
        cursor: Option<&str>,
        whole: bool,
    ) -> Promise;
    #[wasm_bindgen(js_name = kvPut)]
    fn put_entry(
        kv: &Namespace,
        name: &str,
        text: &str,
        seconds: Option<u32>,
        metadata: Option<&str>,
    ) -> Promise;
    #[wasm_bindgen(js_name = kvDelete)]
    fn delete_entry(kv: &Namespace, name: &str) -> Promise;
}

impl Namespace {
    /// The one that is bound under a name.
    pub(crate) fn bound(env: &Env, binding: &str) -> Result<Self, Fault> {
        let namespace = Reflect::get(env, &binding.into()).unwrap_or_default();
        if namespace.is_undefined() {
            return Err(fault(&format!("{binding}: the KV namespace is not bound")));
        }
        Ok(namespace.unchecked_into())
    }
}

/// How KV has a name of the API's.
fn under<'a>(deployment: &Deployment, name: &'a str) -> Cow<'a, str> {
    match deployment.under.as_str() {
        "" => Cow::Borrowed(name),
        under => Cow::Owned([under, name].concat()),
    }
}

/// The text under a name; `None` if there is none. `part` is who asks, for the log.
pub(crate) async fn read(
    deployment: &Deployment,
    name: &str,
    part: &'static str,
) -> Result<Option<String>, Fault> {
    let reading = text(&deployment.kv, &under(deployment, name), CACHE_SECONDS);
    Ok(heard(&reading, part).await?.as_string())
}

/// What is known of a name.
pub(crate) async fn entry(deployment: &Deployment, name: &str) -> Result<Stored, Fault> {
    let told = heard(&entry_json(&deployment.kv, &under(deployment, name)), PART).await?;
    let stored = told.as_string();
    let stored = stored.and_then(|text| Stored::read(&text, &deployment.under));
    stored.ok_or_else(|| Fault::said(PART, "KV says something else"))
}

/// Entries whose names begin with `prefix`, `limit` at most, from where `cursor` says.
pub(crate) async fn page(
    deployment: &Deployment,
    prefix: &str,
    cursor: Option<&str>,
    whole: bool,
) -> Result<Page, Fault> {
    let limit = u32::try_from(MAX_PAGE).unwrap_or(u32::MAX);
    let listing = page_json(
        &deployment.kv,
        &under(deployment, prefix),
        limit,
        cursor,
        whole,
    );
    let told = heard(&listing, PART).await?;
    let page = told.as_string();
    let page = page.and_then(|text| Page::read(&text, &deployment.under));
    page.ok_or_else(|| Fault::said(PART, "KV says something else"))
}

/// Puts an entry, for so many seconds if that is said, with what is to be known of it, as JSON.
pub(crate) async fn put(
    deployment: &Deployment,
    name: &str,
    text: &str,
    seconds: Option<u32>,
    metadata: Option<&str>,
) -> Result<(), Fault> {
    let putting = put_entry(
        &deployment.kv,
        &under(deployment, name),
        text,
        seconds,
        metadata,
    );
    heard(&putting, PART).await.map(|_| ())
}

/// Deletes an entry.
pub(crate) async fn delete(deployment: &Deployment, name: &str) -> Result<(), Fault> {
    let deleting = delete_entry(&deployment.kv, &under(deployment, name));
    heard(&deleting, PART).await.map(|_| ())
}

/// Who asks besides the policy and the directory.
const PART: &str = "admin";

async fn heard(promise: &Promise, part: &'static str) -> Result<JsValue, Fault> {
    match within(WITHIN, settled(promise)).await {
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) => Err(Fault::new(part, error)),
        None => Err(Fault::said(part, "KV did not answer in time")),
    }
}
