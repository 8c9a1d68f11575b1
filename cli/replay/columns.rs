//! What stands where in the lines of a log.

use super::access_log;
use super::format::Format;
use super::row::Place;
use headgate::policy;

/// Where each part of a request stands, the first that is there holds.
#[derive(Debug)]
pub(crate) struct Columns {
    places: [Vec<Place>; WHAT.len()],
    /// Parts that selectors may look at.
    pub(crate) values: Vec<(policy::Place, String, Place)>,
    /// Microseconds of one unit of a duration.
    pub(crate) micros: u64,
}

/// A part of a request, as its place in [`WHAT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Time,
    Ended,
    Request,
    Method,
    Path,
    Status,
    Duration,
    Address,
    Account,
    Tier,
    Key,
}

/// What each part is called, and the names of the fields that are looked at if nothing else is said.
const WHAT: [(&str, Part, &[&str]); 11] = [
    (
        "time",
        Part::Time,
        &["time", "timestamp", "ts", "@timestamp"],
    ),
    ("ended", Part::Ended, &[]),
    ("request", Part::Request, &["request"]),
    ("method", Part::Method, &["method", "request_method"]),
    ("path", Part::Path, &["path", "uri", "url", "request_uri"]),
    ("status", Part::Status, &["status", "status_code"]),
    ("duration", Part::Duration, &["duration_ms"]),
    (
        "address",
        Part::Address,
        &["address", "ip", "client_ip", "remote_addr", "remote_ip"],
    ),
    ("account", Part::Account, &["account", "user"]),
    ("tier", Part::Tier, &["tier"]),
    ("key", Part::Key, &["key", "api_key"]),
];

impl Columns {
    /// The columns of a log: `names` are those of its cells, `given` what was said of them.
    ///
    /// # Errors
    ///
    /// What was said names no part of a request or no column, or nothing says when a request came or what it was.
    pub(crate) fn new(
        format: Format,
        names: &[String],
        given: &[(String, String)],
    ) -> Result<Self, String> {
        let mut columns = Self {
            places: [const { Vec::new() }; WHAT.len()],
            values: Vec::new(),
            micros: 1_000,
        };
        for ((what, _, usual), places) in WHAT.iter().zip(&mut columns.places) {
            let is_said =
                |(word, _): &(String, String)| word == what || word == "ended" && *what == "time";
            if given.iter().any(is_said) {
                continue;
            }
            // A column that was said to be something else is not this, too.
            let is_free = |name: &&&str| given.iter().all(|(_, other)| other != *name);
            let usual = usual.iter().filter(is_free);
            places.extend(usual.filter_map(|name| place(format, names, name)));
        }
        for (what, name) in given {
            columns.set(format, names, what, name)?;
        }
        if format == Format::Access {
            for (header, at) in [("Referer", 7), ("User-Agent", 8)] {
                let place = Place::Cell(at);
                let value = (policy::Place::Header, header.to_owned(), place);
                columns.values.push(value);
            }
        }
        let is_there = |part| !columns.of(part).is_empty();
        if !(is_there(Part::Time) || is_there(Part::Ended)) {
            return Err(missing("time", "time=NAME", names));
        }
        if !(is_there(Part::Request) || is_there(Part::Method) && is_there(Part::Path)) {
            let allowed = "method=NAME and --field path=NAME, or request=NAME";
            return Err(missing("method and path", allowed, names));
        }
        Ok(columns)
    }

    /// Where a part stands.
    pub(crate) fn of(&self, part: Part) -> &[Place] {
        let mut all = WHAT.iter().zip(&self.places);
        let found = all.find(|((_, other, _), _)| *other == part);
        found.map_or(&[], |(_, places)| places)
    }

    fn set(
        &mut self,
        format: Format,
        names: &[String],
        what: &str,
        name: &str,
    ) -> Result<(), String> {
        let mut name = name;
        if what == "duration"
            && let Some((before, unit)) = name.rsplit_once(':')
        {
            self.micros = match unit {
                "s" => 1_000_000,
                "ms" => 1_000,
                "us" => 1,
                _ => {
                    return Err(format!(
                        "--field duration: found :{unit}, allowed: :s, :ms or :us"
                    ));
                }
            };
            name = before;
        }
        let place = || {
            place(format, names, name).ok_or_else(|| {
                let names = listed(names);
                format!("--field {what}: found {name:?}, allowed: - or one of the columns {names}")
            })
        };
        let selected = [
            ("header:", policy::Place::Header),
            ("body:", policy::Place::Body),
        ];
        for (prefix, part) in selected {
            if let Some(called) = what.strip_prefix(prefix).filter(|it| !it.is_empty()) {
                self.values.push((part, called.to_owned(), place()?));
                return Ok(());
            }
        }
        let mut all = WHAT.iter().zip(&mut self.places);
        let Some((_, places)) = all.find(|((word, ..), _)| *word == what) else {
            let words: Vec<&str> = WHAT.iter().map(|(word, ..)| *word).collect();
            let words = words.join(", ");
            return Err(format!(
                "--field: found {what:?}, allowed: {words}, header:NAME or body:NAME"
            ));
        };
        if name != "-" {
            places.push(place()?);
        }
        Ok(())
    }
}

fn place(format: Format, names: &[String], name: &str) -> Option<Place> {
    match format {
        Format::Json => Some(Place::Field(name.to_owned())),
        Format::Csv => names.iter().position(|it| it == name).map(Place::Cell),
        Format::Access => {
            let known = access_log::NAMES.iter().position(|it| *it == name);
            let further = || name.parse::<usize>().ok().filter(|number| *number >= 10);
            let at = known.or_else(|| further().map(|number| number.saturating_sub(1)))?;
            Some(Place::Cell(at))
        }
    }
}

fn missing(what: &str, allowed: &str, names: &[String]) -> String {
    let names = listed(names);
    format!("the log has no {what}: found the columns {names}; say where with --field {allowed}")
}

/// Most characters of names that are shown.
const SHOWN: usize = 300;

/// Names as they may be shown on a terminal.
fn listed(names: &[String]) -> String {
    let names = names.iter().map(|name| format!("{name:?}"));
    let all = names.collect::<Vec<_>>().join(", ");
    all.chars().take(SHOWN).collect()
}
