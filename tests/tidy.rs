//! Guards of the code itself: small files, a pure part that cannot reach the runtime, one clock.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const MOST_LINES: usize = 300;

/// What only `src/edge/` may name.
const RUNTIME: [&str; 5] = [
    "worker",
    "js_sys",
    "web_sys",
    "wasm_bindgen",
    "wasm_bindgen_futures",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files under some folders, with their paths from the root, and what they say.
fn files(folders: &[&str]) -> Vec<(String, String)> {
    let mut waiting: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut files = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path
                .strip_prefix(root())
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            files.push((name, fs::read_to_string(path).unwrap()));
        }
    }
    assert!(!files.is_empty());
    files
}

/// The code of a file without its tests, which stand at its end, and without comments.
fn product(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = code.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// Files in which the condition does not hold.
fn offenders(folders: &[&str], holds: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let files = files(folders).into_iter();
    files
        .filter(|(name, text)| !holds(name, text))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn no_file_grows_into_a_brain() {
    let long = offenders(&["src", "cli", "sim", "tests", "fuzz/src"], |_, text| {
        text.lines().count() <= MOST_LINES
    });
    assert_eq!(long, [""; 0], "more than {MOST_LINES} lines");
}

#[test]
fn the_runtime_is_named_at_the_edge_alone() {
    let reaching = offenders(&["src", "cli"], |name, text| {
        name.starts_with("src/edge/") || !words(&product(text)).any(|word| RUNTIME.contains(&word))
    });
    assert_eq!(reaching, [""; 0]);
    assert!(
        files(&["src/edge"])
            .iter()
            .any(|(_, text)| words(text).any(|word| word == "worker"))
    );
}

#[test]
fn the_time_is_read_in_one_place() {
    let read = |text: &str| product(text).matches("Date::now").count();
    let found: Vec<(String, usize)> = files(&["src", "cli"])
        .into_iter()
        .map(|(name, text)| (name, read(&text)))
        .filter(|(_, count)| *count > 0)
        .collect();
    assert_eq!(found, [("src/edge/clock.rs".to_owned(), 1)]);
    let other_clocks = [
        "SystemTime",
        "Instant",
        "Performance",
        "performance",
        "Date",
    ];
    let elsewhere = offenders(&["src"], |name, text| {
        name == "src/edge/clock.rs"
            || !words(&product(text)).any(|word| other_clocks.contains(&word))
    });
    assert_eq!(elsewhere, [""; 0]);
}

#[test]
fn the_product_has_no_way_to_panic_on_purpose() {
    let ways = [
        ".unwrap(",
        ".expect(",
        "panic!(",
        "unreachable!(",
        "todo!(",
        "unimplemented!(",
        "assert!(",
        "assert_eq!(",
    ];
    let panicking = offenders(&["src", "cli"], |_, text| {
        let code = product(text);
        !ways.iter().any(|way| code.contains(way))
    });
    assert_eq!(panicking, [""; 0]);
}

#[test]
fn nothing_is_left_for_later() {
    // Spelled in two, so that this file does not offend itself.
    let later = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("#[ig", "nore"),
    ];
    let unfinished = offenders(&["src", "cli", "sim", "tests", "fuzz/src"], |_, text| {
        !later.iter().any(|word| text.contains(word))
    });
    assert_eq!(unfinished, [""; 0]);
}

#[test]
fn a_pure_module_that_reaches_for_the_runtime_does_not_even_compile() {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wall");
    let _ = fs::remove_dir_all(copy.join("src"));
    for (name, text) in files(&["src", "cli", "sim"]) {
        write(&copy.join(&name), &text);
    }
    for name in ["Cargo.toml", "Cargo.lock", "sim/Cargo.toml"] {
        fs::copy(root().join(name), copy.join(name)).unwrap();
    }
    let module = copy.join("src/limit/mod.rs");
    let text = fs::read_to_string(&module).unwrap();
    write(&module, &format!("{text}\nuse worker as _;\n"));
    let checked = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--locked", "--lib", "--quiet"])
        .current_dir(&copy)
        .env("CARGO_TARGET_DIR", copy.join("target"))
        .output()
        .unwrap();
    let said = String::from_utf8(checked.stderr).unwrap();
    assert!(
        !checked.status.success() && said.contains("error[E0432]: unresolved import `worker`"),
        "{said}"
    );
    assert!(said.contains("due to 1 previous error"), "{said}");
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}
