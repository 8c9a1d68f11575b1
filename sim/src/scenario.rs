//! What a world is made of: policies, clients, and what may go wrong, all drawn from a seed.

use crate::client::Habit;
use crate::fault::Odds;
use crate::random::Random;
use headgate::policy::Policy;
use serde_json::{Map, Value, json};

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

/// How long a loan lasts at most, in ms.
const LOAN: u64 = 10_000;

const KINDS: [&str; 6] = [
    "token-bucket",
    "sliding-log",
    "sliding-window",
    "fixed-window",
    "anchored-window",
    "lifetime",
];

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

/// A policy in the making.
struct Draft<'a> {
    random: &'a mut Random,
    /// What windows are drawn from.
    windows: &'a mut Random,
    longest: &'a mut u64,
    lease: u64,
    lends: bool,
}

impl Draft<'_> {
    fn policy(&mut self, version: u64, kinds: &[&str], has_lane: bool, has_cap: bool) -> Value {
        let mut limits: Vec<Value> = Vec::new();
        for (number, kind) in kinds.iter().enumerate() {
            let mut limit = self.rate(kind);
            limit.insert("name".to_owned(), json!(format!("rate-{number}")));
            limits.push(Value::Object(limit));
        }
        let prefix_limits = limits.clone();
        if has_lane {
            let most = *self.random.pick(&[3, 12]);
            let slots = self.random.between(1, most);
            let patience = *self.random.pick(&[0, 250, 900]);
            limits.push(
                json!({ "name": "lane", "algorithm": "concurrency", "slots": slots,
                "lease": format!("{}ms", self.lease), "patience": format!("{patience}ms") }),
            );
        }
        if has_cap {
            let amount = self.random.between(1, 200);
            limits.push(json!({ "name": "cap", "algorithm": "cap", "amount": amount }));
        }
        let kind = *self.random.pick(&KINDS);
        let mut part = self.rate(kind);
        if kind == "sliding-log" {
            part["units"] = json!(part["units"].as_u64().map(|units| units.min(100)));
        }
        part.insert("per".to_owned(), json!("path:id"));
        let timeout = *self.random.pick(&[1_000, 5_000]);
        let instead = *self.random.pick(&["deny", "local"]);
        let share = self.random.between(1, 100);
        let repeats = *self.random.pick(&["0ms", "400ms", "5s"]);
        json!({
            "version": version,
            "strangers": "deny",
            "keys": { "directory": true, "prefixes": { "pk_": "prefix" } },
            "tiers": { "paid": { "limits": limits }, "prefix": { "limits": prefix_limits } },
            "limits": { "part": part },
            "routes": self.routes(has_lane, has_cap),
            "deny_cache": repeats,
            "decision_timeout": format!("{timeout}ms"),
            "on_unavailable": instead,
            "local_share": share,
        })
    }

    fn routes(&mut self, has_lane: bool, has_cap: bool) -> Value {
        let cost = self.random.between(0, 4);
        let mut routes = vec![
            json!({ "path": "/dear", "cost": cost }),
            json!({ "path": "/part/{id}", "limits": ["part"] }),
        ];
        if has_lane {
            routes.push(json!({ "path": "/slow", "lane": "lane" }));
        }
        if has_cap {
            let settle = |amount: i64| json!({ "on": "2xx", "amount": amount });
            let reserve = |amount: u64, settled| json!([{ "cap": "cap", "reserve": amount, "settle": settle(settled) }]);
            let lane = if has_lane { json!("lane") } else { Value::Null };
            let mut take = json!({ "path": "/take", "caps": reserve(2, 2) });
            if has_lane && self.random.one_in(2) {
                take["lane"] = lane;
            }
            routes.push(take);
            routes.push(json!({ "path": "/give", "caps": reserve(0, -1) }));
        }
        Value::Array(routes)
    }

    /// A rate at which random clients meet its edges.
    fn rate(&mut self, kind: &str) -> Map<String, Value> {
        let random = &mut *self.random;
        let bits = random.between(0, 10);
        let mut units = 1 + random.below(1 << bits);
        let windows = &mut *self.windows;
        let mut window = match windows.below(6) {
            0 => 1 + windows.below(1_000),
            1 => windows.between(1_000, 10_000),
            2 => windows.between(60_000, 600_000),
            _ => windows.between(1_000, 60_000),
        };
        let lends = self.lends && kind != "lifetime";
        if lends {
            (units, window) = (units + 99, window.max(1_000));
        }
        *self.longest = (*self.longest).max(2 * window + LOAN);
        let mut limit = Map::new();
        let mut set = |key: &str, value: Value| limit.insert(key.to_owned(), value);
        set("algorithm", json!(kind));
        set("units", json!(units));
        match kind {
            "lifetime" => set("forget_after", json!(format!("{window}ms"))),
            "fixed-window" if windows.one_in(16) => {
                *self.longest = (*self.longest).max(32 * 86_400_000);
                set("window", json!("month"))
            }
            _ => set("window", json!(format!("{window}ms"))),
        };
        if kind == "token-bucket" && random.one_in(2) {
            let burst = if lends { 100 } else { 1 } + random.below(2 * units);
            set("burst", json!(burst));
            let refill = burst * window / units + 1;
            *self.longest = (*self.longest).max(refill);
        }
        if kind == "sliding-window" {
            set("parts", json!(1 + windows.below(window.min(20))));
        }
        if lends {
            let lend = random.between(100, LOAN.min(window / 10));
            set("lend", json!(format!("{lend}ms")));
        }
        limit
    }
}
