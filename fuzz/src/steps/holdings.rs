//! The slots and amounts of the books.

use super::books::Books;
use headgate::lease::{Grant, LeaseId};
use headgate::object::Ask;
use headgate::time::{Millis, UnixMillis};

impl Books {
    pub(super) fn taken(&self, at: UnixMillis) -> u64 {
        let taken = self.leases.values().filter(|lease| lease.ends > at);
        u64::try_from(taken.count()).unwrap()
    }

    pub fn holds(&self, lease: LeaseId, at: UnixMillis) -> bool {
        let at = self.latest.max(at);
        let known = self.leases.get(&lease);
        known.is_some_and(|lease| lease.is_open && lease.ends > at)
    }

    pub fn incarnation(&self, lease: LeaseId) -> u64 {
        self.leases.get(&lease).map_or(1, |lease| lease.incarnation)
    }

    /// The exchange is over, whoever hears of it.
    pub fn end(&mut self, lease: LeaseId) {
        if let Some(lease) = self.leases.get_mut(&lease) {
            lease.is_open = false;
        }
    }

    /// The object has heard of it.
    pub fn released(&mut self, lease: LeaseId) {
        self.leases.remove(&lease);
    }

    /// The object gave a lease its full time again.
    pub fn renewed(&mut self, lease: LeaseId, clock: UnixMillis, grant: Option<Grant>) {
        let at = self.time(clock);
        self.renewed_elsewhere(lease, at, grant);
    }

    /// The same of one that cannot write.
    pub fn renewed_elsewhere(&mut self, lease: LeaseId, at: UnixMillis, grant: Option<Grant>) {
        let known = self.leases.get_mut(&lease).filter(|lease| lease.ends > at);
        assert!(!self.is_exact || known.is_some() == grant.is_some());
        if let (Some(known), Some(grant)) = (known, grant) {
            known.ends = at.after(grant.lasts);
            known.incarnation = grant.incarnation;
        }
    }

    pub fn reserve(&mut self, ask: &Ask, at: UnixMillis) {
        let (Some(most), Some(lease)) = (self.cap, ask.lease) else {
            return;
        };
        if let Some((_, amount)) = ask.terms.reserves.first() {
            let taken = self
                .reserved
                .values()
                .map(|(amount, _)| amount)
                .sum::<u64>();
            assert!(
                *amount == 0 || self.settled + taken + amount <= most,
                "the cap is exceeded"
            );
            self.reserved.insert(lease, (*amount, at));
        }
    }

    pub fn reserved_by(&self, request: LeaseId) -> i64 {
        let amount = self.reserved.get(&request).map_or(0, |(amount, _)| *amount);
        i64::try_from(amount).unwrap()
    }

    pub fn settle(&mut self, request: LeaseId, amount: i64) {
        if self.reserved.remove(&request).is_some() {
            self.settled = self.settled.saturating_add_signed(amount);
        }
    }

    pub fn reconcile(&mut self, settled: u64, older_than: Millis, at: UnixMillis) {
        self.settled = settled;
        let until = UnixMillis(at.0 - older_than.0);
        self.reserved.retain(|_, (_, at)| *at > until);
        // It may come before the first request that meets the cap.
        self.is_exact &= self.cap.is_some();
    }

    pub fn cap_says(&self, body: &str) {
        let said: serde_json::Value = serde_json::from_str(body).unwrap();
        let reserved = self
            .reserved
            .values()
            .map(|(amount, _)| amount)
            .sum::<u64>();
        assert_eq!(said["settled"], self.settled);
        assert_eq!(said["reserved"], reserved);
        assert_eq!(said["open"], self.reserved.len());
    }
}
