//! A token as a request presents it: a JSON Web Token in compact form (RFC 7515 §7.1, RFC 7519), cut into its parts.
//! Nothing in it is true before its signature is verified with one of the keys that it may be verified with.

use super::claims::{Claims, check};
use crate::bounds::{MAX_FIELDS, MAX_TOKEN_BYTES};
use crate::document::{self, Field, Value};
use crate::policy::{Jwk, TOKEN_ALGORITHMS, TokenAlgorithm, Tokens};
use crate::time::UnixMillis;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;

/// A token, not verified yet.
pub struct Token<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    algorithm: TokenAlgorithm,
    kid: Option<String>,
    claims: &'a str,
}

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// It is not three parts of canonical base64url, or header or claims are not as RFC 7515 and RFC 7519 say; a field
    /// that stands twice is not either.
    Malformed,
    /// It is signed in a way that the policy does not name, or not at all.
    Algorithm,
    /// It demands an extension (`crit`). There is none here.
    Extension,
    /// No key of its algorithm and name verifies it.
    Signature,
    /// Its time has passed.
    Expired,
    /// It does not say when its time is over.
    NoExpiry,
    /// Its time has not come, or it was issued in the future.
    Early,
    /// It was issued by somebody else.
    Issuer,
    /// It is for others.
    Audience,
    /// It names no account.
    Account,
    /// It names no tier.
    Tier,
}

impl<'a> Token<'a> {
    /// Cuts a token.
    ///
    /// # Errors
    ///
    /// It is no token, or one that no key would be tried for.
    pub fn parse(text: &'a str, rules: &Tokens) -> Result<Self, TokenError> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        if claims.contains('.') {
            return Err(TokenError::Malformed);
        }
        let header = object(header)?;
        let header = Field::root(&header)
            .open_object(MAX_FIELDS)
            .map_err(|_| TokenError::Malformed)?;
        let algorithm = header.optional("alg").ok_or(TokenError::Malformed)?;
        let algorithm = algorithm
            .choice(&TOKEN_ALGORITHMS)
            .ok()
            .filter(|algorithm| rules.algorithms.contains(algorithm))
            .ok_or(TokenError::Algorithm)?;
        if header.optional("crit").is_some() {
            return Err(TokenError::Extension);
        }
        let kid = header
            .optional("kid")
            .map(|kid| kid.text().map(str::to_owned));
        Ok(Self {
            signed,
            signature: bytes(signature)?,
            algorithm,
            kid: kid.transpose().map_err(|_| TokenError::Malformed)?,
            claims,
        })
    }

    /// What the signature is over.
    #[must_use]
    pub fn signed(&self) -> &[u8] {
        self.signed.as_bytes()
    }

    /// The signature, of any length.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Whether a key may be the one that verifies the token: of its algorithm, and of the name that it gives, if both
    /// have one.
    #[must_use]
    pub fn suits(&self, key: &Jwk) -> bool {
        let is_named = match (&self.kid, &key.kid) {
            (Some(wanted), Some(kid)) => wanted == kid,
            _ => true,
        };
        is_named && key.algorithm == self.algorithm
    }

    /// What the token says, once its signature is verified.
    ///
    /// # Errors
    ///
    /// It does not hold `now`, or not here, or not what it must say.
    pub fn claims(&self, rules: &Tokens, now: UnixMillis) -> Result<Claims, TokenError> {
        check(&object(self.claims)?, rules, now)
    }
}

/// The JSON in a part of a token.
fn object(part: &str) -> Result<Value, TokenError> {
    let bytes = bytes(part)?;
    let text = str::from_utf8(&bytes).map_err(|_| TokenError::Malformed)?;
    document::read(text, MAX_TOKEN_BYTES).map_err(|_| TokenError::Malformed)
}

/// The bytes of a part: without padding, and spelled in the one way that there is (RFC 4648 §3.5), so that one token
/// is one text.
fn bytes(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| TokenError::Malformed)
}

impl fmt::Display for TokenError {
    /// A sentence for the client.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "The token cannot be read.",
            Self::Algorithm => "The token is signed in a way that is not accepted.",
            Self::Extension => "The token demands an extension that is not known.",
            Self::Signature => "The token's signature cannot be verified.",
            Self::Expired => "The token has expired.",
            Self::NoExpiry => "The token does not say when it expires.",
            Self::Early => "The token is not valid yet.",
            Self::Issuer => "The token's issuer is not accepted.",
            Self::Audience => "The token is for another audience.",
            Self::Account => "The token names no account.",
            Self::Tier => "The token names no tier.",
        })
    }
}

impl std::error::Error for TokenError {}
