//! A replay from the command line to its report.

use super::arguments::Arguments;
use super::chart::chart;
use super::clients::Clients;
use super::denials::DenialLines;
use super::document::document;
use super::files;
use super::judge::Judge;
use super::lines::Lines;
use super::order::Order;
use super::pairs::Pairs;
use super::progress::Progress;
use super::replay::{Reading, Replay};
use super::report::{Backward, Report};
use super::skipped::Skipped;
use super::table::table;
use super::tally::Tally;
use headgate::identity::{HashKey, read_keys};
use headgate::limit::Name;
use headgate::policy::Policy;
use std::fs::File;
use std::io::BufWriter;

/// What stands for the secret of a deployment: which one it is makes no difference to what is decided, but for strangers in a crowd.
const HASH_KEY: &[u8] = b"a replay needs no secret hash key";

/// Replays a log; the report.
///
/// # Errors
///
/// What is wrong with the policies, the keys, the log or the files to write.
pub(crate) fn run(arguments: &Arguments) -> Result<String, String> {
    let policy = read_policy(&arguments.policy)?;
    let current = arguments.current.as_deref().map(read_policy).transpose()?;
    let new = judge(arguments, &arguments.policy, &policy)?;
    let beside = match (&arguments.current, &current) {
        (Some(file), Some(policy)) => Some(judge(arguments, file, policy)?),
        _ => None,
    };
    let (input, length) = files::log(&arguments.log)?;
    let outputs = Outputs::open(arguments)?;
    let csv = outputs.csv.map(DenialLines::new).transpose();
    let mut replay = Replay {
        new,
        current: beside,
        order: Order::default(),
        pairs: Pairs::default(),
        tally: Tally::default(),
        skipped: Skipped::default(),
        backward: Backward::default(),
        csv: csv.map_err(|error| format!("--csv: {error}"))?,
    };
    let mut lines = Lines::new(input);
    let reading = Reading {
        format: arguments.format,
        fields: &arguments.fields,
    };
    let format = (replay.lines(&mut lines, &reading, &Progress::new(length)))
        .map_err(|error| format!("{}: {error}", arguments.log))?;
    replay.finish()?;
    let version = current.as_ref().map(|policy| policy.version);
    let report = Report {
        policy: (arguments.policy.clone(), policy.version),
        current: arguments.current.clone().zip(version),
        log: arguments.log.clone(),
        format,
        lines: lines.number(),
        left_out: replay.left_out(),
        would_deny: replay.would_deny(),
        skipped: replay.skipped,
        backward: replay.backward,
        tally: replay.tally,
        top: arguments.top,
    };
    if report.tally.requests == 0 {
        return Err(nothing(&report));
    }
    if let Some(to) = outputs.json {
        files::write("--json", to, &document(&report))?;
    }
    if let Some(to) = outputs.svg {
        files::write("--svg", to, &chart(&report))?;
    }
    let prints_json = arguments.json.as_deref() == Some("-");
    Ok(if prints_json {
        document(&report)
    } else {
        table(&report)
    })
}

/// That no line could be replayed, and why.
fn nothing(report: &Report) -> String {
    let remarks = report.remarks().join("\n");
    format!("{}: nothing could be replayed\n{remarks}", report.log)
}

/// The files to write, open before anything is replayed.
struct Outputs {
    json: Option<BufWriter<File>>,
    svg: Option<BufWriter<File>>,
    csv: Option<BufWriter<File>>,
}

impl Outputs {
    fn open(arguments: &Arguments) -> Result<Self, String> {
        let read = [
            Some(&arguments.policy),
            arguments.current.as_ref(),
            Some(&arguments.log),
            arguments.keys.as_ref(),
        ];
        let read: Vec<&str> = read.into_iter().flatten().map(String::as_str).collect();
        let open = |option: &str, file: &Option<String>| {
            let file = file.as_deref().filter(|file| *file != "-");
            let file = file.map(|file| files::output(option, file, &read));
            file.transpose()
        };
        Ok(Self {
            json: open("--json", &arguments.json)?,
            svg: open("--svg", &arguments.svg)?,
            csv: open("--csv", &arguments.csv)?,
        })
    }
}

fn read_policy(file: &str) -> Result<Policy, String> {
    Policy::parse(&files::text(file)?).map_err(|error| format!("{file}: {error}"))
}

fn judge<'p>(arguments: &Arguments, file: &str, policy: &'p Policy) -> Result<Judge<'p>, String> {
    let keys = match &arguments.keys {
        None => Vec::new(),
        Some(keys) => read_keys(&files::text(keys)?, policy, 0)
            .map_err(|error| format!("{keys}, under {file}: {error}"))?,
    };
    let tier = arguments.tier.as_deref().map(|tier| {
        let name = Name::try_from(tier).ok();
        let name = name.filter(|name| policy.tier(name).is_some());
        name.ok_or_else(|| format!("--tier: found {tier:?}, allowed: a tier of {file}"))
    });
    let clients = Clients::new(keys, tier.transpose()?);
    let hash_key = HashKey::new(HASH_KEY).map_err(|error| error.to_string())?;
    let own = arguments.own.clone();
    let shards = arguments.shards;
    Ok(Judge::new(policy, clients, hash_key, own, shards))
}
