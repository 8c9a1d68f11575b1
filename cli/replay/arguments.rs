//! The command line.

use super::format::Format;
use headgate::path::OwnPaths;

/// How the command is used.
pub(crate) const USAGE: &str = "\
usage: headgate-replay --policy NEW [--current CURRENT] --log FILE [--keys FILE] [option]...

Decides on the requests that a log tells as the gate would, and says who would have been denied, when, and by which
limit; beside the current policy, if that is given.

  --policy FILE       the policy to try, JSON
  --current FILE      the policy to compare it with
  --log FILE          the log; - is standard input
  --keys FILE         the keys and their accounts, as for `npm run kv`
  --tier NAME         the tier of accounts of which neither the log nor the keys file says it
  --format FORMAT     access (common and combined access logs), json (an object per line) or csv (with a header); told
                      by the first line if not given
  --field WHAT=NAME   where something stands: WHAT is time (when it came) or ended (when it was over, as
                      nginx has it), request, method, path, status, duration, address, account, tier, key, header:NAME
                      or body:NAME; NAME is a column, or a field with dots between. A duration may end in :s, :ms or
                      :us (else :ms). WHAT=- is for what is not to be looked at
  --shards N          as many shards as the deployment has, 1 to 1024; 64 if not given
  --admin-prefix PATH the deployment's ADMIN_PREFIX; /_headgate/ if not given. What is asked for below it is free
  --top N             how many accounts the table lists; 10 if not given
  --json FILE         the report as JSON; - prints it in the table's place
  --csv FILE          each denial as a line
  --svg FILE          what was let through and denied over time as a chart";

/// What the command line says.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    pub(crate) policy: String,
    pub(crate) current: Option<String>,
    pub(crate) log: String,
    pub(crate) keys: Option<String>,
    pub(crate) tier: Option<String>,
    pub(crate) format: Option<Format>,
    /// What stands where, as it was given.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) shards: u64,
    /// What the gate answers itself.
    pub(crate) own: OwnPaths,
    pub(crate) top: usize,
    pub(crate) json: Option<String>,
    pub(crate) csv: Option<String>,
    pub(crate) svg: Option<String>,
}

/// As many as a deployment has that does not say.
const USUAL_SHARDS: u64 = 64;

impl Arguments {
    /// Reads the words of a command line; `None` if they ask how it is used.
    ///
    /// # Errors
    ///
    /// The first word that is not right, and what is.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let (mut policy, mut log) = (None, None);
        let mut read = Self {
            shards: USUAL_SHARDS,
            top: 10,
            ..Self::default()
        };
        while let Some(word) = words.next() {
            if word == "--help" || word == "-h" {
                return Ok(None);
            }
            if !OPTIONS.contains(&word.as_str()) {
                return Err(format!("{word}: no such option\n{USAGE}"));
            }
            let value = words
                .next()
                .ok_or_else(|| format!("{word}: its value is missing\n{USAGE}"))?;
            match word.as_str() {
                "--policy" => policy = Some(value),
                "--log" => log = Some(value),
                "--current" => read.current = Some(value),
                "--keys" => read.keys = Some(value),
                "--tier" => read.tier = Some(value),
                "--json" => read.json = Some(value),
                "--csv" => read.csv = Some(value),
                "--svg" => read.svg = Some(value),
                "--format" => read.format = Some(Format::named(&value)?),
                "--field" => read.fields.push(field(&value)?),
                "--shards" => read.shards = number("--shards", &value, 1, 1_024)?,
                "--admin-prefix" => read.own = own_paths(&value)?,
                _ => {
                    let top = number("--top", &value, 0, 10_000)?;
                    read.top = usize::try_from(top).unwrap_or(usize::MAX);
                }
            }
        }
        read.policy = policy.ok_or_else(|| format!("--policy: missing\n{USAGE}"))?;
        read.log = log.ok_or_else(|| format!("--log: missing\n{USAGE}"))?;
        Ok(Some(read))
    }
}

const OPTIONS: [&str; 13] = [
    "--policy",
    "--current",
    "--log",
    "--keys",
    "--tier",
    "--format",
    "--field",
    "--shards",
    "--admin-prefix",
    "--top",
    "--json",
    "--csv",
    "--svg",
];

fn field(value: &str) -> Result<(String, String), String> {
    match value.split_once('=') {
        Some((what, name)) if !what.is_empty() && !name.is_empty() => {
            Ok((what.to_owned(), name.to_owned()))
        }
        _ => Err(format!(
            "--field: found {value:?}, allowed: WHAT=NAME, such as account=customer_id"
        )),
    }
}

fn own_paths(value: &str) -> Result<OwnPaths, String> {
    OwnPaths::below(value).ok_or_else(|| {
        format!(
            "--admin-prefix: found {value:?}, allowed: slashes around plain segments, such as /_headgate/"
        )
    })
}

fn number(option: &str, value: &str, least: u64, most: u64) -> Result<u64, String> {
    let number = value.parse().ok();
    let number = number.filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("{option}: found {value:?}, allowed: {least} to {most}"))
}
