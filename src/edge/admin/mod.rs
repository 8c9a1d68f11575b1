//! What those who run the gate ask and change, below its own path. It does not depend on the policy in force, and nothing of it
//! reaches the origin.

mod account;
mod audit;
mod change;
mod keys;
mod policy;
mod scope;

use super::deployment::Deployment;
use super::failure::Fault;
use super::headers::Head;
use super::sized::read_up_to;
use super::{clock, collectors, kv, log, respond, webhook};
use crate::account::{Reply, object, quoted};
use crate::admin::{AUDIT, Page, Route, Scope, entries, listed, parameters, usage_asked, verdict};
use crate::alert::{Event, Taken, What};
use crate::bounds::MAX_CURSOR_BYTES;
use crate::collector::{Summary, Told, metrics, overview};
use crate::path::USUAL_PREFIX;
use crate::wire::{Denial, Target};
use change::{Change, changed};
use wasm_bindgen::prelude::*;
use web_sys::{Request, Response};

/// All endpoints, in `OpenAPI` 3.1.
const DOCUMENT: &str = include_str!("openapi.json");

#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    /// A file of the dashboard; `None` if there is none of that name.
    #[wasm_bindgen(catch)]
    fn page(request: &Request, name: &str, prefix: &str) -> Result<Option<Response>, JsValue>;
}

/// What a request of theirs is answered by.
#[derive(Clone, Copy)]
struct Desk<'a> {
    deployment: &'a Deployment,
    head: &'a Head,
}

/// The answer to a request whose path is the gate's own; `None` for any other.
pub(crate) async fn answer(
    request: &Request,
    head: &Head,
    deployment: &Deployment,
) -> Option<Result<Response, JsValue>> {
    let target = Target::parse(head.url())?;
    if !deployment.own.has(target.path) {
        return None;
    }
    let path = &deployment.own.usual(target.path)[..];
    let target = Target { path, ..target };
    if let (Ok(Route::Page(name)), Ok(())) = (
        Route::read(head.method(), target.path),
        scope::any(deployment),
    ) && let Some(page) = page(request, name, deployment.own.prefix()).transpose()
    {
        return Some(page);
    }
    let desk = Desk { deployment, head };
    let reply = desk.answered(request, &target).await;
    let reply = reply.unwrap_or_else(|refused| refused);
    Some(response(reply, deployment.api()))
}

