//! The replay, as a command.

use headgate::policy::Policy;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A file of the tests' own.
pub fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("replay");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

pub fn written(name: &str, text: &str) -> PathBuf {
    let path = file(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// A policy of the tests'.
pub fn policy_file(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/data/replay").join(name)
}

pub fn policy(path: &Path) -> Policy {
    Policy::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub fn replay(words: &[&str]) -> Output {
    let tool = env!("CARGO_BIN_EXE_headgate-replay");
    Command::new(tool).args(words).output().unwrap()
}

/// The same with a log on standard input.
pub fn replay_of(log: &str, words: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_headgate-replay"))
        .args(words)
        .args(["--log", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever refuses the command line reads nothing.
    let _ = child.stdin.take().unwrap().write_all(log.as_bytes());
    child.wait_with_output().unwrap()
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What a command that went well has printed.
pub fn said(output: &Output) -> String {
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{wrong}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a command that failed has complained of.
pub fn complaint(output: &Output) -> String {
    assert!(!output.status.success(), "it went well");
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The report as JSON.
pub fn report(log: &str, words: &[&str]) -> serde_json::Value {
    let output = replay_of(log, &[words, &["--json", "-"]].concat());
    serde_json::from_str(&said(&output)).unwrap()
}

/// A denial: by which limits, and after how many seconds to come again.
pub type Denial = (String, Option<u64>);

/// The denials of a CSV, by policy and line.
pub fn denials(path: &Path) -> BTreeMap<(String, u64), Denial> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().skip(1);
    let read = lines.map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), 9, "{line}");
        let place = (cells[5].to_owned(), cells[1].parse().unwrap());
        (place, (cells[7].to_owned(), cells[8].parse().ok()))
    });
    read.collect()
}
