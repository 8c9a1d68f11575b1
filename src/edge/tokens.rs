//! Whose a token is.

use super::deployment::Deployment;
use super::failure::{Failure, Fault};
use super::identify::unknowable;
use super::signature::is_signed;
use super::{clock, jwks};
use crate::cache::Cache;
use crate::identity::{Record, Token, TokenError};
use crate::policy::{Reason, Tokens};
use crate::time::UnixMillis;
use std::cell::RefCell;

/// Entries per generation of the cache.
const CACHED: usize = 10_000;

/// What a token says.
pub(crate) struct Found {
    pub(crate) record: Record,
    /// Whether a key that verified it is old, because the address of the keys does not answer.
    pub(crate) degraded: bool,
}

thread_local! {
    // By keyed hash, each until it is to be verified again.
    static VERIFIED: RefCell<Cache<String, (UnixMillis, Record)>> = RefCell::new(Cache::new(CACHED));
}

/// Verifies a token under the rules of a version of the policy.
pub(crate) async fn find(
    deployment: &Deployment,
    version: u64,
    rules: &Tokens,
    text: &str,
) -> Result<Found, Failure> {
    let name = deployment.hash_key.token_name(text, version);
    let known = VERIFIED.with_borrow_mut(|cache| cache.get(&name));
    if let Some((until, record)) = known
        && clock::now() < until
    {
        return Ok(Found {
            record,
            degraded: false,
        });
    }
    let token = Token::parse(text, rules).map_err(refused)?;
    let degraded = verify(deployment, rules, &token).await?;
    let claims = token.claims(rules, clock::now()).map_err(refused)?;
    let record = claims.record;
    VERIFIED.with_borrow_mut(|cache| cache.put(name, (claims.until, record.clone())));
    Ok(Found { record, degraded })
}

/// Whether the key that verifies a token is an old one; an error if none does.
async fn verify(
    deployment: &Deployment,
    rules: &Tokens,
    token: &Token<'_>,
) -> Result<bool, Failure> {
    if is_signed(token, &rules.keys).await {
        return Ok(false);
    }
    if let Some(address) = &rules.jwks {
        let published = jwks::find(&deployment.learned.token_keys, address, token).await;
        let (keys, degraded) = published.map_err(|fault| unknowable(&fault))?;
        if is_signed(token, &keys).await {
            return Ok(degraded);
        }
    }
    Err(refused(TokenError::Signature))
}

fn refused(error: TokenError) -> Failure {
    match error {
        // As of a key whose record names no tier: who it is known, not what holds.
        TokenError::Tier => unknowable(&Fault::said("tokens", error).owners()),
        _ => Failure::new(Reason::Unauthenticated, error.to_string()),
    }
}
