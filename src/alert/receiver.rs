//! Who takes events, and how they are signed.

use crate::bounds::MAX_TEXT_BYTES;
use crate::wire::Target;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// The headers of Standard Webhooks 1.0: the event's id, when it was sent in Unix seconds, its signatures.
pub const SIGNATURE_HEADERS: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

/// Lengths of a signing key, in bytes, as Standard Webhooks has it.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Where events go, and what they are signed with: the newest key, and the one before while keys are changed.
pub struct Receiver {
    url: String,
    keys: Vec<Vec<u8>>,
}

impl Receiver {
    /// A receiver. Nobody listens in on events: plain HTTP is allowed to the machine itself alone. `former` is the key before.
    ///
    /// # Errors
    ///
    /// Which of the three is wrong, what was found and what is allowed. No key is shown.
    pub fn new(url: &str, key: &str, former: Option<&str>) -> Result<Self, String> {
        if !is_safe(url) {
            return Err(format!(
                "WEBHOOK_URL: found {url:?}, allowed: an https URL of at most {MAX_TEXT_BYTES} bytes without user and \
                 fragment, or an http URL of 127.0.0.1, [::1] or localhost"
            ));
        }
        let mut keys = vec![read_key("WEBHOOK_KEY", key)?];
        if let Some(former) = former {
            keys.push(read_key("WEBHOOK_FORMER_KEY", former)?);
        }
        Ok(Self {
            url: url.to_owned(),
            keys,
        })
    }

    /// Where events go.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The signatures of a body that is sent under `id` at so many Unix seconds, one for each key, as the header
    /// `webhook-signature` has them.
    #[must_use]
    pub fn signatures(&self, id: &str, seconds: u64, body: &str) -> String {
        let signed = self.keys.iter().filter_map(|key| {
            // HMAC takes keys of any length.
            let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
            mac.update(format!("{id}.{seconds}.{body}").as_bytes());
            Some(format!(
                "v1,{}",
                STANDARD.encode(mac.finalize().into_bytes())
            ))
        });
        signed.collect::<Vec<_>>().join(" ")
    }
}

/// Shows no key.
impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

fn is_safe(url: &str) -> bool {
    let Some(target) = Target::parse(url) else {
        return false;
    };
    let is_plain = url.len() <= MAX_TEXT_BYTES
        && !url.contains(['#', '\\'])
        && url.bytes().all(|byte| byte.is_ascii_graphic())
        && !target.host.contains('@')
        && !target.host.is_empty();
    let host = match target.host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => target.host,
    };
    let is_here = matches!(host, "127.0.0.1" | "[::1]" | "localhost");
    is_plain && (target.scheme == "https" || (target.scheme == "http" && is_here))
}

fn read_key(name: &str, text: &str) -> Result<Vec<u8>, String> {
    let key = text
        .strip_prefix("whsec_")
        .and_then(|key| STANDARD.decode(key).ok());
    key.filter(|key| KEY_BYTES.contains(&key.len()))
        .ok_or_else(|| {
            format!(
                "{name}: allowed is whsec_ and base64 of {} to {} bytes",
                KEY_BYTES.start(),
                KEY_BYTES.end()
            )
        })
}
