//! A million made-up keys, e-mails or addresses, and very many values in one account: what they make the objects keep
//! is bounded, and whoever was there before keeps its own. `cargo test --test cardinality -- --nocapture` prints the
//! figures.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

mod support;

use headgate::bounds::{MAX_PARTITIONS, MAX_ROW_BYTES, MAX_SUBJECTS, SHARD_PAGES};
use headgate::identity::{HashKey, network, shard_of};
use headgate::limit::{Limit, Name};
use headgate::object::{Account, Ask, Page, Shard, SubjectId};
use headgate::time::{Millis, UnixMillis};
use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::slice::from_ref;
use std::sync::{Mutex, PoisonError};
use support::object::Object;
use support::rates::{Kind, of_part, rate};
use support::{START, ask, limit};

const MANY: u64 = 1_000_000;
/// Each is held against those that are kept, so that a million take a minute.
const VALUES: u64 = 100_000;
const SHARDS: u64 = 4;
const PLACES: u64 = SHARDS * MAX_SUBJECTS as u64;

/// What a flood may add to the resident memory of a process whose objects are four shards, in bytes.
const MOST_MEMORY: usize = 128 << 20;

/// The resident memory is that of the whole process: one flood at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Three at once, and another only after an hour: nobody is full again before the flood is over.
fn three() -> Vec<Limit> {
    vec![limit("some", 3, 3 * 3_600_000, 3)]
}

fn hash_key() -> HashKey {
    HashKey::new(&[b'k'; 32]).unwrap()
}

/// Resident memory of this process in bytes; 0 where the system does not tell.
fn resident() -> usize {
    let said = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = said.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0_usize) * 4_096
}

/// The shards of a deployment.
struct Deployment {
    shards: Vec<Object<Shard>>,
    admitted: u64,
    memory_before: usize,
}

impl Deployment {
    fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Object::new()).collect(),
            admitted: 0,
            memory_before: resident(),
        }
    }

    fn admits(&mut self, id: SubjectId, ask: &Ask, now: UnixMillis) -> bool {
        let shard = usize::try_from(shard_of(id, SHARDS)).unwrap();
        let admitted = self.shards[shard].admits(ask, now);
        self.admitted += u64::from(admitted);
        admitted
    }

    /// A request each millisecond, of a million subjects and of the networks that bring them.
    fn flood(&mut self, bring: impl Fn(u64) -> (SubjectId, Option<SubjectId>)) -> UnixMillis {
        let mut asked = ask(&three(), 1);
        for number in 0..MANY {
            let (id, brought_by) = bring(number);
            (asked.subject, asked.brought_by) = (Some(id), brought_by);
            self.admits(id, &asked, START.after(Millis(number)));
        }
        START.after(Millis(MANY))
    }

    fn subjects(&mut self) -> u64 {
        let lengths = self.shards.iter_mut().map(|shard| shard.machine().len());
        lengths.sum::<usize>().try_into().unwrap()
    }

    /// Prints what is kept, and holds it against the bounds; how many subjects there are.
    fn check(&mut self, what: &str) -> u64 {
        let added = resident().saturating_sub(self.memory_before);
        let subjects = self.subjects();
        let rows: Vec<usize> = self
            .shards
            .iter()
            .flat_map(|s| s.rows.values().map(Vec::len))
            .collect();
        let (largest, bytes) = (rows.iter().max().unwrap(), rows.iter().sum::<usize>());
        let written: u64 = self.shards.iter().map(|shard| shard.rows_written).sum();
        println!(
            "{MANY} {what}: {} admitted, {subjects} subjects in {SHARDS} shards, {} rows of {bytes} bytes, the largest {largest}, \
             written {written} times, {} KiB more resident",
            self.admitted,
            rows.len(),
            added / 1_024,
        );
        assert!(subjects <= PLACES + SHARDS);
        assert!(rows.len() <= usize::from(SHARD_PAGES) * self.shards.len());
        assert!(*largest < MAX_ROW_BYTES / 100);
        assert!(written <= self.admitted, "who is refused writes nothing");
        assert!(added < MOST_MEMORY);
        self.shards.iter_mut().for_each(Object::lose_memory);
        assert_eq!(self.subjects(), subjects, "and all of them outlive memory");
        subjects
    }
}

