//! What this isolate has decided, and whom it tells.

use super::deployment::Deployment;
use super::failure::Fault;
use super::owner::{heard, say};
use super::promise::Settled;
use super::task::Context;
use super::{clock, log};
use crate::bounds::COLLECTORS;
use crate::collector::{Report, Seen, Summary, Told, points};
use crate::request::Owned;
use crate::subject::{Decision, Outcome};
use crate::time::Millis;
use js_sys::Uint8Array;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// How long a collector may take. Nobody waits for it but who looks.
const LIMIT: Millis = Millis(5_000);

/// The one that tells the receiver of events.
const TELLS: u8 = 0;

thread_local! {
    static OURS: u8 = chosen();
}

#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = writePoints)]
    fn write_points(dataset: &JsValue, points: &str) -> Result<(), JsValue>;
}

/// Counts the decision on a request of an account.
pub(super) fn note_decision(deployment: &Deployment, owned: &Owned, decision: &Decision) {
    let Owned::Account(account) = owned else {
        return;
    };
    let is_denied = decision.outcome != Outcome::Admitted;
    let nearest = decision.nearest();
    let nearest = nearest.map(|(standing, percent)| (&standing.limit.name, percent));
    let mut gathered = deployment.learned.gathered.borrow_mut();
    gathered.note_account(account.as_str(), is_denied, nearest);
}

/// Counts a request that is answered, and tells when it is time. Nobody waits for that.
pub(super) fn note(deployment: &Rc<Deployment>, context: &Context, seen: &Seen<'_>) {
    let report = {
        let mut gathered = deployment.learned.gathered.borrow_mut();
        gathered.note(seen);
        // The time costs a call of the runtime.
        let is_near = gathered.may_be_due();
        is_near.then(|| gathered.due(clock::now())).flatten()
    };
    if let Some(report) = report {
        context.wait_until(tell(Rc::clone(deployment), report));
    }
}

async fn tell(deployment: Rc<Deployment>, report: Report) {
    // Stored as no one can read it who has not the key.
    let mut sealed = report.clone();
    for it in &mut sealed.accounts {
        it.account = deployment.hash_key.sealed(&it.account).into();
    }
    let told = |named| Told::Report {
        report: Box::new(sealed.clone()),
        named,
    };
    // Of what did not do its part one collector tells, so that it is told once; if that does not answer either, what was
    // counted is not to wait for it.
    let named = deployment.named(None);
    let named = named.filter(|_| !report.degraded.is_empty());
    let is_told = named.is_some() && hears(&deployment, TELLS, &told(named)).await;
    if !is_told && !hears(&deployment, OURS.with(|ours| *ours), &told(None)).await {
        return deployment.learned.gathered.borrow_mut().put_back(&report);
    }
    // Not before: what is put back is told again.
    if let Some(dataset) = &deployment.analytics
        && let Err(error) = write_points(dataset, &points(&report))
    {
        log::fault(&Fault::new("analytics", error));
    }
}

/// Whether a collector has heard something. Where there are none nothing is to be said again.
async fn hears(deployment: &Deployment, number: u8, told: &Told) -> bool {
    let Some(said) = asked(deployment, &name(deployment, number), told) else {
        return true;
    };
    let answer = heard(said.await).map_err(of_collector);
    answer.inspect_err(log::fault).is_ok()
}

/// What all collectors have heard; `None` where there are none.
pub(super) async fn summaries(deployment: &Deployment) -> Option<Result<Vec<Summary>, Fault>> {
    // All are asked before the first is waited for.
    let asked: Option<Vec<Settled>> = (0..COLLECTORS)
        .map(|number| asked(deployment, &name(deployment, number), &Told::Look))
        .collect();
    let mut summaries = Vec::new();
    for answer in asked? {
        let bytes = heard(answer.await);
        let read = |bytes: Vec<u8>| {
            Summary::decode(&bytes).map_err(|error| Fault::said("collector", error))
        };
        match bytes.and_then(read) {
            Ok(mut summary) => {
                // Of those that another key has sealed nobody knows who they are.
                summary.accounts.retain_mut(|it| {
                    let id = deployment.hash_key.opened(&it.account);
                    id.map(|id| it.account = id.into()).is_some()
                });
                summaries.push(summary);
            }
            Err(fault) => return Some(Err(of_collector(fault))),
        }
    }
    Some(Ok(summaries))
}

/// What waits to be told of the API itself and what was given up, as JSON, once its collector was `told` to say so or to send
/// it again; `None` where there are no collectors.
pub(super) async fn events(deployment: &Deployment, told: Told) -> Option<Result<String, Fault>> {
    let answer = asked(deployment, &name(deployment, TELLS), &told)?.await;
    let text = heard(answer).and_then(|bytes| {
        String::from_utf8(bytes).map_err(|error| Fault::said("collector", error))
    });
    Some(text.map_err(of_collector))
}

fn asked(deployment: &Deployment, name: &str, told: &Told) -> Option<Settled> {
    let bytes = Uint8Array::from(told.encode().as_slice());
    let collectors = deployment.collectors.as_ref()?;
    Some(say(collectors, name, &bytes, LIMIT))
}

fn of_collector(fault: Fault) -> Fault {
    Fault {
        part: "collector",
        ..fault
    }
}

/// Any of them: which one makes no difference, as long as not all isolates choose the same.
fn chosen() -> u8 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to below the number of collectors"
    )]
    let chosen = (js_sys::Math::random() * f64::from(COLLECTORS)) as u8;
    chosen
}

/// Each API has collectors of its own.
fn name(deployment: &Deployment, number: u8) -> String {
    format!("{}collector-{number}", deployment.under)
}
