//! Keys that an issuer of tokens publishes: fetched, and kept while their address does not answer.

use super::deadline::{Deadline, pause};
use super::failure::Fault;
use super::promise::settled;
use super::{clock, log};
use crate::bounds::MAX_JWKS_BYTES;
use crate::identity::{ASK_WITHIN, PublishedKeys, Step, Token};
use crate::policy::{Jwk, read_jwks};
use crate::time::Millis;
use js_sys::{Promise, Reflect, Uint8Array};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{ReadableStream, RequestInit, RequestRedirect, Response};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch)]
    fn fetch(address: &str, init: &RequestInit) -> Result<Promise, JsValue>;

    type Reader;
    #[wasm_bindgen(method)]
    fn read(this: &Reader) -> Promise;
}

/// How often those who wait for another request's answer look whether it is there. What one request waits for cannot
/// be awaited in another.
const LOOK: Millis = Millis(25);

/// What is known of the one address that a policy has, and which that is.
pub(crate) type Known = RefCell<(String, PublishedKeys)>;

/// The keys at an address, as far as they may concern a token, and whether they are old because it does not answer.
pub(crate) async fn find(
    known: &Known,
    address: &str,
    token: &Token<'_>,
) -> Result<(Rc<[Jwk]>, bool), Fault> {
    let suits = |key: &Jwk| token.suits(key);
    loop {
        match with_known(known, address, |known| known.step(clock::now(), suits)) {
            Step::Use { keys, degraded } => return Ok((keys, degraded)),
            Step::GiveUp => {
                return Err(Fault::said("tokens", "the address of keys does not answer"));
            }
            Step::Wait => pause(LOOK).await,
            Step::Ask => {
                with_known(known, address, |known| known.ask(clock::now()));
                let asked = ask(address).await;
                with_known(known, address, |known| match asked {
                    Ok(keys) => known.learn(keys, clock::now(), suits),
                    Err(problem) => {
                        log::fault(&Fault::new("tokens", problem));
                        known.fail(clock::now());
                    }
                });
            }
        }
    }
}

fn with_known<T>(known: &Known, address: &str, work: impl FnOnce(&mut PublishedKeys) -> T) -> T {
    let (of, known) = &mut *known.borrow_mut();
    if of != address {
        address.clone_into(of);
        *known = PublishedKeys::default();
    }
    work(known)
}

/// Fetches keys. Where a redirect leads nobody has promised anything.
async fn ask(address: &str) -> Result<Vec<Jwk>, JsValue> {
    let deadline = Deadline::after(ASK_WITHIN, "the address of keys is late")?;
    let init = RequestInit::new();
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&deadline.signal()));
    let answer: Response = settled(&fetch(address, &init)?).await?.dyn_into()?;
    let body = answer.body().filter(|_| answer.status() == 200);
    let body = body.ok_or_else(|| JsValue::from(format!("status {}", answer.status())))?;
    let text = read_whole(&body).await?;
    read_jwks(&text).map_err(|error| error.to_string().into())
}

/// The text of a body that is not too large.
async fn read_whole(body: &ReadableStream) -> Result<String, JsValue> {
    let reader: Reader = body.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let chunk = settled(&reader.read()).await?;
        let value = Reflect::get(&chunk, &"value".into())?;
        let Ok(value) = value.dyn_into::<Uint8Array>() else {
            return String::from_utf8(bytes).map_err(|_| "not UTF-8".into());
        };
        bytes.extend(value.to_vec());
        if bytes.len() > MAX_JWKS_BYTES {
            return Err("more than 64 KiB".into());
        }
    }
}
