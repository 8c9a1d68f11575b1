//! The example of docs/REPLAY.md, run as it stands there.

#![cfg(all(unix, not(target_arch = "wasm32")))]
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::path::Path;
use std::process::Command;

#[test]
fn the_example_of_the_documentation_prints_what_it_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/REPLAY.md")).unwrap();
    let block = text.split("```console\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap();
    let mut shown = Vec::new();
    let folder = format!("{}/replay-docs", env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(&folder).unwrap();
    for example in block.split("$ ").filter(|it| it.contains('\n')) {
        let (command, output) = example.split_once('\n').unwrap();
        let tool = env!("CARGO_BIN_EXE_headgate-replay");
        let command = command
            .replace("npm run --silent replay --", tool)
            .replace("target/example", &format!("{folder}/example"));
        let mut run = Command::new("bash");
        let real = run
            .args(["-c", &command])
            .current_dir(root)
            .output()
            .unwrap();
        let wrong = String::from_utf8(real.stderr).unwrap();
        assert_eq!(wrong, "", "{command}");
        let real = String::from_utf8(real.stdout).unwrap();
        shown.push(real.replace(&folder, "target"));
        assert_eq!(shown.last().unwrap(), output, "{command}");
    }
    assert_eq!(shown.len(), 3);
}
