//! The policy in KV: looked at, put, put again.

use super::super::{clock, kv, log};
use super::change::Change;
use super::{Desk, unavailable};
use crate::account::Reply;
use crate::admin::{KEPT, POLICY, Standing, kept_name, metadata, put_reply, shown};

/// A policy that may be put.
pub(super) struct Put {
    standing: Standing,
    text: String,
    version: u64,
    /// Whose text it is, if it stood before.
    again: Option<u64>,
}

impl Put {
    pub(super) fn detail(&self) -> String {
        let version = self.version;
        match self.again {
            Some(again) => format!("version {version}, the text of {again}"),
            None => format!("version {version}"),
        }
    }
}

/// What stands and what is kept, as KV tells it here and now.
pub(super) async fn standing(desk: Desk<'_>) -> Result<Standing, Reply> {
    let read = async {
        let policy = kv::entry(desk.deployment, POLICY).await?;
        let page = kv::page(desk.deployment, KEPT, None, false).await?;
        Ok(Standing {
            policy,
            kept: page.entries,
        })
    };
    read.await
        .map_err(|fault| unavailable(&fault, "KV does not answer."))
}

pub(super) async fn versions(desk: Desk<'_>) -> Result<Reply, Reply> {
    Ok(crate::admin::versions(&standing(desk).await?))
}

/// A version that stands or is kept.
pub(super) async fn version(desk: Desk<'_>, version: u64) -> Result<Reply, Reply> {
    let standing = standing(desk).await?;
    if standing.standing() == Some(version) {
        return Ok(standing.reply());
    }
    kept(desk, version).await.map(|(_, reply)| reply)
}

async fn kept(desk: Desk<'_>, version: u64) -> Result<(String, Reply), Reply> {
    let stored = kv::entry(desk.deployment, &kept_name(version)).await;
    let stored = stored.map_err(|fault| unavailable(&fault, "KV does not answer."))?;
    let reply = shown(Some(version), &stored);
    let text = stored.text.ok_or_else(|| {
        let message = format!("version: found {version}, which is not kept");
        Reply::error(404, "not_found", &message)
    })?;
    Ok((text, reply))
}

pub(super) async fn put(desk: Desk<'_>, text: String) -> Result<Change, Reply> {
    let standing = standing(desk).await?;
    let version = standing.admits(&text)?;
    Ok(Change::Policy(Put {
        standing,
        text,
        version,
        again: None,
    }))
}

pub(super) async fn roll_back(desk: Desk<'_>, body: &str) -> Result<Change, Reply> {
    let standing = standing(desk).await?;
    let again = standing.asked(body)?;
    let (text, _) = kept(desk, again).await?;
    let (text, version) = standing.again(&text)?;
    Ok(Change::Policy(Put {
        standing,
        text,
        version,
        again: Some(again),
    }))
}

/// Puts a policy. The order is what matters: the former is kept before anything takes its place, one write makes the new one
/// stand, and only what nobody needs may be missing after it. Whichever write fails, KV holds a whole policy, and the former.
pub(super) async fn make(desk: Desk<'_>, put: Put) -> Result<Reply, Reply> {
    let deployment = desk.deployment;
    let Put {
        standing,
        text,
        version,
        ..
    } = put;
    if let Some((name, former)) = standing.former() {
        let told = metadata(standing.policy.put_at, former);
        let kept = kv::put(deployment, &name, former, None, Some(&told)).await;
        kept.map_err(|fault| {
            unavailable(
                &fault,
                "The policy that stands cannot be kept, so it stays.",
            )
        })?;
    }
    let told = metadata(Some(clock::now().0), &text);
    let written = kv::put(deployment, POLICY, &text, None, Some(&told)).await;
    written.map_err(|fault| {
        let message =
            "KV does not say whether it has put the policy; GET policy tells in a minute.";
        unavailable(&fault, message)
    })?;
    // A copy, so that whoever puts the next one need not see this one stand to keep it.
    let copied = kv::put(deployment, &kept_name(version), &text, None, Some(&told)).await;
    let mut failed = copied.err();
    for name in standing.surplus() {
        failed = kv::delete(deployment, name).await.err().or(failed);
    }
    if let Some(fault) = failed {
        log::fault(&fault);
    }
    Ok(put_reply(
        version,
        standing.standing(),
        deployment.policy_max_age,
    ))
}
