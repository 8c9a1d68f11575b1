//! The API behind the gate.

use super::deadline::Deadline;
use super::deployment::{fault, text};
use super::failure::{Failure, Fault};
use super::log;
use crate::policy::Reason;
use crate::time::Millis;
use crate::wire::{Target, is_dropped_on_request};
use js_sys::futures::JsFuture;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Headers, Request, RequestInit, RequestRedirect, Response, WorkerGlobalScope};
use worker::{Env, Fetcher};

/// Where requests go.
pub(crate) enum Origin {
    /// A service binding. The URL stays the client's.
    Service(Fetcher),
    /// A base URL without a slash at its end; the path is appended.
    Url(String),
}

impl Origin {
    pub(crate) fn read(env: &Env) -> Result<Self, Fault> {
        if let Ok(service) = env.service("ORIGIN") {
            return Ok(Self::Service(service));
        }
        let Some(url) = text(env, "ORIGIN_URL") else {
            return Err(fault(
                "ORIGIN_URL: not set, and no service is bound as ORIGIN",
            ));
        };
        let target = Target::parse(&url)
            .filter(|t| matches!(t.scheme, "http" | "https") && t.query.is_empty());
        if target.is_none() {
            return Err(fault(&format!(
                "ORIGIN_URL: found {url:?}, allowed: a URL such as https://api.example.com"
            )));
        }
        Ok(Self::Url(url.trim_end_matches('/').to_owned()))
    }

    /// The URL at the origin of a request for `path` and `query`.
    pub(crate) fn url(&self, target: &Target<'_>, path: &str, query: &str) -> String {
        match self {
            Self::Service(_) => format!("{}://{}{path}{query}", target.scheme, target.host),
            Self::Url(base) => format!("{base}{path}{query}"),
        }
    }

    /// Sends a request. The body streams through natively; the time limit ends with the answer's headers.
    pub(crate) async fn send(
        &self,
        url: &str,
        init: &RequestInit,
        limit: Millis,
    ) -> Result<Response, Failure> {
        let sent = async {
            let deadline = Deadline::after(limit)?;
            init.set_signal(Some(&deadline.signal()));
            let request = Request::new_with_str_and_init(url, init)?;
            let answer = self.fetch(request).await;
            Ok((answer, deadline.has_passed()))
        };
        let failed = |reason, detail: &str, problem: JsValue| {
            log::fault(&Fault::new("origin", problem));
            Failure::new(reason, detail)
        };
        match sent.await {
            Ok((Ok(response), _)) => Ok(response),
            Ok((Err(problem), true)) => Err(failed(
                Reason::GatewayTimeout,
                "The origin did not answer in time.",
                problem,
            )),
            Ok((Err(problem), false)) | Err(problem) => Err(failed(
                Reason::BadGateway,
                "The origin could not be reached or broke off.",
                problem,
            )),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response, JsValue> {
        match self {
            Self::Service(service) => {
                let answer = service.fetch_request(worker::Request::from(request)).await;
                answer
                    .map(Into::into)
                    .map_err(|error| JsValue::from(error.to_string()))
            }
            Self::Url(_) => {
                let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
                JsFuture::from(scope.fetch_with_request(&request))
                    .await?
                    .dyn_into()
            }
        }
    }
}

/// The client's request as it goes on: same method and body, its headers without what only the gate may say.
pub(crate) fn forwarded(
    request: &Request,
    told: &[(&str, String)],
) -> Result<RequestInit, JsValue> {
    let headers = Headers::new_with_headers(&request.headers())?;
    for name in names(&headers) {
        if is_dropped_on_request(&name) {
            headers.delete(&name)?;
        }
    }
    for (name, value) in told {
        headers.set(name, value)?;
    }
    let init = RequestInit::new();
    init.set_method(&request.method());
    init.set_headers(&headers);
    init.set_redirect(RequestRedirect::Manual);
    if let Some(body) = request.body() {
        init.set_body(&body);
    }
    Ok(init)
}

/// The names of all headers.
pub(crate) fn names(headers: &Headers) -> Vec<String> {
    headers
        .keys()
        .into_iter()
        .filter_map(|name| name.ok()?.as_string())
        .collect()
}
