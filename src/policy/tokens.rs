//! Which tokens are believed, and whose they are.

use super::jwk::{Jwk, TOKEN_ALGORITHMS, TokenAlgorithm, read_jwk};
use super::tiers::{Tier, read_tier_name};
use crate::bounds::{MAX_CLAIM_NAMES, MAX_LEEWAY, MAX_TEXT_BYTES, MAX_TOKEN_KEYS};
use crate::document::{DocumentError, Field, Object, Value};
use crate::limit::Name;
use crate::time::Millis;

/// The rules for tokens: JSON Web Tokens (RFC 7519) after `Bearer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// How a token may be signed.
    pub algorithms: Vec<TokenAlgorithm>,
    /// Keys that signatures are verified with.
    pub keys: Vec<Jwk>,
    /// Where further keys are published. A secret is not among them.
    pub jwks: Option<String>,
    /// What the claim `iss` must be; anything if absent.
    pub issuer: Option<String>,
    /// What must be in the claim `aud`; anything if absent.
    pub audience: Option<String>,
    /// The claim that is the account.
    pub account: Claim,
    /// Where the tier comes from.
    pub tier: TokenTier,
    /// How far the clocks of gate and issuer may be apart.
    pub leeway: Millis,
}

/// A claim of a token: its name, or the names on the way to it through objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim(pub Vec<String>);

/// Where the tier of a token's account comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenTier {
    /// A claim names it.
    Claim(Claim),
    /// It is the same for all tokens.
    Name(Name),
}

const FIELDS: [&str; 8] = [
    "algorithms",
    "keys",
    "jwks",
    "issuer",
    "audience",
    "account",
    "tier",
    "leeway",
];

/// How far clocks may be apart in a policy that does not say: what unattended ones differ by.
const USUAL_LEEWAY: Millis = Millis(30_000);

pub(super) fn read_tokens(field: &Field<'_>, tiers: &[Tier]) -> Result<Tokens, DocumentError> {
    let object = field.object(&FIELDS)?;
    let jwks = object
        .optional("jwks")
        .map(|f| read_address(&f))
        .transpose()?;
    let algorithms = read_algorithms(&object, jwks.is_some())?;
    let keys = read_keys(&object, &algorithms)?;
    if keys.is_empty() && jwks.is_none() {
        return Err(field.fail("at least one key in keys, or jwks"));
    }
    let text = |key| object.optional(key).map(|f| read_text(&f)).transpose();
    let leeway = object.optional("leeway");
    Ok(Tokens {
        algorithms,
        keys,
        jwks,
        issuer: text("issuer")?,
        audience: text("audience")?,
        account: read_claim(&object.required("account")?)?,
        tier: read_tier(&object.required("tier")?, tiers)?,
        leeway: leeway.map_or(Ok(USUAL_LEEWAY), |f| f.duration(Millis(0)..=MAX_LEEWAY))?,
    })
}

/// The algorithms of a policy. A published key is known to everybody, so HS256 cannot have one.
fn read_algorithms(
    object: &Object<'_>,
    is_published: bool,
) -> Result<Vec<TokenAlgorithm>, DocumentError> {
    let field = object.required("algorithms")?;
    let words: &[_] = if is_published {
        &TOKEN_ALGORITHMS[1..]
    } else {
        &TOKEN_ALGORITHMS
    };
    let items = field.list(TOKEN_ALGORITHMS.len())?;
    if items.is_empty() {
        return Err(field.fail("at least one algorithm"));
    }
    items.iter().map(|item| item.choice(words)).collect()
}

fn read_keys(
    object: &Object<'_>,
    algorithms: &[TokenAlgorithm],
) -> Result<Vec<Jwk>, DocumentError> {
    let Some(field) = object.optional("keys") else {
        return Ok(Vec::new());
    };
    let items = field.list(MAX_TOKEN_KEYS);
    // What stands here by mistake may be a secret.
    let items = items.map_err(|_| field.fail_unseen("a list of at most 16 keys"))?;
    let keys = items.iter().map(|item| {
        let key = read_jwk(item)?;
        if algorithms.contains(&key.algorithm) {
            return Ok(key);
        }
        Err(item.fail_unseen("a key of one of the algorithms"))
    });
    keys.collect()
}

/// An address that nobody on the way can answer for: by TLS, or on this machine.
fn read_address(field: &Field<'_>) -> Result<String, DocumentError> {
    let text = read_text(field)?;
    let is_plain = text.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
    let parts = text.split_once("://").and_then(|(scheme, rest)| {
        let (authority, _) = rest.split_once('/')?;
        let (host, port) = authority.split_once(':').unwrap_or((authority, "0"));
        Some((scheme, host, port))
    });
    let is_allowed = parts.is_some_and(|(scheme, host, port)| {
        let is_host = host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
        let is_safe = scheme == "https" || matches!(host, "localhost" | "127.0.0.1");
        let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
        is_port && is_host && !host.is_empty() && is_safe && matches!(scheme, "http" | "https")
    });
    if is_plain && is_allowed {
        return Ok(text);
    }
    Err(field.fail(
        "an address such as \"https://login.example.com/jwks.json\"; http only for localhost",
    ))
}

fn read_text(field: &Field<'_>) -> Result<String, DocumentError> {
    let text = field.text()?;
    if (1..=MAX_TEXT_BYTES).contains(&text.len()) {
        return Ok(text.to_owned());
    }
    Err(field.fail(format!("1 to {MAX_TEXT_BYTES} bytes")))
}

/// A claim. The list is for names that hold a dot themselves.
fn read_claim(field: &Field<'_>) -> Result<Claim, DocumentError> {
    let names: Vec<&str> = match field.value() {
        Value::Text(path) => path.split('.').collect(),
        Value::List(names) => names.iter().map(text_of).collect(),
        _ => Vec::new(),
    };
    let is_short = (1..=MAX_CLAIM_NAMES).contains(&names.len());
    if is_short && names.iter().all(|name| !name.is_empty()) {
        return Ok(Claim(names.into_iter().map(str::to_owned).collect()));
    }
    Err(field.fail(format!(
        "a claim such as \"sub\" or \"org.id\", or a list of names, 1 to {MAX_CLAIM_NAMES}, none empty"
    )))
}

/// A text; none is an empty one.
fn text_of(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        _ => "",
    }
}

fn read_tier(field: &Field<'_>, tiers: &[Tier]) -> Result<TokenTier, DocumentError> {
    let object = field.object(&["claim", "name"])?;
    match (object.optional("claim"), object.optional("name")) {
        (Some(claim), None) => read_claim(&claim).map(TokenTier::Claim),
        (None, Some(name)) => read_tier_name(&name, tiers).map(TokenTier::Name),
        _ => Err(field.fail("either claim or name")),
    }
}
