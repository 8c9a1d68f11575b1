//! Keys that signatures of tokens are verified with: JSON Web Keys (RFC 7517, RFC 7518 §6).

use crate::bounds::{MAX_FIELDS, MAX_JWKS_BYTES, MAX_PUBLISHED_KEYS};
use crate::document::{self, DocumentError, Field, Object, Value};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;

/// How a token is signed (RFC 7518 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenAlgorithm {
    /// HMAC with SHA-256: whoever verifies could sign, too.
    Hs256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// ECDSA on the curve P-256 with SHA-256.
    Es256,
}

/// The algorithms by the names that they have in tokens and policies.
pub(crate) const TOKEN_ALGORITHMS: [(&str, TokenAlgorithm); 3] = [
    ("HS256", TokenAlgorithm::Hs256),
    ("RS256", TokenAlgorithm::Rs256),
    ("ES256", TokenAlgorithm::Es256),
];

/// A key, for one algorithm alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Jwk {
    /// What tokens call it; without it the key is tried for tokens that name any.
    pub kid: Option<String>,
    /// What it verifies.
    pub algorithm: TokenAlgorithm,
    /// The fields that make it up, the numbers among them in base64url.
    parts: Vec<(&'static str, String)>,
}

/// One kind of key: its fields, and which of them are numbers of how many bytes.
#[derive(Clone, Copy)]
struct Kind {
    kty: &'static str,
    algorithm: (&'static str, TokenAlgorithm),
    fields: &'static [&'static str],
    numbers: &'static [(&'static str, usize, usize)],
}

/// Sizes: RFC 7518 §3.2 wants a secret as long as the hash, §3.3 a modulus of 2048 bits at least; more than 4096
/// only takes time.
const KINDS: [(&str, Kind); 3] = [
    (
        "oct",
        Kind {
            kty: "oct",
            algorithm: TOKEN_ALGORITHMS[0],
            fields: &["kty", "kid", "alg", "use", "k"],
            numbers: &[("k", 32, 512)],
        },
    ),
    (
        "RSA",
        Kind {
            kty: "RSA",
            algorithm: TOKEN_ALGORITHMS[1],
            fields: &["kty", "kid", "alg", "use", "n", "e"],
            numbers: &[("n", 256, 512), ("e", 1, 8)],
        },
    ),
    (
        "EC",
        Kind {
            kty: "EC",
            algorithm: TOKEN_ALGORITHMS[2],
            fields: &["kty", "kid", "alg", "use", "crv", "x", "y"],
            numbers: &[("x", 32, 32), ("y", 32, 32)],
        },
    ),
];

impl Jwk {
    /// The key as JSON, without what it is called.
    #[must_use]
    pub fn to_json(&self) -> String {
        // No part holds anything that JSON escapes.
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|(name, value)| format!("\"{name}\":\"{value}\""))
            .collect();
        format!("{{{}}}", parts.join(","))
    }
}

/// Reads a key of a policy. What stands in it is never shown: it may be a secret.
pub(super) fn read_jwk(field: &Field<'_>) -> Result<Jwk, DocumentError> {
    if !matches!(field.value(), Value::Object(_)) {
        return Err(field.fail_unseen("an object"));
    }
    // Which fields there may be depends on one of them.
    let kind = field
        .look("kty")
        .map(|kty| kty.choice(&KINDS))
        .transpose()?;
    let kind = kind.unwrap_or(KINDS[1].1);
    let object = field.object(kind.fields)?;
    object.required("kty")?;
    read_kind(&object, kind)
}

/// Reads a document of published keys, `{"keys": […]}`, and of those the ones that tokens can be verified with.
///
/// # Errors
///
/// It is no such document, larger than 64 KiB, or holds more than 64 keys.
pub fn read_jwks(text: &str) -> Result<Vec<Jwk>, DocumentError> {
    let document = document::read(text, MAX_JWKS_BYTES)?;
    let root = Field::root(&document).open_object(MAX_FIELDS)?;
    let keys = root.required("keys")?.list(MAX_PUBLISHED_KEYS)?;
    // RFC 7517 §5: keys that are not understood are passed over. A secret that is published is none.
    Ok(keys
        .iter()
        .filter_map(|field| read_published(field).ok())
        .filter(|key| key.algorithm != TokenAlgorithm::Hs256)
        .collect())
}

fn read_published(field: &Field<'_>) -> Result<Jwk, DocumentError> {
    let object = field.open_object(MAX_FIELDS)?;
    let kind = object.required("kty")?.choice(&KINDS)?;
    read_kind(&object, kind)
}

fn read_kind(object: &Object<'_>, kind: Kind) -> Result<Jwk, DocumentError> {
    let (_, algorithm) = kind.algorithm;
    let word = |field, word| {
        let field = object.optional(field);
        field.map_or(Ok(()), |field| field.choice(&[(word, ())]))
    };
    word("alg", kind.algorithm.0)?;
    word("use", "sig")?;
    let named = object.optional("kid").map(|f| f.text().map(str::to_owned));
    let mut parts = vec![("kty", kind.kty.to_owned())];
    if algorithm == TokenAlgorithm::Es256 {
        object.required("crv")?.choice(&[("P-256", ())])?;
        parts.push(("crv", "P-256".to_owned()));
    }
    for (name, least, most) in kind.numbers {
        let field = object.required(name)?;
        let text = field.text().unwrap_or_default();
        let bytes = URL_SAFE_NO_PAD.decode(text).map_or(0, |bytes| bytes.len());
        if !(*least..=*most).contains(&bytes) {
            let allowed = format!("{least} to {most} bytes as base64url without padding");
            return Err(field.fail_unseen(&allowed));
        }
        parts.push((name, text.to_owned()));
    }
    Ok(Jwk {
        kid: named.transpose()?,
        algorithm,
        parts,
    })
}

impl fmt::Debug for Jwk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jwk(…)")
    }
}
