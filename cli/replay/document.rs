//! The report as JSON.

use super::report::{ByPolicy, Report};
use super::tally::{By, Client, Denials};
use headgate::limit::Name;
use serde_json::{Value, json};

/// The whole report. Instants are milliseconds since 1970.
pub(crate) fn document(report: &Report) -> String {
    let tally = &report.tally;
    let policy = |(file, version): &(String, u64)| json!({"file": file, "version": version});
    let by = tally.by.iter().map(|(By { reason, limit }, denials)| {
        let limit = limit.as_ref().map(Name::as_str);
        let mut value = json!({"reason": reason, "limit": limit});
        add(&mut value, denials);
        value
    });
    let (denied, all) = tally.clients();
    let clients = denied.iter().map(|(who, Client { requests, denials })| {
        let mut value = json!({"client": who, "requests": requests});
        add(&mut value, denials);
        value
    });
    let mut sums = json!({"requests": tally.requests, "uncharged": tally.uncharged});
    add(&mut sums, &tally.denials);
    let value = json!({
        "policy": policy(&report.policy),
        "current": report.current.as_ref().map(policy),
        "log": {
            "file": report.log,
            "format": report.format.name(),
            "lines": report.lines,
            "first": tally.span.map(|(first, _)| first.0),
            "last": tally.span.map(|(_, last)| last.0),
        },
        "total": sums,
        "by_limit": by.collect::<Vec<_>>(),
        "clients": {"seen": all, "denied": clients.collect::<Vec<_>>()},
        "intervals": intervals(report),
        "skipped": skipped(report),
        "backward": {
            "lines": report.backward.lines,
            "most_ms": report.backward.most.0,
            "first_line": Some(report.backward.first).filter(|_| report.backward.lines > 0),
        },
        "left_out": by_policy(&report.left_out),
        "would_deny": by_policy(&report.would_deny),
    });
    format!("{value:#}")
}

fn add(value: &mut Value, denials: &Denials) {
    let more = json!({
        "denied_new": denials.new,
        "denied_current": denials.current,
        "denied_new_alone": denials.new_alone,
        "denied_current_alone": denials.current_alone,
        "first_denied": denials.span.map(|(first, _)| first.0),
        "last_denied": denials.span.map(|(_, last)| last.0),
    });
    if let (Value::Object(value), Value::Object(more)) = (value, more) {
        value.extend(more);
    }
}

fn intervals(report: &Report) -> Value {
    let intervals = &report.tally.intervals;
    let each = intervals.sums.iter().enumerate().map(|(at, sums)| {
        json!({
            "start": intervals.start(at).0,
            "requests": sums.requests,
            "denied_new": sums.new,
            "denied_current": sums.current,
        })
    });
    json!({"length_ms": intervals.length, "each": each.collect::<Vec<_>>()})
}

fn skipped(report: &Report) -> Value {
    let causes = report.skipped.causes.iter().map(|(what, cause)| {
        let first = cause.first.iter().map(
            |(line, found, allowed)| json!({"line": line, "found": found, "allowed": allowed}),
        );
        json!({"what": what, "lines": cause.count, "first": first.collect::<Vec<_>>()})
    });
    json!({"lines": report.skipped.count(), "causes": causes.collect::<Vec<_>>()})
}

fn by_policy(counts: &ByPolicy) -> Vec<Value> {
    let each = counts.iter().map(|((policy, limit), requests)| {
        json!({"policy": policy, "limit": limit.as_str(), "requests": requests})
    });
    each.collect()
}
