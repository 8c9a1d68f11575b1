//! Responses to the client.

use super::follow::Answered;
use super::headers::changes;
use crate::wire::Denial;
use wasm_bindgen::prelude::*;
use web_sys::{ReadableStream, Response, ResponseInit};

#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = own)]
    fn response(status: u16, headers: &str, body: &str) -> Result<Response, JsValue>;
    #[wasm_bindgen(catch)]
    fn passed(
        body: Option<&ReadableStream>,
        init: &ResponseInit,
        changes: &str,
        exposed: Option<&str>,
    ) -> Result<Response, JsValue>;
}

/// The gate's own answer.
pub(crate) fn own(denial: &Denial) -> Result<Response, JsValue> {
    response(denial.status, &changes(&[], &denial.headers)?, &denial.body)
}

/// The origin's answer with the gate's word on limits. The body stays the same native stream: no byte of it
/// passes through Wasm, and a compressed one stays as it is.
pub(crate) fn passed_on(
    answer: &Answered,
    set: &[(String, String)],
    exposed: Option<&str>,
) -> Result<Response, JsValue> {
    let Answered {
        body, init, head, ..
    } = answer;
    let changes = changes(&head.dropped(), set)?;
    passed(body.as_ref(), init, &changes, exposed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::headers::names;
    use js_sys::Function;
    use js_sys::futures::JsFuture;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn gone_on(
        answer: Response,
        set: &[(String, String)],
        exposed: Option<&str>,
    ) -> Result<Response, JsValue> {
        passed_on(&Answered::plain(answer), set, exposed)
    }

    async fn text(response: &Response) -> String {
        let text = JsFuture::from(response.text().unwrap()).await.unwrap();
        text.as_string().unwrap()
    }

    fn header(response: &Response, name: &str) -> Option<String> {
        response.headers().get(name).unwrap()
    }

    /// What the origin might answer.
    fn answer(status: u16, body: Option<&str>, headers: &[(&str, &str)]) -> Response {
        let init = ResponseInit::new();
        init.set_status(status);
        let response = Response::new_with_opt_str_and_init(body, &init).unwrap();
        for (name, value) in headers {
            response.headers().append(name, value).unwrap();
        }
        response
    }

    fn owned(headers: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        owned.collect()
    }

    #[wasm_bindgen_test]
    async fn an_own_answer_has_its_status_its_headers_and_its_body() {
        let denial = Denial {
            status: 429,
            headers: owned(&[
                ("Content-Type", "application/problem+json"),
                ("Retry-After", "18"),
                ("Vary", "Origin"),
                ("Vary", "Accept"),
            ]),
            body: "{\"é\":1}".to_owned(),
            problem: None,
        };
        let response = own(&denial).unwrap();
        assert_eq!(response.status(), 429);
        assert_eq!(names(&response.headers()).len(), 3);
        let content_type = header(&response, "content-type");
        assert_eq!(content_type.as_deref(), Some("application/problem+json"));
        assert_eq!(header(&response, "retry-after").as_deref(), Some("18"));
        assert_eq!(header(&response, "vary").as_deref(), Some("Origin, Accept"));
        assert_eq!(text(&response).await, denial.body);
    }

    #[wasm_bindgen_test]
    async fn the_origins_answer_goes_on_but_for_what_it_says_of_limits() {
        let headers = [
            ("Content-Type", "text/csv"),
            ("Set-Cookie", "a=1; Path=/"),
            ("Set-Cookie", "b=2; Expires=Wed, 21 Oct 2037 07:28:00 GMT"),
            ("X-RateLimit-Remaining", "7"),
            ("X-Rate-Limit-Reset", "1"),
            ("RateLimit", "\"theirs\";r=1;t=1"),
            ("RateLimit-Policy", "\"theirs\";q=1"),
            ("X-Headgate-Account", "forged"),
            ("Retry-After", "120"),
        ];
        let set = owned(&[
            ("RateLimit", "\"ours\";r=9;t=9"),
            ("X-Headgate-Request-Id", "r-1"),
        ]);
        let response = gone_on(answer(503, Some("a,b"), &headers), &set, None).unwrap();
        assert_eq!(response.status(), 503);
        let mut left = names(&response.headers());
        left.sort();
        left.dedup();
        let expected = [
            "content-type",
            "ratelimit",
            "retry-after",
            "set-cookie",
            "x-headgate-request-id",
        ];
        assert_eq!(left, expected);
        let limits = header(&response, "ratelimit");
        assert_eq!(limits.as_deref(), Some("\"ours\";r=9;t=9"));
        let count = Function::new_with_args("headers", "return headers.getSetCookie().length;");
        let cookies = count.call1(&JsValue::NULL, &response.headers()).unwrap();
        assert_eq!(cookies, 2, "two cookies stay two");
        assert_eq!(text(&response).await, "a,b");
    }

    #[wasm_bindgen_test]
    async fn an_answer_without_a_body_or_with_a_redirect_goes_on_as_it_is() {
        let moved = [("Location", "https://elsewhere.example/")];
        for (status, headers) in [(204, &[][..]), (304, &[]), (302, &moved)] {
            let response = gone_on(answer(status, None, headers), &[], None).unwrap();
            assert_eq!(response.status(), status);
            assert!(response.body().is_none());
            let location = header(&response, "location");
            assert_eq!(location.is_some(), status == 302);
        }
    }

    #[wasm_bindgen_test]
    fn what_pages_may_read_is_added_to_what_the_origin_says() {
        let expose = "Access-Control-Expose-Headers";
        let theirs = answer(200, Some(""), &[(expose, "X-Total")]);
        let response = gone_on(theirs, &[], Some("Retry-After, RateLimit")).unwrap();
        let exposed = header(&response, expose);
        assert_eq!(exposed.as_deref(), Some("X-Total, Retry-After, RateLimit"));
        let without = gone_on(answer(200, Some(""), &[]), &[], None).unwrap();
        assert_eq!(header(&without, expose), None);
    }
}
