//! Keyed hashes: what stands for keys, accounts and addresses wherever something is kept.

use crate::account::KeyHash;
use crate::limit::{Name, Partition};
use crate::object::SubjectId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// Fewest bytes of a hash key: as many as the hash has.
const MIN_BYTES: usize = 32;

/// How the names of key records begin in KV. The hexadecimal digits of the key's hash follow, 64 of them.
pub const RECORDS: &str = "key:";

/// The secret under which everything is hashed, fixed per deployment: under another one every account would
/// have a second budget.
#[derive(Clone)]
pub struct HashKey(Hmac<Sha256>);

/// The secret is too short to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashKeyError;

impl HashKey {
    /// A hash key out of a secret of at least 32 bytes.
    ///
    /// # Errors
    ///
    /// The secret is shorter.
    pub fn new(secret: &[u8]) -> Result<Self, HashKeyError> {
        if secret.len() < MIN_BYTES {
            return Err(HashKeyError);
        }
        Hmac::new_from_slice(secret)
            .map(Self)
            .map_err(|_| HashKeyError)
    }

    /// The hash key of one of several APIs: whatever stands for something there stands for nothing elsewhere.
    ///
    /// # Errors
    ///
    /// None: a hash is long enough.
    pub fn of_api(&self, api: &Name) -> Result<Self, HashKeyError> {
        Self::new(&self.hash("api", api.as_str()))
    }

    /// Under which name the key directory holds the record of an API key.
    #[must_use]
    pub fn record_name(&self, key: &str) -> String {
        [RECORDS, &hex(&self.hash("key", key))].concat()
    }

    /// What stands for a token that was verified under a version of the policy.
    #[must_use]
    pub fn token_name(&self, token: &str, version: u64) -> String {
        hex(&self.hash("token", &format!("{version} {token}")))
    }

    /// The name of the object of an account.
    #[must_use]
    pub fn account_name(&self, account: &str) -> String {
        hex(&self.hash("account", account))
    }

    /// The subject that stands for `text` among those of its `kind`.
    #[must_use]
    pub fn subject(&self, kind: &str, text: &str) -> SubjectId {
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(self.hash(kind, text)) {
            *to = from;
        }
        SubjectId(id)
    }

    /// The subject that stands for an owner of a `kind` that routes name.
    #[must_use]
    pub fn owner(&self, kind: &Name, value: &str) -> SubjectId {
        self.subject(&["owner:", kind.as_str()].concat(), value)
    }

    /// What of a subject counts under `limit` for that value.
    #[must_use]
    pub fn partition(&self, limit: &Name, value: &str) -> Partition {
        let SubjectId(id) = self.subject(&["limit:", limit.as_str()].concat(), value);
        Partition(id)
    }

    /// What stands for an API key at its account: the first half of what its record's name holds.
    #[must_use]
    pub fn key(&self, key: &str) -> KeyHash {
        KeyHash(self.subject("key", key).0)
    }

    /// Whether two secrets are the same. How long that takes tells nothing of where they differ.
    #[must_use]
    pub fn is_same(&self, one: &str, other: &str) -> bool {
        self.hash("secret", one) == self.hash("secret", other)
    }

    /// Eight hex digits that tell this deployment from others and say nothing of the secret.
    #[must_use]
    pub fn deployment(&self) -> String {
        hex(&self.hash("deployment", "")).chars().take(8).collect()
    }

    pub(super) fn hash(&self, kind: &str, text: &str) -> [u8; 32] {
        let mut hmac = self.0.clone();
        hmac.update(kind.as_bytes());
        hmac.update(&[0]);
        hmac.update(text.as_bytes());
        hmac.finalize().into_bytes().into()
    }
}

/// The shard that a subject belongs to, 0 to `shards - 1`. Taken from other bytes than its page.
#[must_use]
pub fn shard_of(subject: SubjectId, shards: u64) -> u64 {
    let [.., a, b, c, d] = subject.0;
    u64::from(u32::from_be_bytes([a, b, c, d]))
        .checked_rem(shards)
        .unwrap_or(0)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    text.extend(digits.filter_map(|digit| char::from_digit(digit.into(), 16)));
    text
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey(…)")
    }
}

impl fmt::Display for HashKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the hash key must have at least {MIN_BYTES} bytes")
    }
}

impl std::error::Error for HashKeyError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hmac_sha256_of_kind_and_text() {
        let key = HashKey::new(&[b'k'; 32]).unwrap();
        // printf 'key\0abc' | openssl dgst -sha256 -hmac kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk
        assert_eq!(
            key.record_name("abc"),
            "key:283906cfb970ac32f165f8edea84bac2db6e1048c3ae59b23f453b73aab1a2ab"
        );
        assert_ne!(
            key.account_name("abc"),
            key.record_name("abc").replace("key:", "")
        );
    }

    #[test]
    fn nothing_of_one_api_stands_for_anything_of_another() {
        let key = HashKey::new(&[b'k'; 32]).unwrap();
        let maps = key.of_api(&Name::try_from("maps").unwrap()).unwrap();
        // printf 'api\0maps' | openssl dgst -sha256 -hmac kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk -binary | xxd -p, and that as
        // -macopt hexkey: for printf 'account\0acme'
        assert_eq!(
            maps.account_name("acme"),
            "3590f335be3d8cb98eaeeafa4a3704b48e4dc9496d09c65ec270e8e32198fb5d"
        );
        assert_ne!(maps.record_name("k"), key.record_name("k"));
        assert_ne!(maps.deployment(), key.deployment());
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert!(HashKey::new(&[0; 31]).is_err());
    }
}
