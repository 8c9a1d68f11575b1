//! The credential in a request.

use crate::bounds::{MAX_KEY_BYTES, MAX_TOKEN_BYTES};
use crate::policy::Source;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// What may hold a credential: headers as they arrived, several of one name joined by ", ", and a part of the path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presented {
    /// `X-Api-Key`.
    pub api_key: Option<String>,
    /// `Authorization`.
    pub authorization: Option<String>,
    /// The segment of the path that is a key, where the route says so.
    pub path: Option<String>,
}

/// An API key or a token: 1 to 512, or of a token 8192, visible ASCII characters without a comma, which would mean
/// several headers.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    text: String,
    is_token: bool,
}

/// Why the credential of a request cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialError {
    /// The header is there, without a key in it.
    Empty(Source),
    /// The key is longer than any key.
    TooLong(Source),
    /// The token is longer than any token.
    LongToken,
    /// The key holds a character that no key has, or there are several.
    Character(Source),
    /// The value after `Basic` is not base64 of text with a colon.
    Basic,
    /// Two places hold different keys: charging one and honouring the other would be wrong.
    Ambiguous(Source, Source),
}

impl Credential {
    /// The credential that a request presents in one of `sources` or in its path; `None` if it presents none.
    ///
    /// # Errors
    ///
    /// A credential that is malformed, or two that differ.
    pub fn find(
        sources: &[Source],
        presented: &Presented,
    ) -> Result<Option<Self>, CredentialError> {
        let mut found: Option<(Source, Self)> = None;
        for &source in sources.iter().chain(&[Source::Path]) {
            let Some(credential) = presented.at(source)? else {
                continue;
            };
            match &found {
                None => found = Some((source, credential)),
                Some((_, first)) if *first == credential => {}
                Some((first, _)) => return Err(CredentialError::Ambiguous(*first, source)),
            }
        }
        Ok(found.map(|(_, credential)| credential))
    }

    /// The key or token itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it stands where a token may and looks like one.
    #[must_use]
    pub fn is_token(&self) -> bool {
        self.is_token
    }

    pub(super) fn new(text: &str, source: Source) -> Result<Self, CredentialError> {
        let is_token = source == Source::BearerToken && looks_like_token(text);
        if text.is_empty() {
            return Err(CredentialError::Empty(source));
        }
        if is_token && text.len() > MAX_TOKEN_BYTES {
            return Err(CredentialError::LongToken);
        }
        if !is_token && text.len() > MAX_KEY_BYTES {
            return Err(CredentialError::TooLong(source));
        }
        if !text.bytes().all(|b| b.is_ascii_graphic() && b != b',') {
            return Err(CredentialError::Character(source));
        }
        Ok(Self {
            text: text.to_owned(),
            is_token,
        })
    }
}

impl Presented {
    fn at(&self, source: Source) -> Result<Option<Credential>, CredentialError> {
        match source {
            Source::ApiKeyHeader => {
                let header = self.api_key.as_deref().map(str::trim);
                header.map(|key| Credential::new(key, source)).transpose()
            }
            Source::Bearer | Source::BearerToken => self
                .after("bearer")
                .map(|key| Credential::new(key, source))
                .transpose(),
            Source::BasicUser => self.after("basic").map(basic_user).transpose(),
            Source::Path => {
                let path = self.path.as_deref();
                path.map(|key| Credential::new(key, source)).transpose()
            }
        }
    }

    /// What follows the scheme in `Authorization`, if it is that one; with a comma, which no credential holds, if it is
    /// that of a second header, which an origin may prefer.
    fn after(&self, scheme: &str) -> Option<&str> {
        let value = self.authorization.as_deref()?.trim();
        let cut = |text: &str| text.find([' ', '\t']).unwrap_or(text.len());
        let is_it = |text: &str| {
            text.get(..cut(text))
                .is_some_and(|it| it.eq_ignore_ascii_case(scheme))
        };
        if is_it(value) {
            return value.get(cut(value)..).map(str::trim);
        }
        let mut others = value.split(',').skip(1);
        others.any(|other| is_it(other.trim())).then_some(value)
    }
}

/// Whether a text has three parts with dots between and begins as a JSON object does in base64url: `ey`, or `ew` where a
/// line ends after the brace. One with more dots is no token but may be taken for one elsewhere, and so is no key.
fn looks_like_token(text: &str) -> bool {
    (text.starts_with("ey") || text.starts_with("ew"))
        && text.bytes().filter(|byte| *byte == b'.').count() >= 2
}

fn basic_user(encoded: &str) -> Result<Credential, CredentialError> {
    if encoded.len() > MAX_KEY_BYTES.saturating_mul(4) {
        return Err(CredentialError::TooLong(Source::BasicUser));
    }
    let bytes = STANDARD
        .decode(encoded)
        .map_err(|_| CredentialError::Basic)?;
    // The password is not ours to read, whatever its encoding.
    let mut parts = bytes.splitn(2, |byte| *byte == b':');
    let (Some(user), Some(_)) = (parts.next(), parts.next()) else {
        return Err(CredentialError::Basic);
    };
    let user = str::from_utf8(user).map_err(|_| CredentialError::Basic)?;
    Credential::new(user, Source::BasicUser)
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

impl Source {
    fn place(self) -> &'static str {
        match self {
            Self::ApiKeyHeader => "X-Api-Key",
            Self::Bearer | Self::BearerToken => "Authorization: Bearer",
            Self::BasicUser => "the user of Authorization: Basic",
            Self::Path => "the path",
        }
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(source) => write!(f, "The API key in {} is empty.", source.place()),
            Self::TooLong(source) => {
                write!(
                    f,
                    "The API key in {} is longer than {MAX_KEY_BYTES} characters.",
                    source.place()
                )
            }
            Self::LongToken => write!(
                f,
                "The token in Authorization: Bearer is longer than {MAX_TOKEN_BYTES} characters."
            ),
            Self::Character(source) => write!(
                f,
                "The API key in {} holds a character that is not visible ASCII, or a comma, or it is given more than once.",
                source.place()
            ),
            Self::Basic => f.write_str("Authorization: Basic must be base64 of user:password."),
            Self::Ambiguous(one, other) => {
                write!(
                    f,
                    "Two different API keys, in {} and in {}: send one.",
                    one.place(),
                    other.place()
                )
            }
        }
    }
}

impl std::error::Error for CredentialError {}
