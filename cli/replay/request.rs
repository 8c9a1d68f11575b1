//! A request, as a line of a log tells it.

use super::columns::{Columns, Part};
use super::row::Row;
use super::skipped::Skip;
use super::when;
use headgate::policy::{Place, Selector};
use headgate::time::{Millis, UnixMillis};
use headgate::wire::Target;
use std::borrow::Cow;

/// What a log tells of a request.
#[derive(Debug)]
pub(crate) struct Request<'r> {
    /// When it came.
    pub(crate) at: UnixMillis,
    /// When it ended, if it is that which the log tells.
    pub(crate) ended: Option<UnixMillis>,
    pub(crate) method: Cow<'r, str>,
    /// As it was sent, without the query.
    pub(crate) path: Cow<'r, str>,
    pub(crate) query: Cow<'r, str>,
    pub(crate) status: Option<u64>,
    /// How long the exchange took.
    pub(crate) duration: Option<Millis>,
    pub(crate) address: Option<Cow<'r, str>>,
    pub(crate) account: Option<Cow<'r, str>>,
    pub(crate) tier: Option<Cow<'r, str>>,
    pub(crate) key: Option<Cow<'r, str>>,
    /// What selectors may look at besides, and its value.
    values: Vec<(Place, &'r str, Cow<'r, str>)>,
}

/// Longest exchange that is believed, in milliseconds: a day.
const MOST_DURATION: u64 = 86_400_000;

impl<'r> Request<'r> {
    /// Reads a line.
    ///
    /// # Errors
    ///
    /// What of it is not right.
    pub(crate) fn read(row: &'r Row<'r>, columns: &'r Columns) -> Result<Self, Skip> {
        let part = |part| columns.of(part).iter().find_map(|place| row.at(place));
        let duration = duration(part(Part::Duration), columns.micros)?;
        let ended = if columns.of(Part::Ended).is_empty() {
            None
        } else {
            Some(time(part(Part::Ended).as_deref())?)
        };
        let at = match ended {
            Some(ended) => UnixMillis(ended.since(UnixMillis(duration.unwrap_or_default().0)).0),
            None => time(part(Part::Time).as_deref())?,
        };
        let (method, target) = match (part(Part::Method), part(Part::Path)) {
            (Some(method), Some(path)) => (method, path),
            _ => request_line(part(Part::Request))?,
        };
        let is_method = method
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !is_method {
            return Err(Skip::shown("method", Some(&method), "letters, such as GET"));
        }
        let (path, query) =
            cut(&target).ok_or_else(|| Skip::new("path", "something else", PATH))?;
        let mut values = Vec::new();
        for (place, name, at) in &columns.values {
            if let Some(value) = row.raw(at) {
                values.push((*place, name.as_str(), value));
            }
        }
        Ok(Self {
            at,
            ended,
            method,
            path: Cow::Owned(path),
            query: Cow::Owned(query),
            status: status(part(Part::Status))?,
            duration,
            address: part(Part::Address),
            account: part(Part::Account),
            tier: part(Part::Tier),
            key: part(Part::Key),
            values,
        })
    }

    /// Whether the log tells what a selector looks at.
    pub(crate) fn tells(&self, selector: &Selector) -> bool {
        match selector.place {
            Place::Path | Place::Query => true,
            place => {
                let name = &selector.name;
                let is_it = |known: &str| match place {
                    Place::Header => known.eq_ignore_ascii_case(name),
                    _ => known == name,
                };
                self.values
                    .iter()
                    .any(|(other, known, _)| *other == place && is_it(known))
            }
        }
    }

    /// The headers that it tells.
    pub(crate) fn headers(&self) -> Vec<(String, String)> {
        let mut headers: Vec<(String, String)> = Vec::new();
        for (place, name, value) in &self.values {
            let is_new = headers
                .iter()
                .all(|(known, _)| !known.eq_ignore_ascii_case(name));
            if *place == Place::Header && is_new && !value.is_empty() && value != "-" {
                headers.push(((*name).to_owned(), value.clone().into_owned()));
            }
        }
        headers
    }

    /// The body that it tells, an object in JSON; `None` if it tells nothing of it.
    pub(crate) fn body(&self) -> Option<String> {
        let members = self.values.iter().filter_map(|(place, name, value)| {
            let is_there = *place == Place::Body && !value.is_empty() && value != "-";
            is_there.then(|| ((*name).to_owned(), value.as_ref().into()))
        });
        let members: serde_json::Map<_, _> = members.collect();
        (!members.is_empty()).then(|| serde_json::Value::Object(members).to_string())
    }
}

const PATH: &str = "a path that begins with a slash, or an absolute URL";
const LINE: &str = "METHOD PATH VERSION";

fn request_line(line: Option<Cow<'_, str>>) -> Result<(Cow<'_, str>, Cow<'_, str>), Skip> {
    // Not what stands there: a path may hold a key.
    let line = line.ok_or_else(|| Skip::new("request", "nothing", LINE))?;
    let mut words = line.split(' ');
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Err(Skip::new("request", "something else", LINE));
    };
    Ok((Cow::Owned(method.to_owned()), Cow::Owned(path.to_owned())))
}

/// Path and query of a target in either form.
fn cut(target: &str) -> Option<(String, String)> {
    if let Some(url) = Target::parse(target) {
        let path = if url.path.is_empty() { "/" } else { url.path };
        return Some((path.to_owned(), url.query.to_owned()));
    }
    let target = target.split('#').next().unwrap_or_default();
    let (path, query) = target
        .find('?')
        .map_or((target, ""), |at| target.split_at(at));
    path.starts_with('/')
        .then(|| (path.to_owned(), query.to_owned()))
}

fn time(text: Option<&str>) -> Result<UnixMillis, Skip> {
    let time = text.and_then(when::read);
    time.ok_or_else(|| Skip::shown("time", text, when::ALLOWED))
}

fn status(text: Option<Cow<'_, str>>) -> Result<Option<u64>, Skip> {
    let Some(text) = text else { return Ok(None) };
    // Some servers write 0, or 000, where nothing was answered.
    let status = text.parse().ok().filter(|status| *status < 1_000_u64);
    match status {
        Some(status) => Ok(Some(status)),
        None => Err(Skip::shown(
            "status",
            Some(&text),
            "a number of three digits",
        )),
    }
}

fn duration(text: Option<Cow<'_, str>>, micros: u64) -> Result<Option<Millis>, Skip> {
    let Some(text) = text else { return Ok(None) };
    let allowed = "a number, not below zero, and no longer than a day";
    let fail = || Skip::shown("duration", Some(&text), allowed);
    let units = millionths(&text).ok_or_else(fail)?;
    let us = u128::from(micros).checked_mul(units).ok_or_else(fail)?;
    let ms = u64::try_from(us / 1_000_000_000).map_err(|_| fail())?;
    if ms > MOST_DURATION {
        return Err(fail());
    }
    Ok(Some(Millis(ms)))
}

/// A decimal number in millionths.
fn millionths(text: &str) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let padded: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let whole: u128 = whole.parse().ok().filter(|_| plain(whole))?;
    let fraction: u128 = padded.parse().ok().filter(|_| plain(fraction))?;
    whole.checked_mul(1_000_000)?.checked_add(fraction)
}
