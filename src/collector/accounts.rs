//! Which accounts ask most: a list that is bounded however many there are.
//!
//! Space-Saving (Metwally, Agrawal, El Abbadi: "Efficient computation of frequent and top-k elements in data streams",
//! 2005): who is not in a full list takes the place of whoever has the least, and inherits that as what may be too much. So
//! everybody is in it who has more than one in so many as the list has places.

use crate::limit::Name;
use serde::{Deserialize, Serialize};

/// What one account has asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountUse {
    /// Its id, which is sealed on its way and where it is stored.
    pub account: Box<str>,
    /// Its requests, or fewer: those that were counted since it is in the list.
    pub requests: u64,
    /// Those of them that were refused.
    pub denied: u64,
    /// The limit of which the greatest share was used at the last of them, and that share in percent.
    pub nearest: Option<(Name, u64)>,
}

/// Those who have most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Top {
    most: usize,
    places: Vec<Place>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    who: AccountUse,
    /// What others may have had that had its place before.
    inherited: u64,
}

impl AccountUse {
    /// An account that has not asked anything.
    #[must_use]
    pub fn of(account: &str) -> Self {
        Self {
            account: account.into(),
            requests: 0,
            denied: 0,
            nearest: None,
        }
    }

    /// How much is used of the limit that it is nearest to, in percent.
    pub(super) fn share(&self) -> u64 {
        self.nearest.as_ref().map_or(0, |(_, percent)| *percent)
    }

    /// Adds what another collector has heard of it. Which of the two was told later is not known.
    pub(super) fn join(&mut self, other: &Self) {
        let before = self
            .nearest
            .clone()
            .filter(|_| self.share() > other.share());
        self.add(other);
        self.nearest = before.or(self.nearest.take());
    }

    /// Adds what was counted elsewhere, later.
    pub fn add(&mut self, other: &Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.denied = self.denied.saturating_add(other.denied);
        if other.nearest.is_some() {
            self.nearest.clone_from(&other.nearest);
        }
    }
}

impl Top {
    /// An empty list of so many places.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            places: Vec::new(),
        }
    }

    /// Where an account is counted, ranked by `weight`; `None` if the list has no places.
    pub fn place(
        &mut self,
        account: &str,
        weight: fn(&AccountUse) -> u64,
    ) -> Option<&mut AccountUse> {
        let known = self.places.iter();
        let mut at = known.clone().position(|it| *it.who.account == *account);
        if at.is_none() {
            let rank = |it: &Place| weight(&it.who).saturating_add(it.inherited);
            let mut inherited = 0;
            if self.places.len() >= self.most {
                let (least, place) = known.enumerate().min_by_key(|(_, it)| rank(it))?;
                inherited = rank(place);
                self.places.swap_remove(least);
            }
            at = Some(self.places.len());
            self.places.push(Place {
                who: AccountUse::of(account),
                inherited,
            });
        }
        self.places.get_mut(at?).map(|it| &mut it.who)
    }

    /// All in it, those with most requests first.
    pub(super) fn into_busiest_first(self) -> Vec<AccountUse> {
        let mut busiest: Vec<AccountUse> = Vec::new();
        for Place { who, .. } in self.places {
            let at = busiest.partition_point(|known| known.requests >= who.requests);
            busiest.insert(at, who);
        }
        busiest
    }

    /// All in it, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &AccountUse> {
        self.places.iter().map(|it| &it.who)
    }
}