#[test]
fn a_million_keys_of_as_many_networks_fill_the_shards_and_then_share_a_budget_in_each() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (hash_key, mut deployment) = (hash_key(), Deployment::new());
    let key = |number: u64| hash_key.subject("key", &format!("tt_live_{number}"));
    let end = deployment.flood(|number| {
        let by = hash_key.subject("network", &number.to_string());
        (key(number), Some(by))
    });
    deployment.check("keys");
    assert!(
        deployment.admitted <= PLACES + 3 * SHARDS,
        "a budget is shared in each shard"
    );
    let mut first = ask(&three(), 1);
    first.subject = Some(key(0));
    let left = (0..9)
        .filter(|_| deployment.admits(key(0), &first, end))
        .count();
    assert_eq!(left, 2, "who was there before keeps its own");
}

#[test]
fn a_million_e_mails_that_one_network_brings_take_twenty_places_a_minute_in_each_shard() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (hash_key, mut deployment) = (hash_key(), Deployment::new());
    let (kind, by) = (
        Name::try_from("email").unwrap(),
        hash_key.subject("network", "192.0.2.1"),
    );
    let owner = |number: u64| hash_key.owner(&kind, &format!("user{number}@example.com"));
    deployment.flood(|number| (owner(number), Some(by)));
    let minutes = MANY.div_ceil(60_000);
    let subjects = deployment.check("e-mails");
    assert!(subjects <= SHARDS * (20 + 20 * minutes + 1));
}

#[test]
fn a_million_addresses_fill_the_shards_and_then_share_a_budget_in_each() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (hash_key, mut deployment) = (hash_key(), Deployment::new());
    let hashed = |network: &str| hash_key.subject("network", network);
    deployment.flood(|number| {
        // In turn an IPv4 address, and a /64 of one of ten /48s.
        let address = if number % 2 == 0 {
            Ipv4Addr::from(u32::try_from(number).unwrap()).to_string()
        } else {
            let bits = (0x2001_0db8 << 96)
                | (u128::from(number % 20) << 80)
                | (u128::from(number / 20) << 64);
            Ipv6Addr::from(bits).to_string()
        };
        let network = network(Some(&address));
        (hashed(&network.own), network.wider.as_deref().map(hashed))
    });
    deployment.check("addresses");
    assert!(deployment.admitted <= PLACES + 3 * SHARDS);
}

#[test]
fn a_hundred_thousand_values_of_one_account_take_a_bounded_row() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let event = rate(Kind::Fixed, "event", 10, 86_400_000);
    let (memory_before, mut object) = (resident(), Object::<Account>::new());
    // Twenty at a time, so that it is done in seconds.
    for first in (0..VALUES).step_by(20) {
        let parts: Vec<Limit> = (first..first + 20)
            .map(|part| of_part(&event, part))
            .collect();
        object.ask(&ask(&parts, 1), START);
    }
    let added = resident().saturating_sub(memory_before);
    let row = &object.rows[&0];
    let kept = Page::decode(row).unwrap().subjects[0].1.len();
    println!(
        "{VALUES} values: {kept} kept, a row of {} bytes, written {} times, {} KiB more resident",
        row.len(),
        object.rows_written,
        added / 1_024
    );
    assert_eq!(object.rows.len(), 1);
    assert!(kept <= MAX_PARTITIONS + 1 && row.len() < MAX_ROW_BYTES / 10);
    assert!(added < MOST_MEMORY);
    let first = of_part(&event, 0);
    let left = object.ask(&ask(from_ref(&first), 0), START).standings[0].remaining;
    assert_eq!(left, 9, "who was there before keeps its own");
}
