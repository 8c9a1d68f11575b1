//! What is fixed for a deployment: its bindings, variables and secrets, and which APIs it serves.

use super::failure::Fault;
use super::kv::Namespace;
use super::objects::Objects;
use super::origin::Origin;
use super::{jwks, log, policy_store};
use crate::account::Named;
use crate::alert::Receiver;
use crate::collector::Gathered;
use crate::hosts::{Host, found, kept_under, read_hosts};
use crate::identity::HashKey;
use crate::object::Local;
use crate::path::OwnPaths;
use crate::time::Millis;
use crate::wire::Target;
use js_sys::Reflect;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use worker::Env;

/// Shards of a deployment that does not say how many.
const USUAL_SHARDS: u64 = 64;
const MOST_SHARDS: u64 = 4_096;

/// Age of the policy in a deployment that does not say, in seconds.
const USUAL_POLICY_AGE: u64 = 30;
const MOST_POLICY_AGE: u64 = 600;

/// The deployment as one of its hosts has it, read once per isolate.
pub(crate) struct Deployment {
    /// That of the API.
    pub(crate) hash_key: HashKey,
    /// Tells requests that have passed this API's hosts from others.
    pub(crate) id: String,
    /// What the names of all that is kept of the API begin with.
    pub(crate) under: String,
    pub(crate) learned: Rc<Learned>,
    pub(crate) accounts: Objects,
    pub(crate) shards: Objects,
    pub(crate) shard_count: u64,
    /// Where it is told what was decided, if anywhere.
    pub(crate) collectors: Option<Objects>,
    /// Whether each denial is logged.
    pub(crate) logs_denials: bool,
    /// A dataset of Analytics Engine that is told, too.
    pub(crate) analytics: Option<JsValue>,
    /// How long a policy is used without a look at KV.
    pub(crate) policy_max_age: Millis,
    /// What is answered by the gate itself.
    pub(crate) own: OwnPaths,
    pub(crate) origin: Origin,
    pub(crate) origin_secret: Option<String>,
    /// Who bears it may look at what the gate knows and change it; without it nobody may change.
    pub(crate) admin_token: Option<String>,
    /// Who bears it may look.
    pub(crate) admin_read_token: Option<String>,
    /// Who is told of events, if anybody is, or why nobody can be: requests do not notice, and events wait.
    pub(crate) receiver: Option<Result<Receiver, Fault>>,
    pub(crate) kv: Namespace,
}

/// What an isolate has learned of an API from elsewhere, and what it is to tell of it.
#[derive(Default)]
pub(crate) struct Learned {
    pub(crate) policy: policy_store::Known,
    pub(crate) token_keys: jwks::Known,
    /// What its collectors have not been told yet.
    pub(crate) gathered: RefCell<Gathered>,
    /// What answers while its objects do not.
    pub(crate) local: RefCell<Local>,
}

/// Whom this isolate serves.
struct Served {
    hosts: Vec<(String, Rc<Deployment>)>,
    /// Whether the first of them stands for whatever host is asked for.
    is_any: bool,
}

/// Fewest bytes of a token of those who run the gate.
const LEAST_TOKEN: usize = 32;

thread_local! {
    static SERVED: RefCell<Option<Served>> = const { RefCell::new(None) };
}

impl Served {
    fn read(env: &Env) -> Result<Self, Fault> {
        let text = text(env, "HOSTS");
        let hosts = match &text {
            Some(text) => read_hosts(text).map_err(|error| fault(&format!("HOSTS: {error}")))?,
            None => vec![Host::default()],
        };
        let mut served: Vec<(String, Rc<Deployment>)> = Vec::new();
        for host in hosts {
            let mut deployment = Deployment::read(env, &host)?;
            let mut others = served.iter().map(|(_, other)| other);
            if let Some(same) = others.find(|other| other.under == deployment.under) {
                deployment.learned = Rc::clone(&same.learned);
            }
            served.push((host.name, Rc::new(deployment)));
        }
        Ok(Self {
            hosts: served,
            is_any: text.is_none(),
        })
    }

    fn find(&self, url: &str) -> Option<Rc<Deployment>> {
        let host = if self.is_any {
            self.hosts.first().map(|(_, deployment)| deployment)
        } else {
            found(&self.hosts, Target::parse(url)?.host)
        };
        host.map(Rc::clone)
    }
}

impl Deployment {
    /// The deployment as the host of a URL has it; `None` if that host is not served.
    pub(crate) fn of(env: &Env, url: &str) -> Result<Option<Rc<Self>>, Fault> {
        SERVED.with_borrow_mut(|known| {
            if known.is_none() {
                *known = Some(Served::read(env)?);
            }
            Ok(known.as_ref().and_then(|served| served.find(url)))
        })
    }

    /// The name of the API, if it has one.
    pub(crate) fn api(&self) -> Option<&str> {
        self.under.strip_suffix('/')
    }

    /// By what the receiver of events knows an account, or the API itself; `None` if nobody is told. One hears of all APIs.
    pub(crate) fn named(&self, account: Option<&str>) -> Option<Named> {
        self.receiver.as_ref().map(|_| Named {
            api: self.api().map(str::to_owned),
            account: account.map(str::to_owned),
        })
    }

