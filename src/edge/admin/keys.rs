//! The key directory in KV: listed and changed.

use super::super::{clock, kv, policy_store};
use super::account::{self, Operated};
use super::change::Change;
use super::{Desk, unavailable};
use crate::account::{Order, Reply};
use crate::admin::{POLICY, keys, listed, parameters, put_key, record, revoked, revoked_hash};
use crate::identity::{AccountId, RECORDS, Record};
use crate::policy::Policy;
use std::rc::Rc;

/// How many pages are looked through for the keys of one account, in one call.
const MOST_PAGES: usize = 10;

/// A record that may be put.
pub(super) struct PutRecord {
    name: String,
    record: Record,
}

/// A key that is to be revoked.
pub(super) struct Revocation {
    pub(super) hash: String,
    record: Option<Record>,
    /// What its account's object is told.
    order: Option<Operated>,
}

impl PutRecord {
    pub(super) fn detail(&self) -> String {
        let hash = self.name.strip_prefix(RECORDS).unwrap_or_default();
        let (account, tier) = (self.record.account.as_str(), &self.record.tier);
        format!("key {hash} of {account}, tier {tier}")
    }
}

/// Lists records; of one account, if the query says so, out of some pages.
pub(super) async fn list(desk: Desk<'_>, query: &str) -> Result<Reply, Reply> {
    let [after, account] = parameters(query, ["after", "account"])?;
    let account = account.map(AccountId::try_from).transpose();
    let account = account.map_err(|error| Reply::error(400, "malformed", &error.to_string()))?;
    let (mut found, mut next) = (Vec::new(), after);
    for _ in 0..MOST_PAGES {
        let page = desk.page(RECORDS, next.as_deref(), "after").await?;
        found.extend(keys(&page, account.as_ref()));
        next = page.next;
        if !found.is_empty() || next.is_none() {
            break;
        }
    }
    Ok(listed("keys", found, next.as_deref()))
}

pub(super) async fn put(desk: Desk<'_>, body: &str) -> Result<Change, Reply> {
    // What KV holds, not what the isolate last saw: its tiers are those that the record is to name.
    let stored = kv::entry(desk.deployment, POLICY).await;
    let stored = stored.map_err(|fault| unavailable(&fault, "KV does not answer."))?;
    let policy = match stored.text {
        Some(text) => Policy::parse(&text)
            .map(Rc::new)
            .map_err(|error| Reply::error(409, "not_a_policy", &format!("policy: {error}"))),
        None => policy_store::default_policy()
            .map_err(|fault| unavailable(&fault, "There is no policy.")),
    };
    let policy = policy?;
    let key = put_key(body, &policy, clock::now())?;
    let name = desk
        .deployment
        .hash_key
        .record_name(key.credential.as_str());
    Ok(Change::Record(PutRecord {
        name,
        record: key.record,
    }))
}

pub(super) async fn make(desk: Desk<'_>, put: PutRecord) -> Result<Reply, Reply> {
    let text = serde_json::to_string(&put.record).unwrap_or_default();
    let written = kv::put(desk.deployment, &put.name, &text, None, None).await;
    written.map_err(|fault| {
        unavailable(
            &fault,
            "KV does not say whether it has put the key's record.",
        )
    })?;
    Ok(Reply::ok(record(&put.name, Some(&put.record))))
}

pub(super) async fn revoke(desk: Desk<'_>, body: &str) -> Result<Change, Reply> {
    let hash = revoked_hash(body, &desk.deployment.hash_key)?;
    let stored = kv::entry(desk.deployment, &[RECORDS, &hash].concat()).await;
    let stored = stored.map_err(|fault| unavailable(&fault, "KV does not answer."))?;
    let text = stored.text.ok_or_else(|| {
        let message = "The directory holds no record of this key.";
        Reply::error(404, "not_found", message)
    })?;
    // One that does not read names no account; it goes all the same.
    let record = Record::parse(&text).ok();
    let order = record.as_ref().map(|record| {
        let order = Order {
            method: "POST".to_owned(),
            path: "revoked-keys".to_owned(),
            body: format!("{{\"hash\":\"{hash}\"}}"),
            named: None,
        };
        account::order(record.account.clone(), order)
    });
    Ok(Change::Revocation(Revocation {
        hash,
        record,
        order: order.transpose()?,
    }))
}

/// At the object first: once the record is gone nobody knows whose the key was.
pub(super) async fn make_revocation(
    desk: Desk<'_>,
    revocation: Revocation,
) -> Result<Reply, Reply> {
    let mut is_at_once = false;
    if let Some(order) = &revocation.order {
        let reply = account::operate(desk.deployment, order).await?;
        is_at_once = reply.status < 400;
        // A full list keeps no key in use.
        if !is_at_once && reply.status != 409 {
            return Err(reply);
        }
    }
    let name = [RECORDS, &revocation.hash].concat();
    let deleted = kv::delete(desk.deployment, &name).await;
    deleted.map_err(|fault| {
        unavailable(
            &fault,
            "KV does not say whether it has deleted the key's record.",
        )
    })?;
    Ok(revoked(&name, revocation.record.as_ref(), is_at_once))
}
