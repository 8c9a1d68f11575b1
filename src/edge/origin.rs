//! The API behind the gate.

use super::deadline::millis;
use super::deployment::{fault, text};
use super::failure::{Failure, Fault};
use super::log;
use super::promise::Settled;
use super::slot::Slot;
use crate::hosts::Behind;
use crate::policy::Reason;
use crate::time::Millis;
use crate::wire::Target;
use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, Request, Response};
use worker::Env;

#[wasm_bindgen]
extern "C" {
    /// A service binding, or the global scope: whatever can fetch.
    #[derive(Clone)]
    pub(crate) type Fetch;
}

#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    fn send(
        to: &Fetch,
        request: &Request,
        controller: Option<&AbortController>,
        ms: f64,
        wake: &Function,
        id: u32,
    );
}

const LATE: &str = "the origin is late";

/// Where requests go.
pub(crate) enum Origin {
    /// A service binding. The URL stays the client's.
    Service(Fetch),
    /// A base URL without a slash at its end; the path is appended.
    Url(String),
}

impl Origin {
    /// The origin of the deployment, or that which a host has `behind` it.
    pub(crate) fn read(env: &Env, behind: Option<&Behind>) -> Result<Self, Fault> {
        match behind {
            Some(Behind::Url(url)) => Self::at(url, "HOSTS: an origin"),
            Some(Behind::Service(name)) => Self::bound(env, name)
                .ok_or_else(|| fault(&format!("HOSTS: no service is bound as {name}"))),
            None => {
                if let Some(service) = Self::bound(env, "ORIGIN") {
                    return Ok(service);
                }
                let url = text(env, "ORIGIN_URL").ok_or_else(|| {
                    fault("ORIGIN_URL: not set, and no service is bound as ORIGIN")
                })?;
                Self::at(&url, "ORIGIN_URL")
            }
        }
    }

    fn bound(env: &Env, name: &str) -> Option<Self> {
        let service = env.service(name).ok()?;
        Some(Self::Service(service.into_rpc()))
    }

    fn at(url: &str, place: &str) -> Result<Self, Fault> {
        if is_base(url) {
            return Ok(Self::Url(url.trim_end_matches('/').to_owned()));
        }
        let allowed = "a URL such as https://api.example.com";
        Err(fault(&format!(
            "{place}: found {url:?}, allowed: {allowed}"
        )))
    }

    /// The URL at the origin of a request for `path` and `query`.
    pub(crate) fn url(&self, target: &Target<'_>, path: &str, query: &str) -> String {
        match self {
            Self::Service(_) => format!("{}://{}{path}{query}", target.scheme, target.host),
            Self::Url(base) => format!("{base}{path}{query}"),
        }
    }

    /// Whether the length that an answer states is that of its body. A Worker may state any.
    pub(crate) fn says_lengths(&self) -> bool {
        matches!(self, Self::Url(_))
    }

    /// Sends a request. The body streams through natively; the time limit ends with the answer's headers. With a
    /// slot the call ends when that does, and the answer's body comes as it is on the wire, so that it can be followed.
    pub(crate) async fn send(
        &self,
        request: &Request,
        limit: Millis,
        slot: Option<&Slot>,
    ) -> Result<Response, Failure> {
        let scope;
        let to = match self {
            Self::Service(service) => service,
            Self::Url(_) => {
                scope = js_sys::global().unchecked_into();
                &scope
            }
        };
        let controller = slot.map(Slot::controller);
        let answer = Settled::of(|wake, id| {
            send(to, request, controller, millis(limit), wake, id);
        });
        let failed = |reason, detail: &str, problem: JsValue| {
            // That a client has gone is nobody's fault.
            if !slot.is_some_and(Slot::is_gone) {
                log::fault(&Fault::new("origin", problem));
            }
            Failure::new(reason, detail)
        };
        match answer.await {
            Ok(answer) if answer.is_undefined() => Err(failed(
                Reason::GatewayTimeout,
                "The origin did not answer in time.",
                LATE.into(),
            )),
            Ok(answer) => Ok(answer.unchecked_into()),
            Err(problem) if slot.is_some_and(Slot::is_lost) => Err(failed(
                Reason::Unavailable,
                "The request's slot could not be kept.",
                problem,
            )),
            Err(problem) => Err(failed(
                Reason::BadGateway,
                "The origin could not be reached or broke off.",
                problem,
            )),
        }
    }
}

/// Whether paths can be appended to a URL.
fn is_base(url: &str) -> bool {
    let ends_in_path = Target::parse(url).is_some_and(|target| {
        matches!(target.scheme, "http" | "https") && target.query.is_empty() && !url.contains('#')
    });
    // Whether it is a URL at all is for the runtime to say.
    ends_in_path && Request::new_with_str(url).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use js_sys::Reflect;
    use js_sys::futures::JsFuture;
    use wasm_bindgen_test::wasm_bindgen_test;

    /// Puts a function of a request, which says what happens to it, in the place of `fetch`.
    fn fetch_is(body: &str) {
        let fetch = Function::new_with_args("request, init", body);
        Reflect::set(&js_sys::global(), &"fetch".into(), &fetch).unwrap();
    }

    async fn sent(limit: Millis) -> Result<Response, Failure> {
        let request = Request::new_with_str("https://origin.example/").unwrap();
        Origin::Url(String::new()).send(&request, limit, None).await
    }

    #[wasm_bindgen_test]
    async fn the_origin_is_asked_with_what_the_request_says_and_in_time() {
        fetch_is("return Promise.resolve(new Response(`${request.url} ${init}`));");
        let answer = sent(Millis(1_000)).await.unwrap();
        let said = JsFuture::from(answer.text().unwrap()).await.unwrap();
        let expected = "https://origin.example/ undefined";
        assert_eq!(said.as_string().unwrap(), expected);
        fetch_is("return Promise.reject(new TypeError('refused'));");
        assert_eq!(
            sent(Millis(1_000)).await.unwrap_err().reason,
            Reason::BadGateway
        );
        fetch_is("return new Promise(() => {});");
        assert_eq!(
            sent(Millis(20)).await.unwrap_err().reason,
            Reason::GatewayTimeout
        );
    }

    #[wasm_bindgen_test]
    fn a_base_is_a_url_that_paths_can_be_appended_to() {
        for good in [
            "https://a.example",
            "http://a.example:8080/",
            "https://a.example/base",
        ] {
            assert!(is_base(good), "{good}");
        }
        for bad in [
            "",
            "a.example",
            "ftp://a.example",
            "https://",
            "https://a.example/?q",
            "https://a.example/#f",
            "https://a b",
        ] {
            assert!(!is_base(bad), "{bad}");
        }
    }
}