impl Desk<'_> {
    async fn answered(self, request: &Request, target: &Target<'_>) -> Result<Reply, Reply> {
        scope::any(self.deployment)?;
        let route = Route::read(self.head.method(), target.path);
        // What describes it all tells nothing of this gate.
        let scope = match route {
            Ok(Route::Document | Route::Page(_)) => Scope::Read,
            _ => scope::of(self.deployment, self.head)?,
        };
        let route = route?;
        if scope == Scope::Read && route.scope() == Scope::Write {
            let message =
                "Authorization: this token may look; allowed is one that may change, too.";
            return Err(Reply::error(403, "forbidden", message));
        }
        let body = body(request, route.most_bytes()).await?;
        let change = match route {
            Route::Page(_) => return Err(Reply::nothing()),
            Route::Token => return Ok(scope.reply()),
            Route::Document => {
                let prefix = self.deployment.own.prefix();
                return Ok(Reply::ok(DOCUMENT.replace(USUAL_PREFIX, prefix)));
            }
            Route::Policy => return Ok(policy::standing(self).await?.reply()),
            Route::ValidatePolicy => return Ok(verdict(&body)),
            Route::Versions => return policy::versions(self).await,
            Route::Version(version) => return policy::version(self, version).await,
            Route::Keys => return keys::list(self, target.query).await,
            Route::Audit => return self.audit(target.query).await,
            Route::Events => return self.events(Told::Events).await,
            Route::SendAgain => Change::SendAgain,
            Route::TestEvent => return self.test_event().await,
            Route::Overview => return Ok(overview(&self.summaries().await?, clock::now())),
            Route::Metrics => return Ok(metrics(&self.summaries().await?)),
            Route::PutPolicy => policy::put(self, body).await?,
            Route::RollBack => policy::roll_back(self, &body).await?,
            Route::PutKey => keys::put(self, &body).await?,
            Route::RevokeKey => keys::revoke(self, &body).await?,
            Route::Account {
                account,
                part,
                reads,
            } => {
                let body = if reads && part == "usage" {
                    usage_asked(target.query)?
                } else {
                    body
                };
                let operation = account::read(self, account, part, body)?;
                if reads {
                    return account::operate(self.deployment, &operation).await;
                }
                Change::Account(operation)
            }
        };
        Ok(changed(self, target.path, change).await)
    }

    async fn summaries(self) -> Result<Vec<Summary>, Reply> {
        gathered(collectors::summaries(self.deployment).await)
    }

    /// What waits to be told of the API itself, once its collector was told so.
    async fn events(self, told: Told) -> Result<Reply, Reply> {
        let events = collectors::events(self.deployment, told).await;
        gathered(events).map(Reply::ok)
    }

    async fn audit(self, query: &str) -> Result<Reply, Reply> {
        let [before] = parameters(query, ["before"])?;
        let page = self.page(AUDIT, before.as_deref(), "before").await?;
        let next = page.next.clone();
        Ok(listed("entries", entries(page), next.as_deref()))
    }

    /// Tells the receiver of nothing; whether it took it.
    async fn test_event(self) -> Result<Reply, Reply> {
        let receiver = self.deployment.receiver.as_ref();
        let named = self.deployment.named(Some("test"));
        let (Some(receiver), Some(named)) = (receiver, named) else {
            let message = "WEBHOOK_URL: not set, so that nobody is told of events";
            return Err(Reply::error(409, "no_receiver", message));
        };
        let receiver = (receiver.as_ref())
            .map_err(|wrong| Reply::error(409, "no_receiver", &wrong.problem))?;
        let now = clock::now();
        let event = Event::new(&named, What::Test, now.0, now);
        let taken = webhook::send(Some(receiver), event.id, &event.body(&named)).await;
        let is_taken = (taken == Taken::Yes).to_string();
        let fields = [
            ("id", quoted(Some(&event.id.to_string()))),
            ("taken", is_taken),
        ];
        Ok(Reply::ok(object(&fields)))
    }

    /// A page of KV from where a parameter of that name says.
    async fn page(self, prefix: &str, cursor: Option<&str>, name: &str) -> Result<Page, Reply> {
        let wrong = || {
            let message = format!("{name}: allowed is what next was in an answer before");
            Reply::error(400, "malformed", &message)
        };
        let is_one = |text: &str| (1..=MAX_CURSOR_BYTES).contains(&text.len()) && text.is_ascii();
        if !cursor.is_none_or(is_one) {
            return Err(wrong());
        }
        let page = kv::page(self.deployment, prefix, cursor, true).await;
        // KV says so in words alone.
        page.map_err(|fault| match cursor {
            Some(_) if fault.problem.contains("400") => wrong(),
            _ => unavailable(&fault, "KV does not answer."),
        })
    }
}

/// What collectors have answered.
fn gathered<T>(answer: Option<Result<T, Fault>>) -> Result<T, Reply> {
    let Some(answer) = answer else {
        let message = "COLLECTORS: the objects are not bound, so that nothing is gathered.";
        return Err(Reply::error(404, "not_found", message));
    };
    answer.map_err(|fault| unavailable(&fault, "A collector does not answer."))
}

/// The body of a request.
async fn body(request: &Request, most: usize) -> Result<String, Reply> {
    let bytes = match request.body() {
        Some(body) => read_up_to(&body, most).await,
        None => Some(Vec::new()),
    };
    let bytes = bytes.ok_or_else(|| {
        let message = format!("the body: allowed is UTF-8 of at most {most} bytes");
        Reply::error(413, "too_large", &message)
    })?;
    String::from_utf8(bytes)
        .map_err(|_| Reply::error(400, "malformed", "the body: allowed is UTF-8"))
}

/// The answer for want of something, which goes to the log.
fn unavailable(fault: &Fault, message: &str) -> Reply {
    log::fault(fault);
    Reply::error(503, "unavailable", message)
}

/// The answer; in a deployment of several APIs it names the one that it speaks of.
fn response(reply: Reply, api: Option<&str>) -> Result<Response, JsValue> {
    let headers = [
        ("Content-Type", reply.content.media_type()),
        ("Cache-Control", "no-store"),
    ];
    let challenge = (reply.status == 401).then_some(("WWW-Authenticate", "Bearer"));
    let allow = (!reply.allow.is_empty()).then_some(("Allow", reply.allow.as_str()));
    let api = api.map(|api| ("X-Headgate-Api", api));
    let headers = headers.into_iter().chain(challenge).chain(allow).chain(api);
    respond::own(&Denial {
        status: reply.status,
        headers: headers.map(|(n, v)| (n.to_owned(), v.to_owned())).collect(),
        body: reply.body,
        problem: None,
    })
}