    fn read(env: &Env, host: &Host) -> Result<Self, Fault> {
        let secret =
            text(env, "HASH_KEY").ok_or_else(|| fault("HASH_KEY: the secret is not set"))?;
        let hash_key = HashKey::new(secret.as_bytes());
        let hash_key = match &host.api {
            Some(api) => hash_key.and_then(|hash_key| hash_key.of_api(api)),
            None => hash_key,
        };
        let hash_key = hash_key.map_err(|e| fault(&format!("HASH_KEY: {e}")))?;
        let admin_token = token(env, "ADMIN_TOKEN")?;
        let admin_read_token = token(env, "ADMIN_READ_TOKEN")?;
        if admin_token.is_some() && admin_token == admin_read_token {
            return Err(fault(
                "ADMIN_READ_TOKEN: found what ADMIN_TOKEN is, allowed: another",
            ));
        }
        let receiver = receiver(env);
        if let Some(Err(wrong)) = &receiver {
            log::fault(wrong);
        }
        Ok(Self {
            id: hash_key.deployment(),
            hash_key,
            under: kept_under(host.api.as_ref()),
            learned: Rc::default(),
            accounts: Objects::bound(env, "ACCOUNTS")?,
            shards: Objects::bound(env, "SHARDS")?,
            shard_count: shard_count(env)?,
            collectors: Objects::bound(env, "COLLECTORS").ok(),
            logs_denials: logs_denials(env)?,
            analytics: bound(env, "ANALYTICS"),
            policy_max_age: policy_max_age(env)?,
            own: own_paths(env)?,
            origin: Origin::read(env, host.origin.as_ref())?,
            origin_secret: origin_secret(env, host)?,
            admin_token,
            admin_read_token,
            receiver,
            kv: Namespace::bound(env, "POLICY")?,
        })
    }
}

fn origin_secret(env: &Env, host: &Host) -> Result<Option<String>, Fault> {
    let Some(name) = &host.origin_secret else {
        // An origin of its own is not told another's.
        let is_usual = host.origin.is_none();
        return Ok(text(env, "ORIGIN_SECRET").filter(|_| is_usual));
    };
    let secret = text(env, name);
    let missing = || {
        fault(&format!(
            "HOSTS: {}.origin_secret: {name} is not set",
            host.name
        ))
    };
    secret.ok_or_else(missing).map(Some)
}

fn own_paths(env: &Env) -> Result<OwnPaths, Fault> {
    let Some(text) = text(env, "ADMIN_PREFIX") else {
        return Ok(OwnPaths::default());
    };
    OwnPaths::below(&text).ok_or_else(|| {
        fault(&format!(
            "ADMIN_PREFIX: found {text:?}, allowed: slashes around plain segments, such as /_headgate/"
        ))
    })
}

/// What is bound under a name.
fn bound(env: &Env, name: &str) -> Option<JsValue> {
    let bound = Reflect::get(env, &name.into()).ok();
    bound.filter(|it| !it.is_undefined())
}

fn shard_count(env: &Env) -> Result<u64, Fault> {
    let Some(text) = text(env, "SHARD_COUNT") else {
        return Ok(USUAL_SHARDS);
    };
    let count = text
        .parse()
        .ok()
        .filter(|count| (1..=MOST_SHARDS).contains(count));
    count.ok_or_else(|| {
        fault(&format!(
            "SHARD_COUNT: found {text:?}, allowed: 1 to {MOST_SHARDS}"
        ))
    })
}

/// Who is told of events, or why nobody can be; `None` if nobody is to be.
pub(super) fn receiver(env: &Env) -> Option<Result<Receiver, Fault>> {
    let url = text(env, "WEBHOOK_URL")?;
    Some(receiver_at(env, &url))
}

fn receiver_at(env: &Env, url: &str) -> Result<Receiver, Fault> {
    let key = text(env, "WEBHOOK_KEY")
        .ok_or_else(|| fault("WEBHOOK_KEY: the secret is not set, and WEBHOOK_URL is"))?;
    let former = text(env, "WEBHOOK_FORMER_KEY");
    Receiver::new(url, &key, former.as_deref()).map_err(|problem| fault(&problem))
}

fn logs_denials(env: &Env) -> Result<bool, Fault> {
    match text(env, "LOG_DENIALS").as_deref() {
        None | Some("off") => Ok(false),
        Some("on") => Ok(true),
        Some(text) => Err(fault(&format!(
            "LOG_DENIALS: found {text:?}, allowed: on, off"
        ))),
    }
}

/// One that can be guessed is none.
fn token(env: &Env, name: &str) -> Result<Option<String>, Fault> {
    let token = text(env, name);
    match &token {
        Some(token) if token.len() < LEAST_TOKEN => Err(fault(&format!(
            "{name}: found {} bytes, allowed: at least {LEAST_TOKEN}",
            token.len()
        ))),
        _ => Ok(token),
    }
}

fn policy_max_age(env: &Env) -> Result<Millis, Fault> {
    let Some(text) = text(env, "POLICY_MAX_AGE") else {
        return Ok(Millis::from_seconds(USUAL_POLICY_AGE));
    };
    let seconds = text
        .strip_suffix('s')
        .and_then(|number| number.parse().ok())
        .filter(|seconds| (1..=MOST_POLICY_AGE).contains(seconds));
    seconds.map(Millis::from_seconds).ok_or_else(|| {
        fault(&format!(
            "POLICY_MAX_AGE: found {text:?}, allowed: 1s to {MOST_POLICY_AGE}s"
        ))
    })
}

/// A variable or secret that is set to something, without the line end that a piped secret may bear.
pub(crate) fn text(env: &Env, name: &str) -> Option<String> {
    env.var(name)
        .ok()
        .map(|value| value.to_string().trim().to_owned())
        .filter(|text| !text.is_empty())
}

pub(crate) fn fault(problem: &str) -> Fault {
    Fault::said("deployment", problem)
}
