//! What one limit allows.

use super::count::{count, each, length, span};
use headgate::limit::{Algorithm, Concurrency, FixedWindow, Limit, Period, TokenBucket};
use headgate::policy::{Place, Selector, Spelling};
use headgate::time::Millis;

/// What is said of shadow limits besides.
pub(crate) const SHADOW: &str = "; shadow: denies nothing, what it would deny is counted";

/// What a limit allows to whom `scope` says, such as "per account". `one` is what it counts.
pub(crate) fn rule(limit: &Limit, one: &str, scope: &str) -> String {
    let (word, text) = match limit.algorithm {
        Algorithm::TokenBucket(rule) => ("token-bucket", bucket(rule, one, scope)),
        Algorithm::SlidingLog(rule) => {
            let (units, window) = (count(rule.per.units(), one), span(rule.per.window()));
            ("sliding-log", format!("{units} in any {window}, {scope}"))
        }
        Algorithm::SlidingWindow(rule) => {
            let (units, window) = (count(rule.per.units(), one), rule.per.window());
            let part = length(Millis(window.0.div_ceil(rule.parts.max(1))));
            let window = span(window);
            let late = format!("a refusal may last up to {part} longer than it had to");
            let text = format!("{units} in any {window}, {scope}; {late}");
            ("sliding-window", text)
        }
        Algorithm::FixedWindow(rule) => ("fixed-window", fixed(rule, one, scope)),
        Algorithm::AnchoredWindow(rule) => {
            let (units, window) = (rule.per.units(), span(rule.per.window()));
            let most = units.saturating_mul(2).saturating_sub(1);
            let units = count(units, one);
            let text = format!(
                "{units} within {window} from the first one on, {scope}; at most {most} in any {window}"
            );
            ("anchored-window", text)
        }
        Algorithm::Lifetime(rule) => {
            let (units, pause) = (count(rule.per.units(), one), length(rule.per.window()));
            let text =
                format!("{units} ever, {scope}; the count begins anew {pause} after the last");
            ("lifetime", text)
        }
        Algorithm::Concurrency(lane) => ("concurrency", in_flight(lane, scope)),
        Algorithm::Cap(cap) => {
            let amount = cap.amount;
            let text = format!(
                "at most {amount} settled and reserved by routes with this cap, {scope}; time gives nothing back"
            );
            ("cap", text)
        }
    };
    format!("{text} ({}: {word})", limit.name)
}

fn bucket(rule: TokenBucket, one: &str, scope: &str) -> String {
    let quota = rule.quota;
    let (burst, window) = (count(quota.burst(), one), quota.window());
    let most = quota.burst().saturating_add(quota.units());
    format!(
        "{burst} at once, refilled at {} per {}, {scope}; at most {most} in any {}",
        quota.units(),
        each(window),
        span(window),
    )
}

/// Two windows lie side by side, so that both can fall into one span of their length.
fn fixed(rule: FixedWindow, one: &str, scope: &str) -> String {
    let units = count(rule.units, one);
    let most = rule.units.saturating_mul(2);
    let (window, any) = match rule.period {
        Period::Month => (
            "month of the calendar (UTC)".to_owned(),
            "28 days".to_owned(),
        ),
        Period::Every(every) => {
            let kind = match every.0 {
                86_400_000 => "of the calendar (UTC)",
                1_000 | 60_000 | 3_600_000 => "of the clock (UTC)",
                _ => "of the clock, counted from 1970-01-01T00:00:00Z",
            };
            (format!("{} {kind}", each(every)), span(every))
        }
    };
    format!("{units} per {window}, {scope}; at most {most} in any {any}")
}

fn in_flight(lane: Concurrency, scope: &str) -> String {
    let slots = count(lane.slots(), "request");
    let patience = if lane.patience().is_zero() {
        "at once".to_owned()
    } else {
        format!("after {}", length(lane.patience()))
    };
    let seconds = lane.retry_after().0.div_ceil(1_000);
    format!(
        "{slots} in flight at a time on routes with this lane, {scope}; who finds all slots taken is refused {patience} with \
         Retry-After: {seconds}; a slot whose holder is lost stays taken for {}",
        length(lane.lease()),
    )
}

/// Where a value stands and which spellings of it are one.
pub(crate) fn selector(selector: &Selector) -> String {
    let name = &selector.name;
    let place = match selector.place {
        Place::Body => format!("body field {name:?}"),
        Place::Path => format!("path segment {{{name}}}"),
        Place::Header => format!("header {name}"),
        Place::Query => format!("query parameter {name:?}"),
    };
    match selector.spelling {
        Spelling::Exact => place,
        Spelling::Email => format!("{place} (whatever its case and the blanks round it)"),
        Spelling::Mailbox => {
            format!("{place} (whatever its case, the blanks round it and its +tag)")
        }
    }
}
