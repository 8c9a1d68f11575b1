//! What all collectors have heard together, as JSON.

use super::tally::Part;
use super::{AccountUse, MinuteUse, Summary, Tally};
use crate::account::{Reply, counts, list, object, quoted};
use crate::bounds::MAX_TOP_ACCOUNTS;
use crate::time::UnixMillis;

/// The sum over all collectors. Instants are milliseconds since the Unix epoch.
#[must_use]
pub fn overview(summaries: &[Summary], now: UnixMillis) -> Reply {
    let mut totals = Tally::default();
    let mut minutes: Vec<MinuteUse> = Vec::new();
    for summary in summaries {
        totals.add(&summary.totals);
        for it in &summary.minutes {
            let at = minutes.partition_point(|known| known.at < it.at);
            match minutes.get_mut(at).filter(|known| known.at == it.at) {
                Some(known) => known.add(it),
                None => minutes.insert(at, it.clone()),
            }
        }
    }
    Reply::ok(object(&[
        ("now", now.0.to_string()),
        ("totals", of_tally(&totals)),
        ("minutes", list(minutes.iter().map(minute))),
        ("accounts", list(accounts(summaries).iter().map(account))),
    ]))
}

/// Those who asked most, who were refused most and who are near to a limit, most requests first.
fn accounts(summaries: &[Summary]) -> Vec<AccountUse> {
    let mut sums: Vec<AccountUse> = Vec::new();
    for it in summaries.iter().flat_map(|summary| &summary.accounts) {
        match sums.iter_mut().find(|sum| sum.account == it.account) {
            Some(sum) => sum.join(it),
            None => sums.push(it.clone()),
        }
    }
    let by_share = first(&sums, AccountUse::share);
    let by_denials = first(&sums, |it| it.denied);
    let mut told = first(&sums, |it| it.requests);
    for it in by_denials.into_iter().chain(by_share) {
        if told.iter().all(|known| known.account != it.account) {
            told.push(it);
        }
    }
    told
}

/// Those of the highest rank, the highest first.
fn first(all: &[AccountUse], rank: fn(&AccountUse) -> u64) -> Vec<AccountUse> {
    let mut first: Vec<AccountUse> = Vec::new();
    for it in all {
        // A sort would be as much code as all of this.
        let at = first.partition_point(|known| rank(known) >= rank(it));
        if at < MAX_TOP_ACCOUNTS {
            first.insert(at, it.clone());
            first.truncate(MAX_TOP_ACCOUNTS);
        }
    }
    first
}

fn of_tally(tally: &Tally) -> String {
    object(&[
        ("admitted", tally.sum(Part::Admitted).to_string()),
        ("denied", counts(&tally.of(Part::Denied))),
        ("degraded", counts(&tally.of(Part::Degraded))),
        ("in_isolate", counts(&tally.of(Part::Here))),
    ])
}

fn minute(it: &MinuteUse) -> String {
    counts(&[
        ("at", it.at.saturating_mul(60_000)),
        ("admitted", it.admitted),
        ("denied", it.denied),
        ("degraded", it.degraded),
    ])
}

fn account(it: &AccountUse) -> String {
    let nearest = it.nearest.as_ref().map(|(limit, percent)| {
        object(&[
            ("limit", quoted(Some(limit.as_str()))),
            ("used_percent", percent.to_string()),
        ])
    });
    object(&[
        ("account", quoted(Some(&it.account))),
        ("requests", it.requests.to_string()),
        ("denied", it.denied.to_string()),
        ("nearest", nearest.unwrap_or_else(|| quoted(None))),
    ])
}
