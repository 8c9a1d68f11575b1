//! Headers of real requests and responses.

use wasm_bindgen::JsValue;
use web_sys::Headers;

/// The value of a header; several of one name are joined by ", ".
pub(crate) fn header(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name).ok().flatten()
}

/// Takes away what `is_dropped` names, then sets what the gate says itself.
pub(crate) fn rewrite<N: AsRef<str>>(
    headers: &Headers,
    is_dropped: fn(&str) -> bool,
    set: &[(N, String)],
) -> Result<(), JsValue> {
    for name in names(headers).iter().filter(|name| is_dropped(name)) {
        headers.delete(name)?;
    }
    for (name, value) in set {
        headers.set(name.as_ref(), value)?;
    }
    Ok(())
}

/// The names of all headers, at once: the list would change while headers are taken away.
pub(super) fn names(headers: &Headers) -> Vec<String> {
    headers
        .keys()
        .into_iter()
        .filter_map(|name| name.ok()?.as_string())
        .collect()
}
