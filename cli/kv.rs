//! `headgate-kv`: turns a policy and a keys file into what goes into KV, or says what they mean or what is wrong with
//! them.

mod words;

use headgate::admin::POLICY;
use headgate::hosts::kept_under;
use headgate::identity::{HashKey, Key, read_keys};
use headgate::limit::Name;
use headgate::policy::Policy;
use serde_json::json;
use std::process::ExitCode;

const USAGE: &str = "\
usage: headgate-kv --policy FILE [--keys FILE] [--api NAME] [--check | --explain | --names]

Prints, for `wrangler kv bulk put`, the policy and the key directory: keys only as hashes under the secret in
the environment variable HASH_KEY, which must be the deployment's.

  --policy FILE   the policy, JSON
  --keys FILE     the keys: [{\"key\":\"…\",\"account\":\"…\",\"tier\":\"…\"}], each perhaps with a \"label\"
  --api NAME      the API that they are of, in a deployment of several hosts
  --check         only say whether they are right; needs no HASH_KEY
  --explain       say what the policy means, one line per fact; needs no HASH_KEY
  --names         print only the names of the keys in KV, for `wrangler kv bulk delete`";

#[derive(Default)]
struct Arguments {
    policy: Option<String>,
    keys: Option<String>,
    api: Option<Name>,
    check: bool,
    explain: bool,
    names: bool,
}

fn main() -> ExitCode {
    match run() {
        Ok(output) => {
            println!("{output}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, String> {
    let Some(arguments) = arguments(std::env::args().skip(1))? else {
        return Ok(USAGE.to_owned());
    };
    let policy_file = arguments.policy.ok_or(USAGE)?;
    let policy_text = read(&policy_file)?;
    let policy = Policy::parse(&policy_text).map_err(|error| format!("{policy_file}: {error}"))?;
    let keys = match &arguments.keys {
        None => Vec::new(),
        Some(file) => {
            read_keys(&read(file)?, &policy, now()?).map_err(|error| format!("{file}: {error}"))?
        }
    };
    if arguments.check {
        return Ok(format!(
            "{policy_file}: policy version {}; {} keys",
            policy.version,
            keys.len()
        ));
    }
    if arguments.explain {
        return Ok(words::words(&policy));
    }
    let secret = std::env::var("HASH_KEY").map_err(|_| "HASH_KEY: not set in the environment")?;
    let hash_key = HashKey::new(secret.trim().as_bytes());
    let hash_key = match &arguments.api {
        Some(api) => hash_key.and_then(|hash_key| hash_key.of_api(api)),
        None => hash_key,
    };
    let hash_key = hash_key.map_err(|error| format!("HASH_KEY: {error}"))?;
    let under = kept_under(arguments.api.as_ref());
    let name = |key: &Key| [&under, &hash_key.record_name(key.credential.as_str())[..]].concat();
    if arguments.names {
        return Ok(json!(keys.iter().map(name).collect::<Vec<_>>()).to_string());
    }
    entries((&format!("{under}{POLICY}"), &policy_text), &keys, name)
}

/// Seconds since the Unix epoch: the version of the records that are printed.
#[expect(clippy::disallowed_methods, reason = "a command line may ask the time")]
fn now() -> Result<u64, String> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since
        .map(|since| since.as_secs())
        .map_err(|error| error.to_string())
}

fn arguments(mut words: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
    let mut arguments = Arguments::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--policy" => {
                arguments.policy = Some(words.next().ok_or("--policy: a file is missing")?);
            }
            "--keys" => arguments.keys = Some(words.next().ok_or("--keys: a file is missing")?),
            "--api" => {
                let name = words.next().ok_or("--api: a name is missing")?;
                let name = Name::try_from(name.as_str());
                arguments.api = Some(name.map_err(|error| format!("--api: {error}"))?);
            }
            "--check" => arguments.check = true,
            "--explain" => arguments.explain = true,
            "--names" => arguments.names = true,
            "--help" | "-h" => return Ok(None),
            other => return Err(format!("{other}: no such option\n{USAGE}")),
        }
    }
    Ok(Some(arguments))
}

fn read(file: &str) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))
}

fn entries(
    (place, policy): (&str, &str),
    keys: &[Key],
    name: impl Fn(&Key) -> String,
) -> Result<String, String> {
    let mut entries = vec![json!({"key": place, "value": policy})];
    for key in keys {
        let record = serde_json::to_string(&key.record).map_err(|error| error.to_string())?;
        entries.push(json!({"key": name(key), "value": record}));
    }
    serde_json::to_string(&entries).map_err(|error| error.to_string())
}
