//! Who a request belongs to: the credential in it, what a token says, the keyed hashes that stand for keys and addresses, and
//! the record that the key directory holds.

mod address;
mod claims;
mod credential;
mod hash;
mod keys;
mod published;
mod record;
mod sealed;
mod token;

pub use address::{Network, network};
pub use claims::Claims;
pub use credential::{Credential, CredentialError, Presented};
pub use hash::{HashKey, HashKeyError, RECORDS, shard_of};
pub use keys::{Key, read_keys};
pub use published::{ASK_WITHIN, PublishedKeys, Step};
pub use record::{AccountId, Record, RecordError};
pub use token::{Token, TokenError};
