//! Policies in the making.

use crate::random::Random;
use serde_json::{Map, Value, json};

/// The shadow limit that counts requests in flight.
const SHADOW_LANE: &str = "shadow-lane";

/// How long a loan lasts at most, in ms.
const LOAN: u64 = 10_000;

pub(crate) const KINDS: [&str; 6] = [
    "token-bucket",
    "sliding-log",
    "sliding-window",
    "fixed-window",
    "anchored-window",
    "lifetime",
];

/// The shadow limits of a world. What they are is drawn apart, so that a world without them is the same as ever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShadowSeed(u64);

impl ShadowSeed {
    /// Those of a world that begins so, if it has some.
    pub(crate) fn random(of: &Random) -> Option<Self> {
        let mut random = Random(!of.0);
        random.one_in(3).then(|| Self(random.next()))
    }

    fn has_lane(self) -> bool {
        Random(self.0).one_in(2)
    }

    /// What they are by a policy. In most worlds they stay the same.
    fn limits(self, version: u64, lease: u64, longest: &mut u64) -> Vec<Value> {
        let mut random = Random(self.0);
        // The first that is drawn, as there.
        let has_lane = self.has_lane();
        random.one_in(2);
        let changes = random.one_in(3);
        let count = random.between(u64::from(!has_lane), 2);
        let kinds: Vec<&str> = (0..count).map(|_| *random.pick(&KINDS)).collect();
        let seed = random.next();
        let mut rules = Random(if changes { seed ^ version } else { seed });
        let mut draft = Draft {
            windows: &mut rules.clone(),
            random: &mut rules,
            longest,
            lease,
            lends: false,
            beside: None,
        };
        let mut limits = Vec::new();
        for (number, kind) in kinds.into_iter().enumerate() {
            let mut limit = draft.rate(kind);
            limit.insert("name".to_owned(), json!(format!("shadow-{number}")));
            limit.insert("shadow".to_owned(), json!(true));
            limits.push(Value::Object(limit));
        }
        if has_lane {
            let slots = rules.between(1, 6);
            let lease = format!("{lease}ms");
            limits.push(
                json!({ "name": SHADOW_LANE, "algorithm": "concurrency", "slots": slots,
                "lease": lease, "shadow": true }),
            );
        }
        limits
    }
}

/// A policy in the making.
pub(crate) struct Draft<'a> {
    pub(crate) random: &'a mut Random,
    /// What windows are drawn from.
    pub(crate) windows: &'a mut Random,
    pub(crate) longest: &'a mut u64,
    pub(crate) lease: u64,
    pub(crate) lends: bool,
    /// The shadow limits of accounts, if they have some.
    pub(crate) beside: Option<ShadowSeed>,
}

impl Draft<'_> {
    pub(crate) fn policy(
        &mut self,
        version: u64,
        kinds: &[&str],
        has_lane: bool,
        has_cap: bool,
    ) -> Value {
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
        if let Some(beside) = self.beside {
            limits.extend(beside.limits(version, self.lease, self.longest));
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
        let mut dear = json!({ "path": "/dear", "cost": cost });
        let part = json!({ "path": "/part/{id}", "limits": ["part"] });
        let slow = json!({ "path": "/slow", "lane": if has_lane { "lane" } else { SHADOW_LANE } });
        let has_shadow_lane = self.beside.is_some_and(ShadowSeed::has_lane);
        if has_lane && has_shadow_lane {
            dear["lane"] = json!(SHADOW_LANE);
        }
        let mut routes = vec![dear, part];
        if has_lane || has_shadow_lane {
            routes.push(slow);
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
