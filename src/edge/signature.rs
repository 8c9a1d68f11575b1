//! Signatures of tokens, verified by the runtime.

use super::failure::Fault;
use super::log;
use super::promise::settled;
use crate::identity::Token;
use crate::policy::{Jwk, TokenAlgorithm};
use js_sys::{Array, JSON, Promise, Uint8Array};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = importKey)]
    fn import_key(
        format: &str,
        key: &JsValue,
        algorithm: &JsValue,
        extractable: bool,
        usages: &Array,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"])]
    fn verify(
        algorithm: &JsValue,
        key: &JsValue,
        signature: &Uint8Array,
        data: &Uint8Array,
    ) -> Result<Promise, JsValue>;
}

/// Most keys that an isolate keeps in the runtime's form: all of a policy and of an address, twice.
const KEPT: usize = 160;

thread_local! {
    static IMPORTED: RefCell<Vec<(Jwk, JsValue)>> = const { RefCell::new(Vec::new()) };
}

/// Whether one of `keys` verifies a token. A key that the runtime does not take verifies none.
pub(crate) async fn is_signed(token: &Token<'_>, keys: &[Jwk]) -> bool {
    for key in keys.iter().filter(|key| token.suits(key)) {
        match is_signed_with(token, key).await {
            Ok(true) => return true,
            Ok(false) => {}
            Err(problem) => log::fault(&Fault::new("tokens", problem)),
        }
    }
    false
}

async fn is_signed_with(token: &Token<'_>, key: &Jwk) -> Result<bool, JsValue> {
    let algorithm = JSON::parse(parameters(key.algorithm))?;
    let key = imported(key, &algorithm).await?;
    let signature = Uint8Array::from(token.signature());
    let data = Uint8Array::from(token.signed());
    let verified = verify(&algorithm, &key, &signature, &data)?;
    Ok(settled(&verified).await? == JsValue::TRUE)
}

async fn imported(key: &Jwk, algorithm: &JsValue) -> Result<JsValue, JsValue> {
    let known = |kept: &Vec<(Jwk, JsValue)>| {
        let found = kept.iter().find(|(known, _)| known == key);
        found.map(|(_, imported)| imported.clone())
    };
    if let Some(imported) = IMPORTED.with_borrow(known) {
        return Ok(imported);
    }
    let read = JSON::parse(&key.to_json())?;
    let usages = Array::of1(&"verify".into());
    let imported = settled(&import_key("jwk", &read, algorithm, false, &usages)?).await?;
    IMPORTED.with_borrow_mut(|kept| {
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.push((key.clone(), imported.clone()));
    });
    Ok(imported)
}

/// What the runtime calls an algorithm, for keys and for signatures.
fn parameters(algorithm: TokenAlgorithm) -> &'static str {
    match algorithm {
        TokenAlgorithm::Hs256 => r#"{"name":"HMAC","hash":"SHA-256"}"#,
        TokenAlgorithm::Rs256 => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#,
        TokenAlgorithm::Es256 => r#"{"name":"ECDSA","namedCurve":"P-256","hash":"SHA-256"}"#,
    }
}
