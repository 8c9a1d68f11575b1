//! The objects of a deployment, as the platform would have them: the machines alone, with all their memory.

use headgate::identity::{AccountId, shard_of};
use headgate::object::{Account, Ask, Owner, Shard};
use headgate::request::Owned;
use headgate::subject::Decision;
use headgate::time::UnixMillis;
use std::collections::HashMap;

/// The objects.
#[derive(Debug)]
pub(crate) struct Owners {
    places: HashMap<AccountId, usize>,
    accounts: Vec<Account>,
    shards: Vec<Shard>,
}

/// Where an object is among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    Account(usize),
    Shard(usize),
}

impl Owners {
    /// Those of a deployment with so many shards, before the first request.
    pub(crate) fn new(shards: u64) -> Self {
        Self {
            places: HashMap::new(),
            accounts: Vec::new(),
            shards: (0..shards).map(|_| Shard::default()).collect(),
        }
    }

    /// The object that answers for whom a request belongs to.
    ///
    /// # Errors
    ///
    /// The machine of an account cannot begin.
    pub(crate) fn home(&mut self, owned: &Owned) -> Result<Home, String> {
        match owned {
            Owned::Subject { id, .. } => {
                let shards = u64::try_from(self.shards.len()).unwrap_or(1);
                let shard = usize::try_from(shard_of(*id, shards)).unwrap_or(0);
                Ok(Home::Shard(shard))
            }
            Owned::Account(id) => {
                if let Some(at) = self.places.get(id) {
                    return Ok(Home::Account(*at));
                }
                let at = self.accounts.len();
                let account = Account::load(&[]).map_err(|error| error.to_string())?;
                self.accounts.push(account);
                self.places.insert(id.clone(), at);
                Ok(Home::Account(at))
            }
        }
    }

    /// What an object decides.
    pub(crate) fn decide(&mut self, home: Home, ask: &Ask, now: UnixMillis) -> Option<Decision> {
        let (decision, _) = match home {
            Home::Account(at) => self.accounts.get_mut(at)?.handle(ask, now),
            Home::Shard(at) => self.shards.get_mut(at)?.handle(ask, now),
        };
        Some(decision)
    }

    /// The machine of an account.
    pub(crate) fn account(&mut self, at: usize) -> Option<&mut Account> {
        self.accounts.get_mut(at)
    }
}
