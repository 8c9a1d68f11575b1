//! What was counted, for whoever asks, as JSON or CSV.

use super::series::{DayUse, Use};
use super::{HOUR, MINUTE, Series, Usage};
use crate::account::{Content, Day, Reply, Span, counts, list, object, quoted};
use crate::bounds::KEPT_DAYS;
use crate::subject::Denied;
use crate::time::UnixMillis;

impl Usage {
    /// The minutes and hours in which anything was counted. Instants are milliseconds since the Unix epoch.
    #[must_use]
    pub fn history(&mut self, now: UnixMillis) -> Reply {
        let series = self.kept(now);
        Reply::ok(object(&[
            ("now", now.0.to_string()),
            ("minutes", uses(&series.minutes, MINUTE)),
            ("hours", uses(&series.hours, HOUR)),
        ]))
    }

    /// Every day of a span that is kept and has begun, also those in which nothing was counted.
    #[must_use]
    pub fn report(&mut self, span: &Span, now: UnixMillis) -> Reply {
        let days = self.kept(now).in_span(span, now);
        if span.csv {
            return Reply {
                content: Content::Csv,
                ..Reply::ok(csv(&days))
            };
        }
        let of = |day: Option<&DayUse>| quoted(day.map(|it| Day(it.at).to_string()).as_deref());
        Reply::ok(object(&[
            ("from", of(days.first())),
            ("to", of(days.last())),
            ("days", list(days.iter().map(json))),
        ]))
    }
}

impl Series {
    /// All that is kept, as JSON.
    #[must_use]
    pub(crate) fn as_json(&self) -> String {
        object(&[
            ("minutes", uses(&self.minutes, MINUTE)),
            ("hours", uses(&self.hours, HOUR)),
            ("days", list(self.days.iter().map(json))),
        ])
    }

    fn in_span(&self, span: &Span, now: UnixMillis) -> Vec<DayUse> {
        let today = Day::of(now).0;
        let first = today.saturating_add(1).saturating_sub(KEPT_DAYS);
        let from = span.from.map_or(first, |day| day.0.max(first));
        let to = span.to.map_or(today, |day| day.0.min(today));
        let on = |at| {
            let counted = self.days.iter().find(|day| day.at == at);
            counted.cloned().unwrap_or_else(|| DayUse::empty(Day(at)))
        };
        (from..=to).map(on).collect()
    }
}

/// Minutes or hours, by the instants at which they begin.
fn uses(uses: &[Use], length: u64) -> String {
    let one = |it: &Use| {
        counts(&[
            ("at", it.at.saturating_mul(length)),
            ("admitted", it.counts.admitted),
            ("denied", it.counts.denied),
            ("units", it.counts.units),
        ])
    };
    list(uses.iter().map(one))
}

fn json(day: &DayUse) -> String {
    let limits = day.limits.iter();
    let limits: Vec<(&str, u64)> = limits.map(|(it, count)| (it.as_str(), *count)).collect();
    object(&[
        ("day", quoted(Some(&Day(day.at).to_string()))),
        ("admitted", day.counts.admitted.to_string()),
        ("units", day.counts.units.to_string()),
        ("denied", counts(&reasons(day))),
        ("denied_by", counts(&limits)),
    ])
}

/// What was refused, by each reason.
fn reasons(day: &DayUse) -> Vec<(&'static str, u64)> {
    let count = |denied: Denied| day.reasons.get(denied as usize).copied();
    let all = Denied::ALL.iter();
    all.map(|it| (it.name(), count(*it).unwrap_or_default()))
        .collect()
}

/// RFC 4180, with a line of names first. No value needs quotes.
fn csv(days: &[DayUse]) -> String {
    let mut text = String::from("day,admitted,units,denied");
    for denied in Denied::ALL {
        text.push(',');
        text.push_str(denied.name());
    }
    for day in days {
        text.push_str("\r\n");
        text.push_str(&Day(day.at).to_string());
        let mut numbers = vec![day.counts.admitted, day.counts.units, day.counts.denied];
        numbers.extend(reasons(day).into_iter().map(|(_, count)| count));
        for count in numbers {
            text.push(',');
            text.push_str(&count.to_string());
        }
    }
    text.push_str("\r\n");
    text
}
