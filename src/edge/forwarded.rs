//! Requests as they go on to the origin.

use super::headers::{Head, changes};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Request, RequestInit, RequestRedirect};

#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = forwarded)]
    fn with_headers(init: &JsValue, text: &str) -> Result<Request, JsValue>;
}

/// The client's request as it goes on to `url`: same method and body, `read` if that was read before, its headers
/// without what only the gate may say. A redirect is for the client to follow, as the runtime has it of each request
/// that comes in; a client that goes does not abort it.
pub(crate) fn forwarded(
    request: &Request,
    head: &Head,
    url: &str,
    told: &[(&str, &str)],
    read: Option<&[u8]>,
) -> Result<Request, JsValue> {
    let text = [url, &changes(&head.dropped(), told)?].join("\n");
    match read {
        // Out of the request as a whole: out of its parts no GET with a body can be made, be it an empty one.
        None => with_headers(request, &text),
        Some(bytes) => {
            let init = RequestInit::new();
            init.set_method(head.method());
            init.set_headers(&request.headers());
            init.set_redirect(RequestRedirect::Manual);
            init.set_body(&Uint8Array::from(bytes));
            let cf = JsValue::from("cf");
            Reflect::set(&init, &cf, &Reflect::get(request, &cf)?)?;
            with_headers(&init, &text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::headers::names;
    use js_sys::futures::JsFuture;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// A client's request, as the runtime hands it over.
    fn request(method: &str, headers: &[(&str, &str)], body: Option<&str>) -> Request {
        let init = RequestInit::new();
        init.set_method(method);
        init.set_redirect(RequestRedirect::Manual);
        if let Some(body) = body {
            init.set_body(&body.into());
        }
        let request = Request::new_with_str_and_init("https://gate.example/v1?q=1", &init).unwrap();
        for (name, value) in headers {
            request.headers().append(name, value).unwrap();
        }
        request
    }

    fn forwarded_with(request: &Request, told: &[(&str, &str)]) -> Request {
        let (head, url) = (Head::of(request), "https://origin.example/v1?q=1");
        forwarded(request, &head, url, told, None).unwrap()
    }

    async fn text(request: &Request) -> String {
        let text = JsFuture::from(request.text().unwrap()).await.unwrap();
        text.as_string().unwrap()
    }

    #[wasm_bindgen_test]
    fn what_only_the_gate_may_say_is_taken_away_and_said_by_the_gate() {
        let theirs = [
            ("X-Api-Key", "k1"),
            ("Accept-Encoding", "br"),
            ("X-Headgate-Account", "forged"),
            ("x_headgate_tier", "forged"),
            ("X-Forwarded-For", "10.0.0.1"),
            ("X-Real-IP", "10.0.0.1"),
            ("Forwarded", "for=10.0.0.1"),
            ("X-RateLimit-Remaining", "999"),
        ];
        let ours = [
            ("X-Headgate-Account", "acme"),
            ("X-Forwarded-For", "192.0.2.1"),
        ];
        let sent = forwarded_with(&request("GET", &theirs, None), &ours);
        let mut left: Vec<(String, String)> = names(&sent.headers())
            .into_iter()
            .map(|name| (name.clone(), sent.headers().get(&name).unwrap().unwrap()))
            .collect();
        left.sort();
        let expected = [
            ("accept-encoding", "br"),
            ("x-api-key", "k1"),
            ("x-forwarded-for", "192.0.2.1"),
            ("x-headgate-account", "acme"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(left, expected);
    }

    #[wasm_bindgen_test]
    async fn method_body_and_the_clients_own_request_stay_as_they_are() {
        for (method, body) in [
            ("GET", None),
            ("DELETE", None),
            ("POST", Some("é")),
            ("PATCH", Some("{}")),
        ] {
            let client = request(method, &[("X-Forwarded-For", "10.0.0.1")], body);
            let sent = forwarded_with(&client, &[]);
            assert_eq!(sent.method(), method);
            assert_eq!(sent.url(), "https://origin.example/v1?q=1");
            assert_eq!(sent.redirect(), RequestRedirect::Manual);
            assert!(client.headers().has("X-Forwarded-For").unwrap());
            assert_eq!(text(&sent).await, body.unwrap_or_default());
        }
    }

    #[wasm_bindgen_test]
    async fn a_body_that_was_read_goes_on_as_it_was() {
        let client = request("PUT", &[("X-Mine", "1")], Some("é"));
        assert_eq!(text(&client).await, "é");
        let url = "https://origin.example/v1";
        let head = Head::of(&client);
        let sent = forwarded(&client, &head, url, &[], Some("é".as_bytes())).unwrap();
        assert_eq!(
            (sent.method(), sent.url()),
            ("PUT".to_owned(), url.to_owned())
        );
        assert_eq!(sent.redirect(), RequestRedirect::Manual);
        let mine = sent.headers().get("X-Mine").unwrap();
        assert_eq!(mine.as_deref(), Some("1"));
        assert_eq!(text(&sent).await, "é");
    }
}
