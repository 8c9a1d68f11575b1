//! Who a request belongs to: the credential in it, the keyed hashes that stand for keys and addresses, and
//! the record that the key directory holds.

mod address;
mod credential;
mod hash;
mod keys;
mod record;

pub use address::{Network, network};
pub use credential::{Credential, CredentialError, Presented};
pub use hash::{HashKey, HashKeyError, shard_of};
pub use keys::{Key, read_keys};
pub use record::{AccountId, Record, RecordError};
