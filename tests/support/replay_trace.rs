//! Recorded traffic: a log in JSON, and what was sent.

use super::{Random, START, ask, lease};
use headgate::limit::{Kind, Limit, Partition};
use headgate::object::{Ask, SubjectId};
use headgate::policy::Policy;
use headgate::time::{Millis, UnixMillis};
use std::fmt::Write;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Open,
    Plain,
    Search,
    Job,
    Booking(u64),
}

/// Who sends it: an account of a tier, a key that its prefix tells, or somebody at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Standard(u64),
    Paid(u64),
    Key(u64),
    Address(u64),
}

#[derive(Clone, Copy, Debug)]
pub struct Sent {
    pub line: u64,
    pub at: UnixMillis,
    pub who: Who,
    pub target: Target,
    pub lasts: Millis,
}

impl Who {
    fn any(random: &mut Random) -> Self {
        // A few send most.
        let number = random.below(200) * random.below(200) / 200;
        match random.below(10) {
            0..=4 => Self::Standard(number),
            5..=7 => Self::Paid(number / 4),
            8 => Self::Key(number / 8),
            _ => Self::Address(number / 8),
        }
    }

    fn fields(self) -> String {
        match self {
            Self::Standard(n) => format!(r#""account":"s{n}","tier":"standard""#),
            Self::Paid(n) => format!(r#""account":"p{n}","tier":"paid""#),
            Self::Key(n) => format!(r#""key":"tt_{n}""#),
            Self::Address(n) => format!(r#""address":"192.0.2.{n}""#),
        }
    }

    fn tier(self) -> &'static str {
        match self {
            Self::Standard(_) => "standard",
            Self::Paid(_) => "paid",
            Self::Key(_) | Self::Address(_) => "anonymous",
        }
    }

    pub fn subject(self) -> Option<SubjectId> {
        let (kind, number) = match self {
            Self::Key(number) => (1, number),
            Self::Address(number) => (2, number),
            _ => return None,
        };
        let mut id = [kind; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        Some(SubjectId(id))
    }
}

impl Target {
    fn any(random: &mut Random) -> Self {
        match random.below(20) {
            0 => Self::Open,
            1..=2 => Self::Search,
            3..=8 => Self::Job,
            9..=12 => Self::Booking(random.below(2)),
            _ => Self::Plain,
        }
    }

    fn line(self) -> String {
        let (method, path) = match self {
            Self::Open => ("GET", "/health".to_owned()),
            Self::Plain => ("GET", "/events?page=2".to_owned()),
            Self::Search => ("GET", "/search?q=a".to_owned()),
            Self::Job => ("POST", "/jobs/".to_owned()),
            Self::Booking(event) => ("POST", format!("/events/{event}/book")),
        };
        format!(r#""method":"{method}","path":"{path}""#)
    }
}

/// A log, and what was sent.
pub fn trace(lines: u64) -> (String, Vec<Sent>) {
    let (mut random, mut now) = (Random(lines), START);
    let (mut log, mut all) = (String::new(), Vec::new());
    for line in 1..=lines {
        let pause = match random.below(1_000) {
            0 => 20_000,
            1..=600 => 0,
            _ => random.below(40),
        };
        now = now.after(Millis(pause));
        let sent = Sent {
            line,
            at: now,
            who: Who::any(&mut random),
            target: Target::any(&mut random),
            lasts: Millis(random.below(4_000)),
        };
        let (who, target) = (sent.who.fields(), sent.target.line());
        let (at, lasts) = (now.0, sent.lasts.0);
        let line = format!(r#"{{"time":{at},{who},{target},"status":200,"duration_ms":{lasts}}}"#);
        writeln!(log, "{line}").unwrap();
        all.push(sent);
    }
    (log, all)
}

impl Sent {
    /// What the owner of this request is asked: the policy of the tests is known here by heart.
    pub fn ask(&self, policy: &Policy) -> Ask {
        let tiers = &policy.tiers;
        let tier = tiers.iter().find(|it| it.name.as_str() == self.who.tier());
        let tier = tier.unwrap();
        let takes = |limit: &&Limit| match limit.algorithm.kind() {
            Kind::Lane => self.target == Target::Job,
            _ => true,
        };
        let mut limits: Vec<Limit> = tier.limits.iter().filter(takes).cloned().collect();
        let route = match self.target {
            Target::Search => Some(1),
            Target::Booking(_) => Some(3),
            _ => None,
        };
        let mut cost = 1;
        if let Some(route) = route.map(|at| &policy.routes[at]) {
            cost = route.cost;
            limits.extend(route.limits.iter().map(|it| it.limit.clone()));
        }
        if let Target::Booking(event) = self.target {
            let id = [u8::try_from(event + 1).unwrap(); 16];
            limits.last_mut().unwrap().partition = Some(Partition(id));
        }
        Ask {
            version: policy.version,
            lease: (self.target == Target::Job).then(|| lease(self.line)),
            tier: tier.name.clone(),
            subject: self.who.subject(),
            brought_by: self.who.subject(),
            ..ask(&limits, cost)
        }
    }
}
