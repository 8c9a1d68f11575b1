//! What policies mean in words, and that the documents about policies leave no field out.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn explained(policy: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_headgate-kv"))
        .args([
            "--policy".as_ref(),
            policy.as_os_str(),
            "--explain".as_ref(),
        ])
        .output()
        .unwrap()
}

fn assert_means(policy: &str, words: &str) {
    let said = explained(&root().join(policy));
    assert!(said.status.success(), "{policy}: {said:?}");
    let said = String::from_utf8(said.stdout).unwrap();
    for (line, (said, expected)) in (1..).zip(said.lines().zip(read(words).lines())) {
        assert_eq!(said, expected, "{words}, line {line}");
    }
    assert_eq!(said, read(words), "{words}");
}

#[test]
fn the_policies_that_ship_mean_what_is_written_of_them() {
    for name in [
        "default",
        "ipto",
        "seatsio",
        "ticket0",
        "ticksupply",
        "toptickets",
    ] {
        assert_means(
            &format!("policies/{name}.json"),
            &format!("tests/data/words/{name}.txt"),
        );
    }
}

#[test]
fn a_policy_with_every_field_is_told_in_full() {
    assert_means(
        "tests/data/words/every-field.json",
        "tests/data/words/every-field.txt",
    );
}

#[test]
fn rarer_policies_are_told_in_full() {
    for name in ["rare", "tokens"] {
        let file = format!("tests/data/words/{name}");
        assert_means(&format!("{file}.json"), &format!("{file}.txt"));
    }
}

#[test]
fn a_policy_that_is_not_right_is_told_by_its_first_fault() {
    let file: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong-words.json");
    std::fs::write(
        &file,
        r#"{ "version": 0, "tiers": { "a": { "limits": [] } } }"#,
    )
    .unwrap();
    let said = explained(&file);
    assert_eq!(said.status.code(), Some(1));
    assert_eq!(said.stdout, b"");
    let fault = String::from_utf8(said.stderr).unwrap();
    let fault = fault.strip_prefix(file.to_str().unwrap()).unwrap();
    assert!(
        fault.starts_with(": version: found 0, allowed: "),
        "{fault}"
    );
}

/// The names of all fields that a schema knows.
fn known(schema: &Value, fields: &mut BTreeSet<String>) {
    match schema {
        Value::Object(entries) => {
            for (key, value) in entries {
                if let ("properties", Value::Object(properties)) = (key.as_str(), value) {
                    fields.extend(properties.keys().cloned());
                }
                known(value, fields);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| known(item, fields)),
        _ => {}
    }
}

/// The names of all fields in a document.
fn used(document: &Value, fields: &mut BTreeSet<String>) {
    match document {
        Value::Object(entries) => {
            for (key, value) in entries {
                fields.insert(key.clone());
                used(value, fields);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| used(item, fields)),
        _ => {}
    }
}

/// The fields of the schema that no document has.
fn left_out(documents: &[Value]) -> Vec<String> {
    let (mut all, mut found) = (BTreeSet::new(), BTreeSet::new());
    known(
        &serde_json::from_str(&read("policies/policy.schema.json")).unwrap(),
        &mut all,
    );
    assert!(all.len() > 80, "{all:?}");
    for document in documents {
        used(document, &mut found);
    }
    all.difference(&found).cloned().collect()
}

#[test]
fn every_field_stands_in_the_policy_with_every_field_but_a_secret_beside_published_keys() {
    let policy = serde_json::from_str(&read("tests/data/words/every-field.json")).unwrap();
    assert_eq!(left_out(&[policy]), ["k"]);
}

#[test]
fn every_field_stands_in_an_example_of_the_documentation() {
    let text = read("docs/POLICY.md");
    let blocks = text.split("```json\n").skip(1);
    let examples = blocks.map(|rest| rest.split("```").next().unwrap());
    let examples: Vec<Value> = examples
        .map(|example| {
            serde_json::from_str(example).unwrap_or_else(|error| panic!("{error}: {example}"))
        })
        .collect();
    assert_eq!(left_out(&examples), [""; 0]);
}
