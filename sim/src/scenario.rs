//! What a world is made of: policies, clients, and what may go wrong, all drawn from a seed.

use crate::client::Habit;
use crate::draft::{Draft, KINDS, ShadowSeed};
use crate::fault::Odds;
use crate::random::Random;
use headgate::policy::Policy;

/// A world before anything has happened in it.
#[derive(Debug)]
pub struct Scenario {
    /// The policies that are put one after the other.
    pub policies: Vec<Policy>,
    /// How many accounts there are.
    pub accounts: usize,
    /// How many isolates run the gate.
    pub isolates: usize,
    /// The clients.
    pub clients: Vec<Client>,
    /// What may go wrong.
    pub odds: Odds,
    /// How long a lease lasts at least, in ms; all clocks must keep within a part of it.
    pub shortest_lease: u64,
    /// Whether there are any leases.
    pub has_lane: bool,
    /// Whether units are lent to isolates.
    pub lends: bool,
    /// Whether accounts have shadow limits.
    pub has_shadows: bool,
    /// After how long without a request nothing is used any more, in ms.
    pub longest: u64,
    /// How long the origin takes at most, in ms, if it does not stall.
    pub service: u64,
}

/// A client before it has asked for anything.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// Whose key it has.
    pub owner: Owner,
    /// How it asks.
    pub habit: Habit,
    /// The path that it mostly asks for.
    pub path: &'static str,
}

/// Whose key a client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// That account's.
    Account(usize),
    /// A key that only its beginning tells.
    Prefix(u64),
    /// Any of so many such keys.
    Crowd(u64),
}

/// What clients ask for. The last two take of a cap and give back to it.
pub const PATHS: [&str; 6] = ["/plain", "/dear", "/slow", "/part", "/take", "/give"];

impl Scenario {
    /// The world of a seed.
    ///
    /// # Panics
    ///
    /// If the gate does not read a policy that it should.
    #[must_use]
    pub fn random(random: &mut Random) -> Self {
        let most = *random.pick(&[3_000, 20_000]);
        let lease = random.between(2_000, most);
        let has_lane = !random.one_in(3);
        let has_cap = random.one_in(3);
        let fewest = u64::from(!has_lane);
        let lends = random.one_in(3);
        // What counts for ever lends nothing.
        let known = if lends { &KINDS[..5] } else { &KINDS[..] };
        let kinds: Vec<&str> = (0..*random.pick(&[fewest, 1, 2, 3]))
            .map(|_| *random.pick(known))
            .collect();
        let (mut policies, mut longest) = (Vec::new(), 0);
        let count = random.between(1, 4);
        let windows = random.next();
        let beside = (!lends).then(|| ShadowSeed::random(random)).flatten();
        for version in 1..=count {
            // What changes from one to the next is often its units alone.
            let mut windows = Random(if random.one_in(2) {
                windows
            } else {
                random.next()
            });
            let mut draft = Draft {
                random,
                windows: &mut windows,
                longest: &mut longest,
                lease,
                lends,
                beside,
            };
            let text = draft.policy(version, &kinds, has_lane, has_cap).to_string();
            let policy = Policy::parse(&text);
            policies.push(policy.unwrap_or_else(|error| panic!("{error}: {text}")));
        }
        let is_crowded = has_lane && kinds.is_empty();
        let accounts = if is_crowded { 1 } else { random.between(1, 3) };
        let clients = (0..random.between(1, 7))
            .map(|_| {
                if is_crowded {
                    crowding(random)
                } else {
                    client(random, accounts, has_lane, has_cap)
                }
            })
            .collect();
        Self {
            policies,
            accounts: usize::try_from(accounts).unwrap_or(1),
            isolates: usize::try_from(random.between(1, 3)).unwrap_or(1),
            clients,
            odds: Odds::random(random, if is_crowded { 2_000 } else { u64::MAX }),
            shortest_lease: lease,
            has_lane,
            lends,
            has_shadows: beside.is_some(),
            longest,
            service: *random.pick(&[5, 200, 3_000, 9_000, lease]),
        }
    }
}

/// A client that keeps a lane full, where nothing else limits it.
fn crowding(random: &mut Random) -> Client {
    Client {
        owner: Owner::Account(0),
        habit: Habit::Closed {
            workers: random.between(4, 14),
        },
        path: "/slow",
    }
}

fn client(random: &mut Random, accounts: u64, has_lane: bool, has_cap: bool) -> Client {
    let owner = if random.one_in(4) {
        let key = random.below(30);
        *random.pick(&[Owner::Prefix(key), Owner::Crowd(60)])
    } else {
        Owner::Account(usize::try_from(random.below(accounts)).unwrap_or(0))
    };
    Client {
        owner,
        habit: Habit::random(random),
        path: match random.below(4) {
            0 | 1 if has_lane => "/slow",
            2 if has_cap => "/take",
            _ => random.pick::<&str>(&PATHS),
        },
    }
}
