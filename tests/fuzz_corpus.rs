//! What the fuzzer has found to be different or wrong, once more, without it.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::panic, clippy::unwrap_used, reason = "a panic fails the test")]

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// The inputs in a folder below `fuzz/`; none if it is not there.
fn inputs(folder: &str, target: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = fs::read_dir(root.join("fuzz").join(folder).join(target));
    let entries = entries.into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Every input of a target's corpus, of which there must be some, and every one that once broke something.
fn replay(target: &str) {
    let corpus = inputs("corpus", target);
    assert!(!corpus.is_empty(), "no corpus of {target}");
    for path in corpus.into_iter().chain(inputs("findings", target)) {
        let input = fs::read(&path).unwrap();
        let holds = catch_unwind(|| fuzz::run(target, &input)).is_ok();
        assert!(holds, "{target}: {}", path.display());
    }
}

#[test]
fn every_policy_is_read_or_refused_with_its_place() {
    replay("policy");
}

#[test]
fn no_credential_is_found_that_a_request_does_not_hold() {
    replay("key");
}

#[test]
fn every_path_is_read_in_one_way_or_refused() {
    replay("path");
}

#[test]
fn every_decision_can_be_told_and_read() {
    replay("headers");
}

#[test]
fn no_row_makes_an_object_panic_or_richer() {
    replay("rows");
}

#[test]
fn no_message_makes_an_object_panic_or_swell() {
    replay("messages");
}

#[test]
fn every_operation_is_answered_and_kept() {
    replay("operations");
}

#[test]
fn no_steps_admit_what_the_limits_do_not_allow() {
    replay("steps");
}

#[test]
fn what_once_was_wrong_is_kept() {
    for target in ["path", "policy"] {
        assert!(!inputs("findings", target).is_empty(), "{target}");
    }
}

#[test]
fn every_target_has_a_program_for_the_fuzzer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    for (target, _) in fuzz::TARGETS {
        let program = folder.join(format!("fuzz_targets/{target}.rs"));
        let text = fs::read_to_string(program).unwrap();
        assert!(
            text.contains(&format!("run(\"{target}\", bytes)")),
            "{target}"
        );
        assert!(
            manifest.contains(&format!("name = \"{target}\"")),
            "{target}"
        );
    }
}
