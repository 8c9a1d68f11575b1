//! What clients are told about decisions that the machine really makes.

use super::object::Object;
use super::{START, ask};
use headgate::limit::Limit;
use headgate::object::Account;
use headgate::policy::Policy;
use headgate::subject::{Decision, Outcome};
use headgate::wire::{Denial, limit_headers};
use serde_json::Value;

pub const TICKSUPPLY: &str = include_str!("../../policies/ticksupply.json");
pub const DEFAULT: &str = include_str!("../../policies/default.json");

/// Seconds of [`START`].
pub const NOW: u64 = START.0 / 1_000;

pub fn policy(text: &str) -> Policy {
    Policy::parse(text).unwrap()
}

/// The default policy with a dialect of its own.
pub fn speaking(dialect: &Value) -> String {
    let mut document: Value = serde_json::from_str(DEFAULT).unwrap();
    document["dialect"] = dialect.clone();
    document.to_string()
}

pub fn lines(headers: &[(String, String)]) -> Vec<String> {
    headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect()
}

/// The decision about the last of some costs, all asked at once.
pub fn decided(limits: &[Limit], costs: &[u64]) -> Decision {
    let mut object = Object::<Account>::new();
    let mut decide = |cost: &u64| object.ask(&ask(limits, *cost), START);
    costs.iter().map(&mut decide).last().unwrap()
}

/// The limit headers of an answer that was passed on.
pub fn told(policy: &str, limits: &[Limit], costs: &[u64]) -> Vec<String> {
    let dialect = self::policy(policy).dialect;
    lines(&limit_headers(&dialect, &decided(limits, costs)))
}

/// The whole of a denial: status, headers, body.
pub fn denied(policy: &str, limits: &[Limit], costs: &[u64]) -> (u16, Vec<String>, String) {
    let decision = decided(limits, costs);
    assert_ne!(decision.outcome, Outcome::Admitted);
    let denial = Denial::of_decision(&self::policy(policy), &decision, "r-1");
    (denial.status, lines(&denial.headers), denial.body)
}
