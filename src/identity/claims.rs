//! What a token claims (RFC 7519 §4.1), held against the policy's rules.

use super::record::{AccountId, Record};
use super::token::TokenError;
use crate::bounds::MAX_FIELDS;
use crate::document::{Field, Object, Value};
use crate::limit::Name;
use crate::policy::{Claim, TokenTier, Tokens};
use crate::time::{Millis, UnixMillis};
use std::time::Duration;

/// How long a verified token is believed without another look, so that a key that is taken away ends with it.
const BELIEVED_FOR: Millis = Millis(60_000);

/// What a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Whose it is. Of two tokens of an account the one that was issued later is the newer.
    pub record: Record,
    /// Until when that may be believed without another look: for a minute, and never beyond the token's expiry.
    pub until: UnixMillis,
}

/// Checks claims, `now` on the gate's clock.
pub(super) fn check(claims: &Value, rules: &Tokens, now: UnixMillis) -> Result<Claims, TokenError> {
    let claims = Field::root(claims);
    let object = claims
        .open_object(MAX_FIELDS)
        .map_err(|_| TokenError::Malformed)?;
    let ends = instant(&object, "exp")?.ok_or(TokenError::NoExpiry)?;
    let ends = ends.after(rules.leeway);
    if now >= ends {
        return Err(TokenError::Expired);
    }
    let issued = instant(&object, "iat")?;
    for begins in [instant(&object, "nbf")?, issued].into_iter().flatten() {
        if begins > now.after(rules.leeway) {
            return Err(TokenError::Early);
        }
    }
    let is = |key, wanted: &Option<String>| match wanted {
        None => true,
        Some(wanted) => object
            .optional(key)
            .is_some_and(|field| is_or_holds(field.value(), wanted, key == "aud")),
    };
    if !is("iss", &rules.issuer) {
        return Err(TokenError::Issuer);
    }
    if !is("aud", &rules.audience) {
        return Err(TokenError::Audience);
    }
    let record = Record {
        account: account(find(&claims, &rules.account)?)?,
        tier: tier(&claims, rules)?,
        version: issued.map_or(0, |issued| issued.0 / 1_000),
        label: None,
        shows_would_deny: false,
    };
    let until = ends.min(now.after(BELIEVED_FOR));
    Ok(Claims { record, until })
}

/// A claim that is a time: seconds since the Unix epoch, perhaps with a fraction.
fn instant(claims: &Object<'_>, key: &str) -> Result<Option<UnixMillis>, TokenError> {
    let seconds = match claims.optional(key).map(|field| field.value()) {
        None => return Ok(None),
        Some(Value::Integer(seconds)) => {
            return Ok(Some(UnixMillis(seconds.saturating_mul(1_000))));
        }
        Some(Value::Number(seconds)) => Duration::try_from_secs_f64(*seconds).ok(),
        Some(_) => None,
    };
    let millis = seconds.and_then(|seconds| u64::try_from(seconds.as_millis()).ok());
    millis
        .map(|millis| Some(UnixMillis(millis)))
        .ok_or(TokenError::Malformed)
}

/// Whether a claim is a text, or where it `may_be_list`, a list that holds it.
fn is_or_holds(value: &Value, wanted: &str, may_be_list: bool) -> bool {
    match value {
        Value::Text(text) => text == wanted,
        Value::List(items) if may_be_list => {
            items.iter().any(|item| is_or_holds(item, wanted, false))
        }
        _ => false,
    }
}

/// The claim at the end of a path. An object on the way with a field twice means nothing.
fn find<'a>(claims: &Field<'a>, claim: &Claim) -> Result<Option<&'a Value>, TokenError> {
    let mut found = claims.clone();
    for name in &claim.0 {
        if !matches!(found.value(), Value::Object(_)) {
            return Ok(None);
        }
        let object = found.open_object(MAX_FIELDS);
        let object = object.map_err(|_| TokenError::Malformed)?;
        let Some(next) = object.optional(name) else {
            return Ok(None);
        };
        found = next;
    }
    Ok(Some(found.value()))
}

/// The account that a claim names: a text, or a whole number as it is written.
fn account(value: Option<&Value>) -> Result<AccountId, TokenError> {
    let text = match value {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Integer(number)) => number.to_string(),
        _ => return Err(TokenError::Account),
    };
    AccountId::try_from(text).map_err(|_| TokenError::Account)
}

fn tier(claims: &Field<'_>, rules: &Tokens) -> Result<Name, TokenError> {
    let claim = match &rules.tier {
        TokenTier::Name(name) => return Ok(name.clone()),
        TokenTier::Claim(claim) => claim,
    };
    match find(claims, claim)? {
        Some(Value::Text(name)) => Name::try_from(name.as_str()).map_err(|_| TokenError::Tier),
        _ => Err(TokenError::Tier),
    }
}
