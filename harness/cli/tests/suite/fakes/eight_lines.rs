//! The runtime of `runtimes/README.md` in eight lines, taken from that page as it is written there.

use std::fs;
use std::path::Path;

use matrix_store::results_files;

use crate::fake::said;
use crate::project::Project;

const CASES: &str = r#"
guest = "guest"
doc   = "https://example.org"

[[case]]
name = "everything"
why  = "All that the eight lines can say."
args = ["two words", ""]
env  = ["B=2", "A="]
dirs = { "/data" = "tree" }
expect.stdout = "env B=2\nenv A=\ndir /data: a.txt\nmodule guest.wasm\narg two words\narg \n"

[[case]]
name = "fuel"
why  = "What they cannot is declared."
limits = { fuel = 1 }
"#;

/// The runtime's file.
pub fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtimes/README.md");
    let readme = fs::read_to_string(path).expect("runtimes/README.md");
    let example = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    example.expect("an example").to_owned()
}

#[test]
fn the_readmes_eight_lines_are_a_runtime() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let example = example();
    assert_eq!(example.lines().count(), 8, "{example}");
    let project = Project::new();
    project.guest("guest");
    project.write("cases/t.toml", CASES);
    project.write("cases/fixtures/tree/a.txt", "");
    project.write("mine/my-runtime/runtime.toml", example);

    let toolchain = root.join("tests/support/toolchain");
    let path = format!("PATH={}:{}", toolchain.display(), root.join("tests/support/my-runtime").display());
    let (mine, json) = (project.path("mine"), project.path("results.json"));
    let arguments = ["--runtimes", mine.to_str().unwrap(), "run", "my-runtime", "--json", json.to_str().unwrap()];
    let ended = project.wrapped_command(&["/usr/bin/env", &path], &arguments);

    let results = results_files::read(&json).unwrap_or_else(|error| panic!("{error:#}\n{}", said(&ended)));
    let verdicts: Vec<_> =
        results.records.iter().map(|record| (record.cell.as_str(), record.verdict.to_string())).collect();
    let expected = [
        ("my-runtime@1.0.0/t/everything", "pass".to_owned()),
        ("my-runtime@1.0.0/t/fuel", "unsupported (fuel)".to_owned()),
    ];
    assert_eq!(verdicts, expected, "{}", said(&ended));
}
